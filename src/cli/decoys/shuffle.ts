import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { who, withTarget } from '../edge/connection.ts'
import { legible } from '#core/legible.ts'
import { plural } from '../output.ts'
import { ask } from './connection.ts'
import { reasonText } from '../edge/values.ts'

export const registerShuffle = (decoys: Command): void => {
  const command = withTarget(decoys.command('shuffle'))
    .description('move a share of the decoys of a running edge now; real hosts never move')
    .requiredOption('--reason <text>', 'why; it becomes part of the record', reasonText)
    .option('--now', 'before five minutes have passed since the last movement')
    .option('--force', 'also within a minute of it, while ARP caches still name the old addresses')
    .action(async (options: { reason: string; now?: true; force?: true }, self: Command) => {
      const { reason, now = false, force = false } = options
      const report = await ask(self, 'decoys-shuffle', { reason, now, force, by: who() })
      const places = (title: string, all: readonly string[]) =>
        all.length === 0 ? [] : [`${title} ${legible(all.join(', '))}`]
      const became =
        report.changed === 1
          ? '1 became another device where it stands'
          : `${report.changed} became other devices where they stand`
      outputOf(self).result(report, () =>
        [
          `${plural(report.moved, 'decoy')} moved, ${became}; epoch ${report.epoch} (${report.ms.toFixed(0)} ms).`,
          ...places('left: ', report.left),
          ...places('stand:', report.appeared),
        ].join('\n'),
      )
    })
  examples(
    command,
    ['bulkhead decoys shuffle --reason "after the incident of today"', 'whoever drew a map has an old one'],
    ['bulkhead decoys shuffle --now --reason "exercise"', 'without waiting for five minutes'],
  )
}

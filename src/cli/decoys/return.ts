import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { who, withTarget } from '../edge/connection.ts'
import { legible } from '#core/legible.ts'
import { plural } from '../output.ts'
import { address, reasonText } from '../edge/values.ts'
import { ask } from './connection.ts'

export const registerReturn = (decoys: Command): void => {
  const command = withTarget(decoys.command('return'))
    .description('let decoys come back now to addresses that somebody claimed, where nobody is heard any more')
    .argument(
      '[address...]',
      'where decoys were withdrawn',
      (text: string, all: string[] | undefined): string[] | undefined => [...(all ?? []), address(text)],
    )
    .option('--all', 'every address that was claimed')
    .requiredOption('--reason <text>', 'why; it becomes part of the record', reasonText)
    .action(async (addresses: string[] | undefined, options: { all?: true; reason: string }, self: Command) => {
      const named = addresses ?? []
      if (named.length > 0 === (options.all === true))
        throw new Fault('usage', 'Give the addresses to which decoys come back, or --all.', {
          advice: '`bulkhead decoys list --all` shows which are withdrawn.',
        })
      const report = await ask(self, 'decoys-return', { addresses: named, reason: options.reason, by: who() })
      outputOf(self).result(report, () =>
        [
          `Decoys may stand again at ${plural(report.returned.length, 'address', 'addresses')}${report.returned.length === 0 ? '.' : `: ${legible(report.returned.join(', '))}`}`,
          ...report.used.map(
            ({ address: used, seconds }) =>
              `${legible(used)} stays withdrawn: somebody was heard there ${seconds} s ago (listen-for: ${report.quiet} s)`,
          ),
        ].join('\n'),
      )
    })
  examples(
    command,
    [
      'bulkhead decoys return --all --reason "who claimed them is contained"',
      'somebody claimed the pool to be rid of the decoys',
    ],
    ['bulkhead decoys return 198.18.1.42 --reason "laptop is gone"', 'at one address'],
  )
}

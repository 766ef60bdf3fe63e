import { resolve } from 'node:path'
import type { Command } from 'commander'
import { fileLimits } from '#edge/control/body.ts'
import { examples, outputOf } from '../command.ts'
import { bytesIn } from '../failure.ts'
import { ask, who, withTarget } from './connection.ts'

export const registerImport = (edge: Command): void => {
  const command = withTarget(edge.command('import'))
    .description('carry out what a manager wrote into a file for this edge')
    .argument('<file>', 'the file')
    .action(async (file: string, _options: unknown, self: Command) => {
      const name = resolve(file)
      const report = await ask(self, 'import', { name, file: bytesIn(name, fileLimits.import), by: who() })
      outputOf(self).result(report, () => `${report.path}: ${report.text}.`)
    })
  examples(command, [
    'bulkhead edge import /media/stick/down.bulkhead',
    'policies and orders for a site without a line',
  ])
}

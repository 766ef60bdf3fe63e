import { resolve } from 'node:path'
import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { ask, who, withTarget } from './connection.ts'

export const registerImport = (edge: Command): void => {
  const command = withTarget(edge.command('import'))
    .description('carry out what a manager wrote into a file for this edge')
    .argument('<file>', 'the file; the daemon reads it')
    .action(async (file: string, _options: unknown, self: Command) => {
      const report = await ask(self, 'import', { path: resolve(file), by: who() })
      outputOf(self).result(report, () => `${report.path}: ${report.text}.`)
    })
  examples(command, [
    'bulkhead edge import /media/stick/down.bulkhead',
    'policies and orders for a site without a line',
  ])
}

/** `edge export` and `edge import`: what goes between an edge and its manager in a file, where there is no line. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import manifest from '../../../package.json' with { type: 'json' }
import { fileLimits } from '#edge/control/body.ts'
import { exportLines } from '#edge/control/client.ts'
import { examples, outputOf } from '../command.ts'
import { bytesIn } from '../failure.ts'
import { ask, socketOf, type Target, who, withTarget } from './connection.ts'

interface ExportOptions {
  readonly state?: string
}

const registerExport = (edge: Command): void => {
  const command = withTarget(edge.command('export'))
    .description('write what the manager does not have yet into a file, for a site without a line')
    .argument('<file>', 'the file')
    .option('--state <directory>', 'where the memory of an edge is whose daemon does not run')
    .action(async (file: string, { state }: ExportOptions, self: Command) => {
      const path = resolve(file)
      const { writeStick } = await import('./stick-file.ts')
      const lines =
        state === undefined
          ? exportLines(socketOf(self.opts<Target>()))
          : (await import('#edge/link/export-store.ts')).exportStore(resolve(state), manifest.version)
      const report = await writeStick(path, lines)
      outputOf(self).result(report, () => `${report.path}: ${report.text}.`)
    })
  examples(
    command,
    ['bulkhead edge export /media/stick/up.bulkhead', 'carry events to a manager without a line'],
    ['bulkhead edge export up.bulkhead --state /var/lib/bulkhead/cell-1-edge', 'the same while no daemon runs'],
  )
}

const registerImport = (edge: Command): void => {
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

export const registerStickCommands = (edge: Command): void => {
  registerExport(edge)
  registerImport(edge)
}

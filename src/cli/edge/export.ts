import { resolve } from 'node:path'
import type { Command } from 'commander'
import manifest from '../../../package.json' with { type: 'json' }
import { examples, outputOf } from '../command.ts'
import { ask, withTarget } from './connection.ts'

interface ExportOptions {
  readonly state?: string
}

export const registerExport = (edge: Command): void => {
  const command = withTarget(edge.command('export'))
    .description('write what the manager does not have yet into a file, for a site without a line')
    .argument('<file>', 'the file; the daemon writes it')
    .option('--state <directory>', 'where the memory of an edge is whose daemon does not run')
    .action(async (file: string, { state }: ExportOptions, self: Command) => {
      const path = resolve(file)
      const report =
        state === undefined
          ? await ask(self, 'export', { path })
          : await import('#edge/link/export-store.ts').then(({ exportStore }) =>
              exportStore(path, resolve(state), manifest.version),
            )
      outputOf(self).result(report, () => `${report.path}: ${report.text}.`)
    })
  examples(
    command,
    ['bulkhead edge export /media/stick/up.bulkhead', 'carry events to a manager without a line'],
    ['bulkhead edge export up.bulkhead --state /var/lib/bulkhead/cell-1-edge', 'the same while no daemon runs'],
  )
}

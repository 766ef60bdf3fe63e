import type { Command } from 'commander'
import { existingKey } from '#edge/audit/key.ts'
import { exportStore } from '#edge/store/trail.ts'
import { examples, outputOf } from '../command.ts'
import { newFile } from '../new-file.ts'
import { type StateTarget, storeOf, withState } from './state.ts'

interface ExportOptions extends StateTarget {
  readonly out?: string
}

export const registerExport = (audit: Command): void => {
  const command = withState(audit.command('export'))
    .description('write the chained record with its checkpoints as JSON lines, to keep and to check elsewhere')
    .option('--out <file>', 'a new file, instead of standard output')
    .action(async (options: ExportOptions, self: Command) => {
      const { folder, path } = storeOf(options)
      const key = existingKey(folder)
      if (options.out === undefined) {
        exportStore(path, key, Date.now(), (line) => process.stdout.write(`${line}\n`))
        return
      }
      const { out } = options
      const records = await newFile(out, (line) => exportStore(path, key, Date.now(), line))
      outputOf(self).result({ file: out, records }, () => `${records} records written to ${out}.`)
    })
  examples(
    command,
    ['bulkhead audit export --out november.jsonl', 'keep a copy that can be checked anywhere'],
    ['bulkhead audit export | gzip > november.jsonl.gz', 'the same, compressed'],
  )
}

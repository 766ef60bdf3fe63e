import { closeSync, existsSync, fsyncSync, openSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault } from '#core/errors.ts'
import { existingKey } from '#edge/audit/key.ts'
import { storeFault } from '#sqlite/fault.ts'
import { exportStore } from '#edge/store/trail.ts'
import { examples, outputOf } from '../command.ts'
import { type StateTarget, storeOf, withState } from './state.ts'

interface ExportOptions extends StateTarget {
  readonly out?: string
}

const toFile = (out: string, write: (line: (text: string) => void) => number): number => {
  if (existsSync(out)) {
    throw new Fault('refused', `${out} exists already and stays as it is.`, { advice: 'Name a new file with --out.' })
  }
  try {
    const file = openSync(out, 'wx', 0o600)
    try {
      const count = write((line) => writeFileSync(file, `${line}\n`))
      fsyncSync(file)
      return count
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw storeFault(error, out)
  }
}

export const registerExport = (audit: Command): void => {
  const command = withState(audit.command('export'))
    .description('write the chained record with its checkpoints as JSON lines, to keep and to check elsewhere')
    .option('--out <file>', 'a new file, instead of standard output')
    .action((options: ExportOptions, self: Command) => {
      const { folder, path } = storeOf(options)
      const key = existingKey(folder)
      if (options.out === undefined) {
        exportStore(path, key, Date.now(), (line) => process.stdout.write(`${line}\n`))
        return
      }
      const { out } = options
      const records = toFile(out, (write) => exportStore(path, key, Date.now(), write))
      outputOf(self).result({ file: out, records }, () => `${records} records written to ${out}.`)
    })
  examples(
    command,
    ['bulkhead audit export --out november.jsonl', 'keep a copy that can be checked anywhere'],
    ['bulkhead audit export | gzip > november.jsonl.gz', 'the same, compressed'],
  )
}

import { closeSync, openSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { writeFault } from '../failure.ts'
import { withManager } from '../manager/reach.ts'
import { type FilterOptions, withFilter, withTimes } from './filter.ts'
import { pages } from './search.ts'

export const registerExport = (events: Command): void => {
  const exporting = withFilter(withTimes(withManager(events.command('export'))))
    .description('write all events that fit to a new file, one JSON text a line, newest first')
    .argument('<file>', 'the file; it must not exist')
    .action(async (file: string, options: FilterOptions, command: Command) => {
      const out = openSync(file, 'wx', 0o600)
      let count = 0
      try {
        for await (const some of pages(options, Infinity)) {
          for (const one of some) writeFileSync(out, `${JSON.stringify(one)}\n`)
          count += some.length
        }
      } catch (error) {
        throw writeFault(error, file)
      } finally {
        closeSync(out)
      }
      outputOf(command).result({ file, events: count }, () => `${file}: ${count} events.`)
    })
  examples(exporting, ['bulkhead events export november.jsonl --since 30d --class P0', 'take it away'])
}

import type { Command } from 'commander'
import { examples, outputOf } from '../command.ts'
import { plural, toJson } from '../output.ts'
import { withManager } from '../manager/reach.ts'
import { newFile } from '../new-file.ts'
import { type FilterOptions, withFilter, withTimes } from './filter.ts'
import { pages } from './search.ts'

export const registerExport = (events: Command): void => {
  const exporting = withFilter(withTimes(withManager(events.command('export'))))
    .description('write all events that fit to a new file, one JSON text a line, newest first')
    .argument('<file>', 'the file; it must not exist')
    .action(async (file: string, options: FilterOptions, command: Command) => {
      const count = await newFile(file, async (line) => {
        let written = 0
        for await (const some of pages(options, Infinity)) {
          for (const one of some) line(toJson(one))
          written += some.length
        }
        return written
      })
      outputOf(command).result({ file, events: count }, () => `${file}: ${plural(count, 'event')}.`)
    })
  examples(exporting, ['bulkhead events export november.jsonl --since 30d --class P0', 'take it away'])
}

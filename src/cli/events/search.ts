import { type Command, InvalidArgumentError } from 'commander'
import type { FoundEvent } from '#schema/manager-events.ts'
import { examples, outputOf } from '../command.ts'
import { unknownKind } from '../kinds.ts'
import { asker, withManager } from '../manager/reach.ts'
import { type FilterOptions, withFilter, withTimes, words } from './filter.ts'
import { printer } from './line.ts'

const most = 10_000
const page = 1000

const limit = (text: string): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value
  throw new InvalidArgumentError(`It takes a number from 1 to ${most}.`)
}

/** Page after page, newest first, until there are so many or no more. */
export async function* pages(options: FilterOptions, count: number): AsyncGenerator<readonly FoundEvent[]> {
  const { EventPage } = await import('#schema/manager-events.ts')
  const ask = await asker(options)
  let [left, after]: [number, string | undefined] = [count, undefined]
  do {
    const asked: Record<string, string> = { limit: String(Math.min(left, page)), ...(after !== undefined && { after }) }
    const found = await ask({ path: `/v1/events?${words(options, asked)}`, answer: EventPage })
    yield found.events
    left -= found.events.length
    after = found.next
  } while (left > 0 && after !== undefined)
}

export const registerSearch = (events: Command): void => {
  const search = withFilter(withTimes(withManager(events.command('search'))))
    .description('find events of all edges, newest first')
    .option('--limit <number>', 'at most so many', limit, 50)
    .action(async (options: FilterOptions & { readonly limit: number }, command: Command) => {
      const output = outputOf(command)
      const found: FoundEvent[] = []
      for await (const some of pages(options, options.limit)) found.push(...some)
      const print = printer(output)
      const why = found.length === 0 ? unknownKind(options.kind) : undefined
      if (why !== undefined) output.say(why)
      output.result(found, () => (found.length === 0 ? 'no events' : found.map(print).join('\n')))
      if (command.getOptionValueSource('limit') === 'default') output.cut(found.length, options.limit)
    })
  examples(
    search,
    ['bulkhead events search --site north --kind denial --since 1h', 'what was denied in the last hour?'],
    ['bulkhead events search --source 198.18.1.0/26 --limit 1000 --json', 'for a script: one JSON array'],
    ['bulkhead events search --broken', 'did somebody change what an edge recorded?'],
  )
}

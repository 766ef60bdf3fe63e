import { type Command, InvalidArgumentError, Option } from 'commander'
import { openStore } from '#edge/store/open.ts'
import type { EventQuery } from '#edge/store/search.ts'
import type { EventKindName } from '#schema/event-kinds.ts'
import { line } from '#schema/event-text.ts'
import type { Event } from '#schema/event.ts'
import { examples, outputOf } from '../command.ts'
import { kinds } from '../kinds.ts'
import { moment } from '../moment.ts'
import { type StateTarget, storeOf, withState } from './state.ts'

interface SearchOptions extends StateTarget {
  readonly since?: number
  readonly until?: number
  readonly source?: string
  readonly conduit?: string
  readonly kind?: readonly EventKindName[]
  readonly limit: number
}

const most = 100_000

const limit = (text: string): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value
  throw new InvalidArgumentError(`It takes a number from 1 to ${most}.`)
}

/** Reads events from a store on disk, newest first. Works while the daemon runs and when it is dead. */
const searchStore = (path: string, query: EventQuery): readonly Event[] => {
  const store = openStore({ path, readonly: true })
  try {
    return store.events.search(query).map(({ event }) => event)
  } finally {
    store.close()
  }
}

export const registerSearch = (audit: Command): void => {
  const search = withState(audit.command('search'))
    .description('find events by time, source, conduit and kind, newest first')
    .addOption(new Option('--since <time>', 'from then on: a time, or how long ago, such as 2h').argParser(moment))
    .addOption(new Option('--until <time>', 'before then: a time, or how long ago').argParser(moment))
    .option('--source <source>', 'from this address, network, MAC or asset')
    .option('--conduit <id>', 'of this conduit')
    .addOption(new Option('--kind <names>', 'of these kinds, with commas').argParser(kinds))
    .addOption(new Option('--limit <number>', 'at most so many').argParser(limit).default(100))
    .action(({ state, edge, since, until, source, conduit, kind, limit: count }: SearchOptions, command: Command) => {
      const output = outputOf(command)
      const { path } = storeOf({ ...(state !== undefined && { state }), ...(edge !== undefined && { edge }) })
      const found = searchStore(path, {
        limit: count,
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
        ...(source !== undefined && { source }),
        ...(conduit !== undefined && { conduit }),
        ...(kind !== undefined && { kind: [...kind] }),
      })
      const colour = output.terminal && output.paint('red', 'x') !== 'x'
      const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions()
      output.result(found, () =>
        found.length === 0 ? 'no events' : found.map((event) => line(event, { colour, timezone })).join('\n'),
      )
      if (command.getOptionValueSource('limit') === 'default') output.cut(found.length, count)
    })
  examples(
    search,
    ['bulkhead audit search --since 24h --kind containment,release', 'who was contained today?'],
    [
      'bulkhead audit search --source 198.18.1.0/26 --since 2026-11-21T06:00 --until 2026-11-21T14:00',
      'what came from there during the early shift?',
    ],
    ['bulkhead audit search --conduit hmi-operates-fill --limit 1000 --json', 'for a script: one JSON array'],
  )
}

/** Events as JSON lines, oldest first. Nothing is queued for a reader: the next page is read from the store when it has taken the last. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { idTime } from '#core/id.ts'
import type { Events, StoredEvent } from '../store/events.ts'
import { matcher } from './matches.ts'
import type { StreamQuery } from './stream-query.ts'

export type EventFeed = Pick<Events, 'search' | 'after' | 'newest'>

const pageSize = 500
/** ms between looks at the store while somebody follows */
const pollMs = 100
/** ms after which a reader that takes nothing is let go */
const patienceMs = 60_000

const write = async (out: Writable, stored: StoredEvent, closed: AbortSignal): Promise<void> => {
  if (out.write(`${JSON.stringify(stored.event)}\n`)) return
  await once(out, 'drain', { signal: AbortSignal.any([closed, AbortSignal.timeout(patienceMs)]) })
}

const history = (feed: EventFeed, query: StreamQuery): readonly StoredEvent[] => {
  const { follow, after, limit: asked, ...terms } = query
  const since = terms.since ?? (after === undefined ? undefined : idTime(after))
  const limit = asked ?? (!follow ? 100 : since === undefined ? 0 : 10_000)
  if (limit === 0) return []
  const found = feed.search({ ...terms, ...(since === undefined ? {} : { since }), limit })
  return found.toReversed().filter(({ event }) => after === undefined || event.id > after)
}

/**
 * Writes what is asked for and, with `follow`, what is added from then on, until `closed`.
 * Rejects with an AbortError when the reader went away or took nothing for a minute.
 */
export const streamEvents = async (
  feed: EventFeed,
  query: StreamQuery,
  out: Writable,
  closed: AbortSignal,
): Promise<void> => {
  const start = feed.newest()
  const past = history(feed, query)
  let cursor = Math.max(start, past.at(-1)?.seq ?? 0)
  for (const stored of past) await write(out, stored, closed)
  if (!query.follow) return
  const wanted = matcher(query)
  while (!closed.aborted) {
    const page = feed.after(cursor, pageSize)
    for (const stored of page) {
      cursor = stored.seq
      if (wanted(stored.event)) await write(out, stored, closed)
    }
    if (page.length < pageSize) await sleep(pollMs, undefined, { signal: closed })
  }
}

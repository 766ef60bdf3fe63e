/** Events as they are stored, by whichever manager: server-sent events (WHATWG HTML, 9.2), numbered as their transactions. */
import type { ServerResponse } from 'node:http'
import { sql } from 'kysely'
import type { EventFilter } from '#schema/manager-events.ts'
import { drained } from '../api/stream.ts'
import type { Manager } from '../context.ts'
import { all, type Condition, conditionsOf } from './filter.ts'
import { type EventRow, shown } from './search.ts'

/** ms: a hint that does not arrive costs no more. */
const lookMs = 1000
const aliveMs = 15_000
/** Transactions that a reader may be behind; then it goes on with what is new, and is told. */
const mostBehind = 500
const mostRows = 500
const mostGroups = 32

interface Place {
  readonly number: number
  readonly class: string
  readonly first_at: Date
  readonly last_at: Date
  readonly first_id: number
  readonly last_id: number
}

/** Rows of a transaction, in pages: one may have thousands. */
async function* rowsOf({ db }: Manager, place: Place, conditions: readonly Condition[]): AsyncGenerator<EventRow[]> {
  for (let last = place.first_id - 1; ;) {
    const { rows } = await sql<EventRow>`
      SELECT id, at, received, intact, body FROM events
      WHERE ${all([
        sql`class = ${place.class} AND at >= ${place.first_at} AND at <= ${place.last_at}`,
        sql`id > ${last} AND id <= ${place.last_id}`,
        ...conditions,
      ])} ORDER BY id LIMIT ${mostRows}`.execute(db)
    yield rows
    if (rows.length < mostRows) return
    last = rows.at(-1)!.id
  }
}

/** Places of whole transactions, up to the head; those of an hour ago are not known any more. */
const groupsAfter = async ({ db }: Manager, number: number, head: number): Promise<Map<number, Place[]>> =>
  Map.groupBy(
    await db
      .selectFrom('event_feed')
      .selectAll()
      .where('number', '>', number)
      .where('number', '<=', Math.min(head, number + mostGroups))
      .orderBy('number')
      .orderBy('class')
      .execute(),
    (place) => place.number,
  )

const headOf = async ({ db }: Manager): Promise<number> =>
  (await db.selectFrom('event_head').select('number').executeTakeFirstOrThrow()).number

/**
 * Writes events that fit until the reader, its right or the manager is gone.
 * @param after number of a transaction; what came with the later ones is sent
 * @param stillAllowed asked before every look, and every second of a long one: a session that ended, ends its stream
 * @param begin called before the first word; what is thrown earlier may still be answered
 */
export const followEvents = async (
  manager: Manager,
  response: ServerResponse,
  filter: EventFilter,
  after: number | undefined,
  stillAllowed: () => Promise<boolean>,
  begin: () => void,
): Promise<void> => {
  const gone = new AbortController()
  let wake = (): void => undefined
  const end = (): void => {
    gone.abort()
    wake()
  }
  response.once('close', end)
  manager.ending.addEventListener('abort', end, { once: true })
  const unsubscribe = manager.bus.subscribe('changed', ({ kind }) => {
    if (kind === 'events') wake()
  })
  let spoke = 0
  const write = async (text: string): Promise<void> => {
    spoke = performance.now()
    response.write(text)
    await drained(response, gone.signal)
  }
  let asked = 0
  const mayGoOn = async (): Promise<boolean> => {
    asked = performance.now()
    return stillAllowed()
  }
  /** A reader that takes little at a time would hear all of a look, however long ago its right ended. */
  const tell = async (one: unknown): Promise<void> => {
    if (performance.now() - asked >= lookMs && !(await mayGoOn())) end()
    if (!gone.signal.aborted) await write(`event: event\ndata: ${JSON.stringify(one)}\n\n`)
  }
  const skip = (from: number, to: number) =>
    write(`id: ${to}\nevent: skipped\ndata: ${JSON.stringify({ from, to })}\n\n`)
  try {
    let last = after ?? (await headOf(manager))
    const conditions = await conditionsOf(manager.db, filter)
    begin()
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
    await write(': connected\n\n')
    while (!gone.signal.aborted && (await mayGoOn())) {
      // Listening begins before looking: what is stored in between is not missed.
      const hinted = new Promise<void>((resolve) => {
        wake = resolve
      })
      const head = await headOf(manager)
      if (head - last > mostBehind) {
        await skip(last + 1, head)
        last = head
      }
      const groups = await groupsAfter(manager, last, head)
      for (const [number, places] of groups) {
        if (number > last + 1) await skip(last + 1, number - 1)
        for (const place of places)
          for await (const rows of rowsOf(manager, place, conditions)) {
            for (const one of await shown(manager.db, rows)) await tell(one)
            if (gone.signal.aborted) return
          }
        last = number
        await write(`id: ${number}\nevent: seen\ndata: {}\n\n`)
      }
      if (groups.size > 0) continue
      if (head > last) {
        await skip(last + 1, head)
        last = head
      }
      if (performance.now() - spoke > aliveMs) await write(': alive\n\n')
      const timer = setTimeout(wake, lookMs)
      await hinted
      clearTimeout(timer)
    }
  } finally {
    unsubscribe()
    manager.ending.removeEventListener('abort', end)
    if (response.headersSent) response.end()
  }
}

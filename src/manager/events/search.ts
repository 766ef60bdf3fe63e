/** Searching events, newest first, from one page to the next. */
import { sql } from 'kysely'
import {
  type EventFilter,
  type EventPage,
  type EventQuery,
  type FoundEvent,
  StoredEvent,
} from '#schema/manager-events.ts'
import type { Manager } from '../context.ts'
import type { Database } from '../database/pool.ts'
import { all, type Condition, conditionsOf } from './filter.ts'
import { existing } from './partitions.ts'
import { dayMs } from './spans.ts'

/** ms: a search looks back in spans that double, so that a page of what is recent opens few tables however much is kept. */
const firstSpan = 600_000
const longestSpan = 16 * dayMs
/** Of the newest events, looked through one by one before any index is: what is common is found there, what is rare by its index. */
const near = 5000
/** ms after which a page goes out with what was found so far, and where to go on. */
const patience = 1500

export interface EventRow {
  readonly id: number
  readonly at: Date
  readonly received: Date
  readonly intact: boolean
  readonly body: string
}
interface Place {
  /** ms since 1970 */
  readonly at: number
  /** Rows before this one, of the same `at`. */
  readonly id: number
}

const placeOf = (text: string): Place => {
  const [at = 0, id = 0] = text.split('.').map(Number)
  return { at, id }
}
/** Before everything of its millisecond and later. */
const noRow = 0

const spanOf = (from: number, before: Place): readonly Condition[] => {
  const edge = new Date(before.at)
  const end = before.id === noRow ? sql`at < ${edge}` : sql`at <= ${edge} AND (at, id) < (${edge}, ${before.id})`
  return [sql`at >= ${new Date(from)}`, end]
}

/**
 * Along an index that has the order. The database knows little of tables that were filled a moment ago, and would gather and sort all of
 * them for the few that are newest.
 */
const inOrder = <T>(db: Database, work: (tx: Database) => Promise<T>): Promise<T> =>
  db.transaction().execute(async (tx) => {
    await sql`SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
      set_config('enable_seqscan', 'off', true)`.execute(tx)
    return work(tx)
  })

const rowsIn = async (
  db: Database,
  from: number,
  before: Place,
  conditions: readonly Condition[],
  limit: number,
): Promise<EventRow[]> => {
  const find = (on: Database) =>
    sql<EventRow>`
      SELECT id, at, received, intact, body FROM events
      WHERE ${all([...spanOf(from, before), ...conditions])}
      ORDER BY at DESC, id DESC LIMIT ${limit}`.execute(on)
  return (conditions.length === 0 ? await inOrder(db, find) : await find(db)).rows
}

/** A page of what is newest, when it is full with that. */
const nearest = async (
  db: Database,
  from: number,
  before: Place,
  conditions: readonly Condition[],
  limit: number,
): Promise<EventRow[] | undefined> => {
  const { rows } = await inOrder(db, (tx) =>
    sql<EventRow>`
      SELECT id, at, received, intact, body FROM
        (SELECT * FROM events WHERE ${all(spanOf(from, before))} ORDER BY at DESC, id DESC LIMIT ${near}) AS newest
      WHERE ${all(conditions)} LIMIT ${limit}`.execute(tx),
  )
  return rows.length < limit ? undefined : rows
}

const oldest = async (db: Database): Promise<number> =>
  (await existing(db)).reduce((least, { from }) => Math.min(least, from), Number.MAX_SAFE_INTEGER)

/** Of a page, newest first; `next` where the one after it begins. */
const findRows = async (
  { db, now }: Manager,
  query: EventFilter & { readonly after?: string | undefined; readonly limit: number },
): Promise<{ rows: EventRow[]; next: string | undefined }> => {
  const conditions = await conditionsOf(db, query)
  const began = performance.now()
  const rows: EventRow[] = []
  // Nothing is filed later than a day from now.
  const latest = Math.min(query.to === undefined ? Infinity : Date.parse(query.to), now() + dayMs + 1000)
  let before: Place = query.after === undefined ? { at: latest, id: noRow } : placeOf(query.after)
  const floor = Math.max(query.from === undefined ? 0 : Date.parse(query.from), await oldest(db))
  const recent = conditions.length === 0 ? undefined : await nearest(db, floor, before, conditions, query.limit)
  if (recent !== undefined) rows.push(...recent)
  for (let span = firstSpan; rows.length < query.limit && before.at >= floor; span = Math.min(span * 2, longestSpan)) {
    // The day ahead is nearly always empty: the first span ends before now.
    const from = Math.max(floor, Math.min(before.at, now()) - span)
    rows.push(...(await rowsIn(db, from, before, conditions, query.limit - rows.length)))
    if (rows.length >= query.limit) break
    if (from <= floor) return { rows, next: undefined }
    before = { at: from, id: noRow }
    if (performance.now() - began > patience) return { rows, next: `${before.at}.${before.id}` }
  }
  const last = rows.at(-1)
  return { rows, next: rows.length < query.limit || last === undefined ? undefined : `${last.at.getTime()}.${last.id}` }
}

const verdictsOf = async (db: Database, ids: readonly string[]) => {
  const rows =
    ids.length === 0
      ? []
      : await db.selectFrom('event_judgements').select(['event', 'verdict']).where('event', 'in', ids).execute()
  return new Map(rows.map(({ event, verdict }) => [event, verdict]))
}

export const shown = async (db: Database, rows: readonly EventRow[]): Promise<FoundEvent[]> => {
  const events = rows.map(({ body }) => StoredEvent.parse(JSON.parse(body)))
  const verdicts = await verdictsOf(
    db,
    events.map(({ id }) => id),
  )
  return rows.map(({ id, received, intact }, at) => {
    const event = events[at]!
    const verdict = verdicts.get(event.id)
    return { row: id, received: received.toISOString(), intact, ...(verdict && { verdict }), event }
  })
}

export const search = async (manager: Manager, query: EventQuery): Promise<EventPage> => {
  const { rows, next } = await findRows(manager, query)
  return { events: await shown(manager.db, rows), ...(next !== undefined && { next }) }
}

/** Which events: a query as a person asks it, as SQL over the search columns. */
import * as z from 'zod'
import { eventClasses, eventKindNames } from '#schema/event-kinds.ts'
import { addressRange } from './address-key.ts'
import type { Database } from '#sqlite/database.ts'
import type { Input, Row } from '#sqlite/row.ts'

export const EventQuery = z.strictObject({
  /** Milliseconds since 1970; from, inclusive. */
  since: z.number().optional(),
  /** Milliseconds since 1970; to, exclusive. */
  until: z.number().optional(),
  /** Address, network, MAC or name of an asset. */
  source: z.string().optional(),
  conduit: z.string().optional(),
  kind: z.array(z.enum(eventKindNames)).min(1).optional(),
  class: z.enum(eventClasses).optional(),
  /** Only events with a smaller number: the next page. */
  before: z.int().optional(),
  limit: z.int().min(1).max(100_000).optional(),
})
export type EventQuery = z.infer<typeof EventQuery>

interface Term {
  readonly sql: string
  readonly values: readonly Input[]
}

const macText = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i

const sourceTerm = (source: string): Term => {
  if (macText.test(source)) return { sql: 'source_mac = ?', values: [source.toLowerCase().replaceAll('-', ':')] }
  const range = addressRange(source)
  if (range === undefined) return { sql: 'source_asset = ?', values: [source] }
  return { sql: 'source_ip BETWEEN ? AND ?', values: range }
}

const terms = (query: EventQuery): Term[] =>
  [
    query.since !== undefined && { sql: 'ms >= ?', values: [query.since] },
    query.until !== undefined && { sql: 'ms < ?', values: [query.until] },
    query.source !== undefined && sourceTerm(query.source),
    query.conduit !== undefined && { sql: 'conduit = ?', values: [query.conduit] },
    query.kind !== undefined && { sql: `kind IN (${query.kind.map(() => '?').join(', ')})`, values: query.kind },
    query.class !== undefined && { sql: 'class = ?', values: [query.class] },
    query.before !== undefined && { sql: 'seq < ?', values: [query.before] },
  ].filter((term) => term !== false)

/** Rows of `seq` and `body`, newest first. At most `limit`, 100 when absent. */
export const searchEvents = (database: Database, query: EventQuery): readonly Row[] => {
  const asked = terms(query)
  const where = asked.length === 0 ? '' : `WHERE ${asked.map(({ sql }) => sql).join(' AND ')}`
  return database
    .statement(`SELECT seq, body FROM events ${where} ORDER BY seq DESC LIMIT ?`)
    .all(...asked.flatMap(({ values }) => values), query.limit ?? 100)
}

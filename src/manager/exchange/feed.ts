/**
 * The stored events in the order in which their transactions ended, which is the only order in which nothing can still appear behind a
 * reader. A position is the number of a transaction and the place in it; rows of one have adjoining ids, 4096 at most.
 */
import { sql } from 'kysely'
import type { Event } from '#schema/event.ts'
import type { Manager } from '../context.ts'
import type { IngestedEvent } from '../events/reaction.ts'

const block = 4096
const transactions = 64

export const newestPosition = async (manager: Manager): Promise<number> => {
  const { rows } = await sql<{ number: number }>`SELECT number FROM event_head`.execute(manager.db)
  return (rows[0]?.number ?? 0) * block + block - 1
}

interface Row {
  readonly position: number
  readonly received: Date
  readonly body: string
  readonly edge: number
  readonly site: string
  readonly name: string
}

export const eventsAfterPosition = async (
  manager: Manager,
  position: number,
  limit: number,
): Promise<readonly IngestedEvent[]> => {
  const { rows } = await sql<Row>`
    SELECT place.number * ${block}::bigint + event.id - place.base AS position,
      event.received, event.body, edges.id AS edge, edges.site, edges.name
    FROM (
      SELECT *, min(first_id) OVER (PARTITION BY number) AS base FROM event_feed
      WHERE number IN (SELECT DISTINCT number FROM event_feed WHERE number >= ${Math.floor(position / block)}
        ORDER BY number LIMIT ${transactions})) AS place
    CROSS JOIN LATERAL (
      SELECT id, received, body, edge_id FROM events
      WHERE class = place.class AND at BETWEEN place.first_at AND place.last_at
        AND id BETWEEN place.first_id AND place.last_id) AS event
    JOIN edges ON edges.id = event.edge_id
    WHERE place.number * ${block}::bigint + event.id - place.base > ${position}
    ORDER BY position LIMIT ${limit}`.execute(manager.db)
  return rows.map((row) => ({
    edge: { id: row.edge, site: row.site, edge: row.name },
    id: row.position,
    received: row.received.getTime(),
    // It was an event when it was stored.
    event: JSON.parse(row.body),
  }))
}

export interface Overdue {
  /** Where to go on. */
  readonly position: number
  /** How many are left out, as far as that is known. */
  readonly events: number
}

/** What a reader at a position must leave out to be at most `lag` events behind, or because nobody knows the way any more. */
export const overdueAt = async (manager: Manager, position: number, lag: number): Promise<Overdue | undefined> => {
  const at = Math.floor(position / block)
  const { rows } = await sql<{ number: number; behind: number }>`
    SELECT number, sum(max(last_id) - min(first_id) + 1) OVER (ORDER BY number DESC)::bigint AS behind
    FROM event_feed WHERE number > ${at} GROUP BY number ORDER BY number`.execute(manager.db)
  const [first] = rows
  if (first === undefined) return undefined
  // Numbers have no gaps: what is missing in front was forgotten, and each of those had one event at least.
  const forgotten = first.number - at - 1
  const kept = rows.find(({ behind }) => behind <= lag) ?? rows.at(-1) ?? first
  if (kept === first) return forgotten === 0 ? undefined : { position: first.number * block - 1, events: forgotten }
  return { position: kept.number * block - 1, events: forgotten + first.behind - kept.behind }
}

/** In whole transactions. */
export const waitingBehind = async (manager: Manager, position: number): Promise<number> => {
  const { rows } = await sql<{ events: number | null }>`
    SELECT sum(events)::bigint AS events FROM (SELECT max(last_id) - min(first_id) + 1 AS events FROM event_feed
      WHERE number > ${Math.floor(position / block)} GROUP BY number) AS each`.execute(manager.db)
  return rows[0]?.events ?? 0
}

/** By the id that the edge gave: a ULID, which says when. */
export const storedEvent = async (manager: Manager, id: string, near: number): Promise<Event | undefined> => {
  const day = 86_400_000
  const { rows } = await sql<{ body: string }>`
    SELECT body FROM events WHERE event = ${id}
      AND at BETWEEN ${new Date(near - day)} AND ${new Date(near + day)} LIMIT 1`.execute(manager.db)
  return rows[0] === undefined ? undefined : JSON.parse(rows[0].body)
}

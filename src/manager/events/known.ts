/** Which of the events whose numbers were taken are stored already: whoever holds an edge's key can take its numbers before it does. */
import { sql } from 'kysely'
import type { Tx } from '../audit/trail.ts'
import type { ReadBatch } from './read.ts'
import { dayMs } from './spans.ts'

/** Rows of a class of an edge, the newest, among which an event is looked for that is not filed under its own time. */
const mostRecent = 5000

interface Looked {
  readonly batch: ReadBatch
  /** Those up to this number are asked about. */
  readonly upTo: number
}

const idsIn = async (tx: Tx, { batch, upTo }: Looked, received: number): Promise<string[]> => {
  const { edge, class: of } = batch
  const asked = batch.events.filter(({ sent }) => sent.seq <= upTo)
  const ids = asked.map(({ event }) => event.id)
  const { rows: filed } = await sql<{ event: string }>`
    SELECT event FROM events WHERE class = ${of} AND edge_id = ${edge.id} AND event = ANY(${ids}::text[])
      AND at = ANY(ARRAY(SELECT to_timestamp(ms / 1000.0) FROM unnest(${asked.map(({ at }) => at)}::float8[]) AS ms))`.execute(
    tx,
  )
  const found = new Set(filed.map(({ event }) => event))
  if (ids.every((id) => found.has(id))) return ids
  // What came with a time that cannot be true is filed under when it was received first.
  const { rows: recent } = await sql<{ event: string }>`
    SELECT event FROM (
      SELECT event FROM events WHERE class = ${of} AND edge_id = ${edge.id} AND at <= ${new Date(received + dayMs)}
      ORDER BY at DESC LIMIT ${mostRecent}
    ) AS row WHERE event = ANY(${ids}::text[])`.execute(tx)
  return [...found, ...recent.map(({ event }) => event)]
}

/** Ids of events that are stored, by what each batch is asked about. */
export const knownIds = async (
  tx: Tx,
  asked: readonly (Looked & { readonly key: string })[],
  received: number,
): Promise<Map<string, Set<string>>> => {
  const known = new Map<string, Set<string>>()
  for (const one of asked) {
    const ids = known.get(one.key) ?? new Set()
    known.set(one.key, ids)
    if (one.batch.events[0]!.sent.seq > one.upTo) continue
    for (const id of await idsIn(tx, one, received)) ids.add(id)
  }
  return known
}

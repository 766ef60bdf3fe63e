/**
 * What still has to follow from events, as rows: one for each reaction and edge of a transaction, which names the events that the reaction
 * wants. Written with the events, gone when the reaction is done.
 */
import { sql } from 'kysely'
import { eventKindNames } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'
import { StoredEvent } from '#schema/manager-events.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef, IngestedEvent, Reaction } from './reaction.ts'
import type { Numbered } from './rows.ts'

/** ms that a process has for what it took up before another one may. */
export const leaseMs = 60_000
const longestWaitMs = 3_600_000
/** Rows taken up at once; each has the events of one transaction at most. */
const batch = 50

export interface Wanted {
  readonly reaction: Reaction
  /** Of the rows: each is the first event of an edge. */
  readonly rows: readonly number[]
  /** In the order of storing. */
  readonly events: readonly IngestedEvent[]
  /** It failed before, and should not take others with it. */
  readonly alone: boolean
}
interface Row {
  readonly id: number
  readonly reaction: string
  readonly edgeId: number
  readonly ids: number[]
  /** Where they are filed, ISO 8601. */
  readonly ats: string[]
}
export interface Follow {
  readonly wanted: readonly Wanted[]
  readonly rows: readonly Row[]
}

const known: ReadonlySet<string> = new Set(eventKindNames)
const isEvent = (event: StoredEvent): event is Event => known.has(event.kind)

/** What of these has to be followed, by reaction. */
export const followOf = (
  stored: readonly Numbered[],
  edges: ReadonlyMap<number, EdgeRef>,
  received: number,
  wants: ReadonlyMap<string, readonly Reaction[]>,
): Follow => {
  const byReaction = new Map<Reaction, { readonly rows: Map<number, Row>; readonly events: IngestedEvent[] }>()
  for (const { read, id, edgeId } of stored) {
    const { event } = read
    const edge = edges.get(edgeId)
    const found = wants.get(event.kind)
    if (found === undefined || edge === undefined || !isEvent(event)) continue
    const ingested: IngestedEvent = { edge, id, received, event }
    for (const reaction of found) {
      const own = byReaction.get(reaction) ?? { rows: new Map<number, Row>(), events: [] }
      byReaction.set(reaction, own)
      const row = own.rows.get(edgeId) ?? { id, reaction: reaction.name, edgeId, ids: [], ats: [] }
      own.rows.set(edgeId, row)
      row.ids.push(id)
      row.ats.push(new Date(read.at).toISOString())
      own.events.push(ingested)
    }
  }
  return {
    rows: [...byReaction.values()].flatMap(({ rows }) => [...rows.values()]),
    wanted: [...byReaction].map(([reaction, { rows, events }]) => ({
      reaction,
      rows: [...rows.values()].map(({ id }) => id),
      events,
      alone: false,
    })),
  }
}

/** @param calls whether this process calls after the transaction: then nobody else does for a while */
export const fillInbox = async (tx: Tx, rows: readonly Row[], now: number, calls: boolean): Promise<void> => {
  if (rows.length === 0) return
  const [received, due] = [new Date(now), new Date(calls ? now + leaseMs : now)]
  await tx
    .insertInto('event_inbox')
    .values(
      rows.map(({ id, reaction, edgeId, ids, ats }) => ({
        id,
        reaction,
        edge_id: edgeId,
        received,
        ids,
        ats,
        due,
        tries: 0,
      })),
    )
    .execute()
}

export const emptyInbox = async ({ db }: Manager, reaction: string, rows: readonly number[]): Promise<void> => {
  await sql`DELETE FROM event_inbox WHERE reaction = ${reaction} AND id = ANY(${rows}::bigint[])`.execute(db)
}

interface Left {
  readonly id: number
  readonly reaction: string
  readonly edge_id: number
  readonly site: string
  readonly name: string
  readonly received: Date
  readonly event: number
  readonly body: string
}

const ingestedOf = (left: Left): IngestedEvent | undefined => {
  const event = StoredEvent.safeParse(JSON.parse(left.body))
  if (!event.success || !isEvent(event.data)) return undefined
  const edge = { id: left.edge_id, site: left.site, edge: left.name }
  return { edge, id: left.event, received: left.received.getTime(), event: event.data }
}

/**
 * Takes what is due of the reactions that this version knows, so that no other manager does, each time for longer.
 * @returns what to call with, and whether there may be more
 */
export const takeUp = async (
  { db, now }: Manager,
  reactions: readonly Reaction[],
): Promise<{ wanted: Wanted[]; more: boolean }> => {
  const names = reactions.map(({ name }) => name)
  const at = new Date(now())
  const { rows: taken } = await sql<{ id: number; reaction: string; tries: number }>`
    WITH due AS (
      SELECT id, reaction FROM event_inbox WHERE due <= ${at} AND reaction = ANY(${names}::text[])
      ORDER BY id LIMIT ${batch} FOR UPDATE SKIP LOCKED
    )
    UPDATE event_inbox SET tries = tries + 1,
      due = ${at}::timestamptz + least(${longestWaitMs}, ${leaseMs} * 2 ^ least(tries, 10)) * interval '1 millisecond'
    FROM due WHERE event_inbox.id = due.id AND event_inbox.reaction = due.reaction
    RETURNING event_inbox.id, event_inbox.reaction, tries`.execute(db)
  if (taken.length === 0) return { wanted: [], more: false }
  const { rows: left } = await sql<Left>`
    SELECT inbox.id, inbox.reaction, inbox.edge_id, inbox.received, edges.site, edges.name, events.id AS event, events.body
    FROM unnest(${taken.map(({ id }) => id)}::bigint[], ${taken.map(({ reaction }) => reaction)}::text[]) AS taken (id, reaction)
    JOIN event_inbox inbox USING (id, reaction) JOIN edges ON edges.id = inbox.edge_id,
    LATERAL unnest(inbox.ids, inbox.ats) AS one (id, at) JOIN events ON events.at = one.at AND events.id = one.id
    ORDER BY events.id`.execute(db)
  const events = Map.groupBy(left, ({ id, reaction }) => `${reaction} ${id}`)
  const wanted = taken
    .toSorted((a, b) => a.id - b.id)
    .flatMap(({ id, reaction, tries }) =>
      reactions
        .filter(({ name }) => name === reaction)
        .map((found) => ({
          reaction: found,
          rows: [id],
          events: (events.get(`${reaction} ${id}`) ?? []).flatMap((one) => ingestedOf(one) ?? []),
          alone: tries > 1,
        })),
    )
  return { wanted, more: taken.length === batch }
}

/**
 * What follows from events. A row for each event and each reaction that wants it is written with the event and goes away when that
 * reaction is done. The process that stored the event calls at once; what it leaves (an end, a failure, too much) is taken up later by
 * whichever manager comes first.
 */
import { sql } from 'kysely'
import { StoredEvent } from '#schema/manager-events.ts'
import { eventKindNames } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef, IngestedEvent, Reaction } from './reaction.ts'
import type { Numbered } from './rows.ts'

/** ms that a process has for what it took up before another one may. */
export const leaseMs = 60_000
const reactMs = 30_000
const longestWaitMs = 3_600_000
/** Events that wait in memory for one reaction; what is beyond stays in the table. */
const mostWaiting = 5000
const batch = 200

export interface Wanted {
  readonly reactions: readonly Reaction[]
  readonly ingested: IngestedEvent
  readonly body: string
}

const known: ReadonlySet<string> = new Set(eventKindNames)
const isEvent = (event: StoredEvent): event is Event => known.has(event.kind)

export const wantedOf = (
  rows: readonly Numbered[],
  edges: ReadonlyMap<number, EdgeRef>,
  received: number,
  wants: ReadonlyMap<string, readonly Reaction[]>,
): Wanted[] =>
  rows.flatMap(({ read: { event, sent }, id, edgeId }) => {
    const found = wants.get(event.kind)
    const edge = edges.get(edgeId)
    return found === undefined || edge === undefined || !isEvent(event)
      ? []
      : [{ reactions: found, ingested: { edge, id, received, event }, body: sent.body }]
  })

/** @param calls whether this process calls after the transaction: then nobody else does for a while */
export const fillInbox = async (tx: Tx, wanted: readonly Wanted[], now: number, calls: boolean): Promise<void> => {
  const rows = wanted.flatMap(({ reactions, ingested, body }) =>
    reactions.map(({ name }) => ({ name, ingested, body })),
  )
  if (rows.length === 0) return
  await sql`
    INSERT INTO event_inbox (id, reaction, edge_id, received, body, due, tries)
    SELECT id, reaction, edge_id, ${new Date(now)}, body, ${new Date(calls ? now + leaseMs : now)}, 0 FROM unnest(
      ${rows.map(({ ingested }) => ingested.id)}::bigint[], ${rows.map(({ name }) => name)}::text[],
      ${rows.map(({ ingested }) => ingested.edge.id)}::bigint[], ${rows.map(({ body }) => body)}::text[])
      AS row (id, reaction, edge_id, body)`.execute(tx)
}

const within = async (work: Promise<void>, ms: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${ms} ms`)), ms)
    timer.unref()
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

interface Left {
  readonly id: number
  readonly reaction: string
  readonly edge_id: number
  readonly site: string
  readonly name: string
  readonly received: Date
  readonly body: string
}

/** Takes what is due of the reactions that this version knows, so that no other manager does, each time for longer. */
const takeUp = async ({ db, now }: Manager, names: readonly string[]): Promise<Left[]> => {
  const { rows } = await sql<Left>`
    WITH due AS (
      SELECT id, reaction FROM event_inbox WHERE due <= ${new Date(now())} AND reaction = ANY(${names}::text[]) ORDER BY id LIMIT ${batch} FOR UPDATE SKIP LOCKED
    ), taken AS (
      UPDATE event_inbox SET tries = tries + 1,
        due = ${new Date(now())}::timestamptz + least(${longestWaitMs}, ${leaseMs} * 2 ^ least(tries, 10)) * interval '1 millisecond'
      FROM due WHERE event_inbox.id = due.id AND event_inbox.reaction = due.reaction
      RETURNING event_inbox.*
    )
    SELECT taken.id, taken.reaction, taken.edge_id, taken.received, taken.body, edges.site, edges.name
    FROM taken JOIN edges ON edges.id = taken.edge_id ORDER BY taken.id`.execute(db)
  return rows
}

const ingestedOf = (left: Left): IngestedEvent | undefined => {
  const event = StoredEvent.safeParse(JSON.parse(left.body))
  if (!event.success || !isEvent(event.data)) return undefined
  const edge = { id: left.edge_id, site: left.site, edge: left.name }
  return { edge, id: left.id, received: left.received.getTime(), event: event.data }
}

export const openInbox = (manager: Manager, reactions: readonly Reaction[], trouble: (what: string) => void) => {
  /** The end of what each reaction has before it: one call at a time, in the order of storing. */
  const tails = new Map<string, Promise<void>>()
  const names = reactions.map(({ name }) => name)
  let waiting = 0

  const done = async (name: string, ids: readonly number[]): Promise<void> => {
    if (ids.length > 0)
      await manager.db.deleteFrom('event_inbox').where('reaction', '=', name).where('id', 'in', ids).execute()
  }
  const call = async ({ name, react }: Reaction, events: readonly IngestedEvent[]): Promise<void> => {
    try {
      await within(react(manager, events), reactMs)
      await done(
        name,
        events.map(({ id }) => id),
      )
    } catch (error) {
      // The rows stay, and are taken up again when they are due.
      trouble(
        `the reaction ${name} failed, and is tried again: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  const enqueue = (reaction: Reaction, events: readonly IngestedEvent[]): Promise<void> => {
    waiting += events.length
    const next = (tails.get(reaction.name) ?? Promise.resolve())
      .then(() => call(reaction, events))
      .finally(() => (waiting -= events.length))
    tails.set(reaction.name, next)
    return next
  }
  const eachReaction = (wanted: readonly Wanted[]): Promise<void>[] =>
    reactions.flatMap((reaction) => {
      const own = wanted.filter(({ reactions: found }) => found.includes(reaction))
      return own.length === 0
        ? []
        : [
            enqueue(
              reaction,
              own.map(({ ingested }) => ingested),
            ),
          ]
    })

  /** @returns whether there may be more */
  const sweep = async (): Promise<boolean> => {
    const left = await takeUp(manager, names)
    const calls = reactions.flatMap((reaction) => {
      const events = left.flatMap((one) => (one.reaction === reaction.name ? (ingestedOf(one) ?? []) : []))
      return events.length === 0 ? [] : [enqueue(reaction, events)]
    })
    await Promise.all(calls)
    return left.length === batch
  }
  return {
    hasRoom: (): boolean => waiting < mostWaiting,
    deliver: (wanted: readonly Wanted[]): void => void eachReaction(wanted),
    sweep,
    /** Resolves when what was begun is done. */
    settled: async (): Promise<void> => {
      await Promise.all(tails.values())
    },
  }
}
export type Inbox = ReturnType<typeof openInbox>

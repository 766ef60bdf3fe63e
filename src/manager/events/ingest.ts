/** Takes what edges send: each event once, acknowledged when it is on the disk. */
import type { EventClass } from '#schema/event-kinds.ts'
import type { EventBatch } from '#schema/link-frames.ts'
import type { Manager } from '../context.ts'
import { eventsStored } from '../exchange/stored.ts'
import { databaseFault, isGivenUp } from '../database/pool.ts'
import { type Inbox, openInbox } from './inbox.ts'
import { openPartitions, type Partitions } from './partitions.ts'
import { openLane } from './queue.ts'
import { type ReadBatch, readBatch } from './read.ts'
import type { EdgeRef, Reaction } from './reaction.ts'
import { reactions as usual } from './reactions.ts'
import { isUrgent } from './spans.ts'
import { blame, blameNumbers, brokenFault } from './tampering.ts'
import { type Outcome, wantsOf, writeGroup } from './write.ts'

export interface Store {
  readonly inbox: Inbox
  readonly partitions: Partitions
  /** What is written now, and what waits for it, in bytes of bodies. */
  waitingBytes(): number
  put(batch: ReadBatch): Promise<Outcome>
  settled(): Promise<void>
}

const openStore = (manager: Manager, reactions: readonly Reaction[], trouble: (what: string) => void): Store => {
  const inbox = openInbox(manager, reactions, trouble)
  const partitions = openPartitions(manager.db)
  const wants = wantsOf(reactions)
  const write = async (batches: readonly ReadBatch[]): Promise<readonly Outcome[]> => {
    await partitions.need(batches.flatMap((batch) => batch.events.map(({ at }) => ({ class: batch.class, at }))))
    const calls = inbox.hasRoom()
    const written = await writeGroup(manager, batches, manager.now(), wants, calls)
    if (calls) inbox.deliver(written.wanted)
    if (written.number !== undefined) {
      manager.bus.publish('changed', { kind: 'events', id: String(written.number) })
      eventsStored(
        manager,
        batches.flatMap((batch) => batch.events.map(({ event }) => event)),
      )
    }
    for (const one of written.breaks) await blame(manager, one, 'marked')
    for (const one of written.taken) await blameNumbers(manager, one)
    for (const outcome of written.outcomes) if ('refused' in outcome) await blame(manager, outcome.refused, 'refused')
    return written.outcomes
  }
  const shared = (error: unknown): boolean => databaseFault(error) !== undefined && !isGivenUp(error)
  const urgent = openLane(write, shared)
  const bulk = openLane(write, shared)
  return {
    inbox,
    partitions,
    waitingBytes: () => urgent.waitingBytes() + bulk.waitingBytes(),
    put: (batch) => (isUrgent(batch.class) ? urgent : bulk).put(batch),
    settled: async () => {
      await urgent.settled()
      await bulk.settled()
      await inbox.settled()
    },
  }
}

const stores = new WeakMap<Manager, Store>()

/** Of a manager: made when it is first asked for. */
export const storeOf = (
  manager: Manager,
  trouble: (what: string) => void = () => undefined,
  reactions: readonly Reaction[] = usual,
): Store => {
  const found = stores.get(manager)
  if (found !== undefined) return found
  const made = openStore(manager, reactions, trouble)
  stores.set(manager, made)
  return made
}

/**
 * Stores what is new of a batch, together with what other edges brought meanwhile, and then lets reactions happen (not awaited). It
 * waits while too much waits already: read nothing more from the edge before it resolves. After a refusal take nothing more of this
 * class from the edge in this session: what follows would stand in for what was refused.
 * An event is known by its id; its seq is where to go on, which somebody else with the edge's key could have moved.
 * @returns the seq of the batch's last event: all of it is stored for good
 * @throws Fault `refused` when an event is not what the schema says, is another edge's, or, the first time, breaks the chain of P0
 */
export const ingest = async (manager: Manager, edge: EdgeRef, batch: EventBatch): Promise<number> => {
  const outcome = await storeOf(manager).put(readBatch(edge, batch, manager.now()))
  if ('stored' in outcome) return outcome.stored
  throw brokenFault(outcome.refused)
}

/** Where a store's classes go on. */
export const acknowledged = async (
  { db }: Manager,
  edge: EdgeRef,
  store: string,
): Promise<Partial<Record<EventClass, number>>> => {
  const rows = await db
    .selectFrom('event_cursors')
    .select(['class', 'seq'])
    .where('edge_id', '=', edge.id)
    .where('store', '=', store)
    .execute()
  return Object.fromEntries(rows.map(({ class: of, seq }) => [of, seq]))
}

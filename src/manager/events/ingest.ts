/** Takes what edges send: each event once, acknowledged when it is on the disk. */
import { Fault } from '#core/errors.ts'
import type { EventClass } from '#schema/event-kinds.ts'
import type { EventBatch } from '#schema/link.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from './reaction.ts'

/**
 * Stores a batch in one transaction, whatever of it is new, and then lets reactions happen (not awaited).
 * @returns the highest seq of the class that is stored for good
 * @throws Fault `refused` when an event is not what the schema says, is another edge's, or breaks the chain of P0
 */
export const ingest = async (_manager: Manager, _edge: EdgeRef, _batch: EventBatch): Promise<number> => {
  throw new Fault('internal', 'not built')
}

/** Where a store's classes go on. */
export const acknowledged = async (
  _manager: Manager,
  _edge: EdgeRef,
  _store: string,
): Promise<Partial<Record<EventClass, number>>> => ({})

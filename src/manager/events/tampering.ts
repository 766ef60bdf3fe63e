/** A chain of P0 that does not hold: said once to the edge, and each time to the audit. The records are kept: they are evidence. */
import { Fault } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import type { Break } from './write.ts'

export const brokenFault = ({ seq, what }: Break): Fault =>
  new Fault('refused', `The chain of class P0 does not hold at event ${seq}: ${what}.`, {
    advice: 'Look for who changed the store of the edge. Sent again, the records are kept, marked as not intact.',
  })

/**
 * ms between two rows about one edge whose chain is known not to hold: alerts of every edge wait while a row is written, and who breaks
 * a chain at will must not make them. Each record is marked all the same.
 */
const quietMs = 60_000
interface Told {
  readonly at: number
  /** Events since then. */
  readonly more: number
}
const told = new WeakMap<Manager, Map<number, Told>>()

/** @returns how many events nothing was said about since the last row; nothing when it is too early for another */
const unsaid = (manager: Manager, edge: number, events: number): number | undefined => {
  const kept = told.get(manager) ?? new Map<number, Told>()
  told.set(manager, kept)
  const now = manager.now()
  const before = kept.get(edge)
  const isEarly = before !== undefined && Math.abs(now - before.at) < quietMs
  kept.set(edge, isEarly ? { at: before.at, more: before.more + events } : { at: now, more: 0 })
  return isEarly ? undefined : (before?.more ?? 0)
}

/** Writes the audit row; after the first one records are taken, marked. */
export const blame = async (
  manager: Manager,
  { batch: { edge, store }, seq, what, events }: Break,
  outcome: 'refused' | 'marked',
): Promise<void> => {
  const more = outcome === 'marked' ? unsaid(manager, edge.id, events) : 0
  if (more === undefined) return
  await manager.trail.change(async (tx, write) => {
    await tx
      .updateTable('event_cursors')
      .set({ broken: true })
      .where('edge_id', '=', edge.id)
      .where('store', '=', store)
      .where('class', '=', 'P0')
      .execute()
    await write({
      actor: `edge ${edge.site}/${edge.edge}`,
      action: 'tampering',
      object: `audit of edge ${edge.site}/${edge.edge}`,
      after: { store, seq, what, events: events + more, outcome },
    })
  })
}

/**
 * A chain of P0 that does not hold: said once to the edge, and each time to the audit. The records are kept: they are evidence.
 * Numbers that were taken by other events are in the audit, too.
 */
import { Fault } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import type { Break, Taken } from './write.ts'

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
type ToldOf = WeakMap<Manager, Map<number, Told>>
const told: ToldOf = new WeakMap()
const toldNumbers: ToldOf = new WeakMap()

/** @returns how many events nothing was said about since the last row; nothing when it is too early for another */
const unsaid = (of: ToldOf, manager: Manager, edge: number, events: number): number | undefined => {
  const kept = of.get(manager) ?? new Map<number, Told>()
  of.set(manager, kept)
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
  const more = outcome === 'marked' ? unsaid(told, manager, edge.id, events) : 0
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

/** Writes the audit row about events whose numbers others had taken. They are stored. */
export const blameNumbers = async (
  manager: Manager,
  { batch: { edge, store, class: of }, seq, events }: Taken,
): Promise<void> => {
  const more = unsaid(toldNumbers, manager, edge.id, events)
  if (more === undefined) return
  const what = 'its number was taken by another event: the store went back, or somebody else sends under the key'
  await manager.trail.change(async (_, write) => {
    await write({
      actor: `edge ${edge.site}/${edge.edge}`,
      action: 'tampering',
      object: `events of edge ${edge.site}/${edge.edge}`,
      after: { store, class: of, seq, what, events: events + more, outcome: 'stored' },
    })
  })
}

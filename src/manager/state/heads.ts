/** Revisions only grow, also when the database is an old copy and edges know more than it does. */
import { Fault } from '#core/errors.ts'
import { type StateStream, stateStreams } from '#schema/link-objects.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'

/** No database loses so many: who says so is not to be believed, or numbers would run out. */
const mostLost = 10_000_000

export type Heads = Record<StateStream, number>

export const readHeads = async ({ db }: Pick<Manager, 'db'>): Promise<Heads> => {
  const rows = await db.selectFrom('state_heads').select(['stream', 'revision']).execute()
  const found = new Map(rows.map(({ stream, revision }) => [stream, revision]))
  const [orders, permits, risk] = stateStreams.map((stream) => found.get(stream) ?? 0)
  return { orders: orders ?? 0, permits: permits ?? 0, risk: risk ?? 0 }
}

/**
 * A database that is an old copy is met by each edge once in each stream. An edge that claims more again and again would make all others
 * look for what is new each time.
 */
const mostRaises = 6
const raisesMs = 3_600_000
interface Raises {
  readonly since: number
  readonly count: number
}
const raises = new WeakMap<Manager, Map<number, Raises>>()

const refuseMany = (manager: Manager, edge: EdgeRef, stream: StateStream): void => {
  const kept = raises.get(manager) ?? new Map<number, Raises>()
  raises.set(manager, kept)
  const now = manager.now()
  const before = kept.get(edge.id)
  const { since, count } = before === undefined || now - before.since >= raisesMs ? { since: now, count: 0 } : before
  if (count >= mostRaises)
    throw new Fault('refused', `The edge claimed newer revisions than there are too often, now of ${stream}.`, {
      advice: 'Revoke the edge and enrol it anew with an empty state.',
    })
  kept.set(edge.id, { since, count: count + 1 })
}

/**
 * Raises the head of a stream to what an edge has.
 * @throws Fault `refused` when the edge claims what cannot be
 */
export const raiseHead = async (manager: Manager, edge: EdgeRef, stream: StateStream, have: number): Promise<void> => {
  // Another manager may have published it.
  if ((await readHeads(manager))[stream] >= have) return
  refuseMany(manager, edge, stream)
  await manager.trail.change(async (tx, write) => {
    const { revision } = await tx
      .selectFrom('state_heads')
      .select('revision')
      .where('stream', '=', stream)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const object = `stream ${stream}`
    const actor = `edge ${edge.site}/${edge.edge}`
    if (have - revision > mostLost)
      throw new Fault('refused', `The edge claims revision ${have} of ${stream}; the newest is ${revision}.`, {
        advice: 'Revoke the edge and enrol it anew with an empty state.',
      })
    if (have > revision)
      await tx.updateTable('state_heads').set({ revision: have }).where('stream', '=', stream).execute()
    await write({
      actor,
      action: 'state.raise',
      object,
      before: { revision },
      after: { revision: Math.max(have, revision) },
    })
  })
}

/** Revisions only grow, also when the database is an old copy and edges know more than it does. */
import { Fault } from '#core/errors.ts'
import { type StateStream, stateStreams } from '#schema/link.ts'
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
 * Raises the head of a stream to what an edge has.
 * @throws Fault `refused` when the edge claims what cannot be
 */
export const raiseHead = (manager: Manager, edge: EdgeRef, stream: StateStream, have: number): Promise<void> =>
  manager.trail.change(async (tx, write) => {
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

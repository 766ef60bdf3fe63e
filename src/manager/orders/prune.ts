/** What is over is kept for as long as people ask about it, and no longer. */
import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'

const day = 86_400_000
/** ms: rows of ended orders and permits, and the times of edges. The audit keeps what was decided for good. */
const keptMs = { orders: 400 * day, times: 90 * day } as const
/** Rows a pass: longer would hold up others. */
const most = 10_000

/** One pass. @param now ms since 1970 */
export const prune = async (db: Database, now: number): Promise<void> => {
  const old = new Date(now - keptMs.orders)
  const heard = new Date(now - keptMs.times)
  await sql`DELETE FROM order_times WHERE (order_id, edge_id) IN
    (SELECT order_id, edge_id FROM order_times WHERE heard < ${heard} LIMIT ${most})`.execute(db)
  for (const table of ['orders', 'permits'] as const)
    await db
      .deleteFrom(table)
      .where('id', 'in', db.selectFrom(table).select('id').where('expires', '<', old).limit(most))
      .execute()
}

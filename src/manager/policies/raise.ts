/** Numbers of revisions never go back, also where the database did: what an edge has was given out once. */
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'
import { nothingToDo, unlessNothing } from './nothing.ts'
import { repeats } from '../fleet/repeats.ts'
import { lockSite } from './revisions.ts'

/** Numbers that a database may be behind. An edge that claims more is wrong or lies, and must not use the numbers up. */
const farthest = 100_000

/** A database that is an old copy is met by each edge once. */
const isTooOften = repeats(6, 3_600_000)

/** Makes the next number of the site one above what the edge has, where it would not be. */
export const raiseRevision = async (manager: Manager, edge: EdgeRef, have: number): Promise<void> => {
  const known = await manager.db
    .selectFrom('policy_sites')
    .select('revision')
    .where('site', '=', edge.site)
    .executeTakeFirst()
  const newest = known?.revision ?? 0
  if (newest >= have || have > newest + farthest || isTooOften(manager, String(edge.id))) return
  await unlessNothing(
    manager.trail.change(async (tx, write) => {
      const { revision } = await lockSite(tx, edge.site)
      if (revision >= have) return nothingToDo()
      await tx.updateTable('policy_sites').set({ revision: have }).where('site', '=', edge.site).execute()
      return write({
        actor: 'manager',
        action: 'policy.raise',
        object: `policy ${edge.site}: edge ${edge.edge} has revision ${have}, which this database does not know`,
        before: revision,
        after: have,
      })
    }),
  )
}

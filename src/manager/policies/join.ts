/** An edge that came after a roll-out had ended gets what it published, watched like every other. */
import { parsePolicy } from '#policy/parse.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'
import { nothingToDo, unlessNothing } from './nothing.ts'
import { confirmSeconds, planIn } from './rollout/plan.ts'

/**
 * @param newest the newest revision that was offered to it
 * @returns whether another one is offered to it now
 */
export const joinLate = async (manager: Manager, edge: EdgeRef, newest: number): Promise<boolean> => {
  const done = await manager.db
    .selectFrom('policy_rollouts')
    .select(['id', 'revision', 'plan'])
    .where('site', '=', edge.site)
    .where('state', '=', 'done')
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (done === undefined || done.revision <= newest) return false
  const { text } = await manager.db
    .selectFrom('policy_revisions')
    .select('text')
    .where('site', '=', edge.site)
    .where('revision', '=', done.revision)
    .executeTakeFirstOrThrow()
  const { site: policy } = parsePolicy(text, edge.site)
  if (policy === undefined || !Object.hasOwn(policy.edges, edge.edge)) return false
  const plan = planIn(done.plan)
  const stage = plan.stages.length
  const joined = await unlessNothing(
    manager.trail.change(async (tx, write) => {
      const row = await tx
        .insertInto('policy_rollout_edges')
        .values({
          rollout: done.id,
          edge_id: edge.id,
          revision: done.revision,
          stage,
          phase: 'late',
          since: new Date(manager.now()),
          expected: 0,
          confirm: confirmSeconds(plan, stage),
        })
        .onConflict((there) => there.doNothing())
        .returning('edge_id')
        .executeTakeFirst()
      if (row === undefined) return nothingToDo()
      return write({
        actor: 'manager',
        action: 'policy.rollout.join',
        object: `policy ${edge.site} revision ${done.revision}: ${edge.edge} late`,
      })
    }),
  )
  return joined !== undefined
}

/**
 * Edges of this manager that wait for a policy or a confirmation longer than it takes: the hint was lost, or the database was away when
 * it came. What is offered once more is harmless, but may be large and the line slow: each time it waits twice as long.
 */
import type { EdgeIdentity } from '#schema/link-values.ts'
import type { Manager } from '../context.ts'
import { underWay } from './ticker.ts'

const firstMs = 10_000
const lastMs = 900_000
/** Edges of one look; the others have their turn at the next. */
const most = 1000
const phases = ['offered', 'late', 'confirming'] as const

interface Waiting {
  readonly at: number
  readonly wait: number
}

/** @returns looks once: whom to offer what is due */
export const owedBy = (manager: Pick<Manager, 'db' | 'id' | 'now'>): (() => Promise<readonly EdgeIdentity[]>) => {
  let known: ReadonlyMap<string, Waiting> = new Map()
  return async () => {
    const rollouts = await underWay(manager)
    const rows =
      rollouts.length === 0
        ? []
        : await manager.db
            .selectFrom('policy_rollout_edges as due')
            .innerJoin('edges', 'edges.id', 'due.edge_id')
            .select(['edges.site', 'edges.name', 'due.rollout', 'due.phase', 'due.edge_id'])
            .where('due.rollout', 'in', rollouts)
            .where('due.phase', 'in', phases)
            .where('edges.manager', '=', manager.id)
            .execute()
    const now = manager.now()
    const next = new Map<string, Waiting>()
    const owed: EdgeIdentity[] = []
    for (const { site, name, rollout, phase, edge_id: id } of rows) {
      const key = `${rollout} ${phase} ${id}`
      const before = known.get(key) ?? { at: now + firstMs, wait: firstMs }
      if (before.at > now || owed.length >= most) next.set(key, before)
      else {
        const wait = Math.min(lastMs, before.wait * 2)
        next.set(key, { at: now + wait, wait })
        owed.push({ site, edge: name })
      }
    }
    known = next
    return owed
  }
}

/**
 * Edges of this manager that wait for a policy or a confirmation longer than it takes: the hint was lost, or the database was away when
 * it came. What is offered once more is harmless, but may be large and the line slow: each time it waits twice as long.
 */
import { sql } from 'kysely'
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

/** Edges that came during a roll-out which has ended since: nothing else would offer it to them before they dial anew. */
const left = async ({ db, id }: Pick<Manager, 'db' | 'id'>) => {
  const { rows } = await sql<{ site: string; name: string; id: number; revision: number }>`
    SELECT e.site, e.name, e.id, done.revision FROM edges AS e
    JOIN (SELECT site, max(revision) AS revision FROM policy_rollouts WHERE state = 'done' GROUP BY site) AS done
      ON done.site = e.site
    WHERE e.manager = ${id} AND e.revoked IS NULL AND done.revision >
      coalesce((SELECT max(revision) FROM policy_rollout_edges WHERE edge_id = e.id), 0)`.execute(db)
  return rows.map(({ site, name, id: edge, revision }) => ({ site, name, key: `left ${revision} ${edge}` }))
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
    const due = rows.map(({ rollout, phase, edge_id: id, ...edge }) => ({ ...edge, key: `${rollout} ${phase} ${id}` }))
    for (const { site, name, key } of [...due, ...(await left(manager))]) {
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

/** Which edges of a site a policy is for. */
import type { Site } from '#schema/site.ts'
import type { Review } from '#schema/manager-review.ts'
import type { Database } from '../database/pool.ts'

export interface SiteEdge {
  readonly id: number
  readonly name: string
  readonly enrolled: boolean
  readonly revoked: boolean
  readonly connected: boolean
}

export const edgesOf = async (db: Database, site: string): Promise<SiteEdge[]> =>
  (
    await db
      .selectFrom('edges')
      .select(['id', 'name', 'enrolled', 'revoked', 'manager'])
      .where('site', '=', site)
      .orderBy('name')
      .execute()
  ).map((row) => ({
    id: row.id,
    name: row.name,
    enrolled: row.enrolled !== null,
    revoked: row.revoked !== null,
    connected: row.manager !== null,
  }))

/** Edges that can take the policy now; those that are not enrolled yet get it when they are. */
export const reachedBy = (edges: readonly SiteEdge[], policy: Site): readonly SiteEdge[] =>
  edges.filter(({ name, enrolled, revoked }) => enrolled && !revoked && Object.hasOwn(policy.edges, name))

export const edgeStates = (edges: readonly SiteEdge[], policy: Site): Review['edges'] => [
  ...edges.map(({ name, revoked, connected }) => ({
    edge: name,
    state: revoked
      ? ('revoked' as const)
      : !Object.hasOwn(policy.edges, name)
        ? ('left-out' as const)
        : connected
          ? ('connected' as const)
          : ('away' as const),
  })),
  ...Object.keys(policy.edges)
    .filter((edge) => !edges.some(({ name }) => name === edge))
    .map((edge) => ({ edge, state: 'unknown' as const })),
]

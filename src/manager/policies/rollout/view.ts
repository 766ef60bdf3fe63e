import { Fault } from '#core/errors.ts'
import type { Rollout } from '#schema/manager-rollouts.ts'
import type { Manager } from '../../context.ts'
import { denialLimit } from './plan.ts'
import { type LoadedRollout, loadRollout } from './store.ts'

const deniedSince = async ({ db }: Manager, rollout: string): Promise<ReadonlyMap<number, number>> => {
  const rows = await db
    .selectFrom('policy_harm')
    .select(({ fn }) => ['edge_id', fn.sum<string>('packets').as('packets')])
    .where('rollout', '=', rollout)
    .groupBy('edge_id')
    .execute()
  return new Map(rows.map(({ edge_id: id, packets }) => [id, Number(packets)]))
}

const view = async (manager: Manager, { row, plan, edges }: LoadedRollout): Promise<Rollout> => {
  const denied = await deniedSince(manager, row.id)
  const until = row.ended?.getTime() ?? manager.now()
  return {
    id: row.id,
    site: row.site,
    revision: row.revision,
    state: row.state,
    stage: Math.max(0, row.stage),
    stages: plan.stages.map((stage) => ({ edges: [...stage.edges], soak: stage.soak })),
    by: row.by,
    why: row.why,
    rollback: plan.rollback,
    started: row.started.toISOString(),
    ended: row.ended?.toISOString() ?? null,
    edges: edges.map((edge) => ({
      edge: edge.name,
      stage: edge.stage,
      phase: edge.phase,
      since: edge.since.toISOString(),
      harm: edge.harm,
      applied: edge.applied?.toISOString() ?? null,
      denied: denied.get(edge.edge_id) ?? 0,
      limit: denialLimit(plan, edge.expected, until - (edge.heard ?? edge.since).getTime()),
    })),
  }
}

export const rolloutView = async (manager: Manager, id: string): Promise<Rollout> => {
  const loaded = await loadRollout(manager.db, id)
  if (loaded === undefined) throw new Fault('not-found', 'There is no such roll-out.')
  return view(manager, loaded)
}

/** The newest first. */
export const listRollouts = async (
  manager: Manager,
  { site, limit }: { readonly site?: string | undefined; readonly limit: number },
): Promise<Rollout[]> => {
  let query = manager.db.selectFrom('policy_rollouts').select('id')
  if (site !== undefined) query = query.where('site', '=', site)
  const rows = await query.orderBy('id', 'desc').limit(limit).execute()
  return Promise.all(rows.map(({ id }) => rolloutView(manager, id)))
}

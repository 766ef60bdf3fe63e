/** Roll-outs as rows, and rows as the state machine's data. */
import type { Selectable } from 'kysely'
import type { Tx } from '../../audit/trail.ts'
import type { Database } from '../../database/pool.ts'
import type { PolicyRolloutEdgesTable, PolicyRolloutsTable } from '../../database/tables/policies.ts'
import type { EdgeState, RolloutMachine } from './machine.ts'
import { planIn, type StoredPlan, timingOf } from './plan.ts'

export type RolloutRow = Selectable<PolicyRolloutsTable>
export type RolloutEdgeRow = Selectable<PolicyRolloutEdgesTable> & {
  readonly name: string
  readonly revoked: Date | null
}

export interface LoadedRollout {
  readonly row: RolloutRow
  readonly plan: StoredPlan
  readonly edges: readonly RolloutEdgeRow[]
  readonly machine: RolloutMachine
}

const machineOf = (row: RolloutRow, plan: StoredPlan, edges: readonly RolloutEdgeRow[]): RolloutMachine => ({
  state: row.state,
  stage: row.stage,
  ...(row.why === null ? {} : { why: row.why }),
  timing: timingOf(plan),
  edges: edges.map((edge): EdgeState => ({
    edge: edge.edge_id,
    name: edge.name,
    stage: edge.stage,
    phase: edge.phase,
    since: edge.since.getTime(),
    ...(edge.harm === null ? {} : { harm: edge.harm }),
    ...(edge.revoked === null ? {} : { revoked: true }),
  })),
})

/** @param lock keeps others from changing it until the transaction ends */
export const loadRollout = async (db: Database, id: string, lock = false): Promise<LoadedRollout | undefined> => {
  const found = db.selectFrom('policy_rollouts').selectAll().where('id', '=', id)
  const row = await (lock ? found.forUpdate() : found).executeTakeFirst()
  if (row === undefined) return undefined
  const edges = await db
    .selectFrom('policy_rollout_edges as r')
    .innerJoin('edges as e', 'e.id', 'r.edge_id')
    .selectAll('r')
    .select(['e.name', 'e.revoked'])
    .where('r.rollout', '=', id)
    .orderBy('r.stage')
    .orderBy('e.name')
    .execute()
  const plan = planIn(row.plan)
  return { row, plan, edges, machine: machineOf(row, plan, edges) }
}

/** Edges whose state is another one. */
export const moved = (before: RolloutMachine, after: RolloutMachine): readonly EdgeState[] =>
  after.edges.filter((edge, at) => {
    const was = before.edges[at]
    return was === undefined || was.phase !== edge.phase || was.harm !== edge.harm
  })

export const isSame = (before: RolloutMachine, after: RolloutMachine): boolean =>
  before.state === after.state && before.stage === after.stage && moved(before, after).length === 0

/** Writes what is different. */
export const saveRollout = async (
  tx: Tx,
  { row, machine: before }: LoadedRollout,
  after: RolloutMachine,
  restore: RolloutRow['restore'],
  now: number,
): Promise<void> => {
  await tx
    .updateTable('policy_rollouts')
    .set({
      state: after.state,
      stage: after.stage,
      why: after.why ?? null,
      changed: new Date(now),
      restore,
      ...(after.state === 'running' || row.ended !== null ? {} : { ended: new Date(now) }),
    })
    .where('id', '=', row.id)
    .execute()
  for (const edge of moved(before, after))
    await tx
      .updateTable('policy_rollout_edges')
      .set({
        phase: edge.phase,
        since: new Date(edge.since),
        harm: edge.harm?.slice(0, 1000) ?? null,
        ...(edge.phase === 'soaking' ? { heard: new Date(now) } : {}),
      })
      .where('rollout', '=', row.id)
      .where('edge_id', '=', edge.edge)
      .execute()
}

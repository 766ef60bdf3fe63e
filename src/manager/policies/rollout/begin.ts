/** The first step of a roll-out, in the transaction that publishes its revision. */
import { newId } from '../../accounts/ids.ts'
import type { Tx } from '../../audit/trail.ts'
import type { SiteEdge } from '../edges.ts'
import type { RevisionRow } from '../revisions.ts'
import { begun, type RolloutMachine } from './machine.ts'
import { confirmSeconds, type StoredPlan, timingOf } from './plan.ts'

export interface Begin {
  readonly revision: RevisionRow
  readonly plan: StoredPlan
  readonly edges: readonly SiteEdge[]
  /** Packets an hour that each edge is expected to deny. */
  readonly expected: Readonly<Record<string, number>>
  readonly by: string
}

/** @returns its id, and where its edges are */
export const beginRollout = async (
  tx: Tx,
  { revision, plan, edges, expected, by }: Begin,
  now: number,
): Promise<{ readonly id: string; readonly machine: RolloutMachine }> => {
  const id = newId(now)
  const machine = begun(
    plan.stages.flatMap((stage, at) =>
      stage.edges.flatMap((name) => {
        const edge = edges.find((one) => one.name === name)
        return edge === undefined ? [] : [{ edge: edge.id, name, stage: at }]
      }),
    ),
    timingOf(plan),
    now,
  )
  await tx
    .insertInto('policy_rollouts')
    .values({
      id,
      site: revision.site,
      revision: revision.revision,
      state: machine.state,
      stage: machine.stage,
      plan: JSON.stringify(plan),
      by,
      started: new Date(now),
      changed: new Date(now),
      ended: machine.state === 'running' ? null : new Date(now),
    })
    .execute()
  if (machine.edges.length > 0)
    await tx
      .insertInto('policy_rollout_edges')
      .values(
        machine.edges.map((edge) => ({
          rollout: id,
          edge_id: edge.edge,
          revision: revision.revision,
          stage: edge.stage,
          phase: edge.phase,
          since: new Date(edge.since),
          expected: expected[edge.name] ?? 0,
          confirm: confirmSeconds(plan, edge.stage),
        })),
      )
      .execute()
  return { id, machine }
}

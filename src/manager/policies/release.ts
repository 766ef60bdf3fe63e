/** What publishing and rolling back share: a number, a roll-out, a row of the audit. */
import { Fault } from '#core/errors.ts'
import type { Site } from '#schema/site.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { edgesOf, reachedBy } from './edges.ts'
import { insertRevision, type NewRevision } from './revisions.ts'
import { beginRollout } from './rollout/begin.ts'
import type { RolloutMachine } from './rollout/machine.ts'
import { type AskedPlan, planned } from './rollout/plan.ts'
import { hint } from './rollout/step.ts'

export interface Begun {
  readonly id: string
  readonly site: string
  readonly machine: RolloutMachine
}

export const noRollout = async (tx: Tx, site: string): Promise<void> => {
  const running = await tx
    .selectFrom('policy_rollouts')
    .select(['id', 'revision'])
    .where('site', '=', site)
    .where('state', '=', 'running')
    .executeTakeFirst()
  if (running !== undefined)
    throw new Fault('conflict', `Revision ${running.revision} of ${site} is being rolled out.`, {
      advice: `Wait for its end, or stop it: bulkhead policy rollout ${running.id} --stop.`,
    })
}

/** Gives a text the next number and begins its roll-out. The caller holds the row of the site. */
export const release = async (
  tx: Tx,
  write: Write,
  manager: Manager,
  made: NewRevision,
  policy: Site,
  asked: AskedPlan,
  expected: Readonly<Record<string, number>>,
  action: string,
): Promise<Begun> => {
  const now = manager.now()
  const { site } = made
  const edges = reachedBy(await edgesOf(tx, site), policy)
  const plan = planned(asked, edges)
  const revision = await insertRevision(tx, made, now)
  const { id, machine } = await beginRollout(tx, { revision, plan, edges, expected, by: made.by }, now)
  await write({
    actor: made.by,
    action,
    object: `policy ${site} revision ${revision.revision}`,
    after: {
      revision: revision.revision,
      digest: revision.digest,
      ...(made.draft === undefined ? {} : { draft: made.draft }),
      ...(made.restores === undefined ? {} : { restores: made.restores }),
      ...(made.reason === undefined ? {} : { reason: made.reason }),
      stages: plan.stages,
    },
  })
  return { id, site, machine }
}

/** After the transaction. @returns the roll-out */
export const tell = (manager: Manager, { id, site, machine }: Begun): string => {
  const due = machine.edges.filter(({ phase }) => phase === 'offered').map(({ name }) => name)
  hint(manager, site, due, id)
  return id
}

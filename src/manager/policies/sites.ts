/** Where sites are with their policies, and what each asks for. */
import { Fault } from '#core/errors.ts'
import type { PolicySite } from '#schema/manager-policies.ts'
import type { Manager } from '../context.ts'
import type { Acting } from './person.ts'
import { inForce, lockSite, requireSite } from './revisions.ts'

export const policySite = async ({ db }: Manager, site: string): Promise<PolicySite> => {
  await requireSite(db, site)
  const row = await db.selectFrom('policy_sites').selectAll().where('site', '=', site).executeTakeFirst()
  const rollout = await db
    .selectFrom('policy_rollouts')
    .select('id')
    .where('site', '=', site)
    .where('state', '=', 'running')
    .executeTakeFirst()
  const newest = row?.revision ?? 0
  const edges = await db
    .selectFrom('edges as e')
    .leftJoin('policy_rollout_edges as r', (join) => join.onRef('r.edge_id', '=', 'e.id').on('r.revision', '=', newest))
    .select(['e.name', 'e.digest', 'r.phase'])
    .where('e.site', '=', site)
    .orderBy('e.name')
    .execute()
  return {
    site,
    revision: (await inForce(db, site))?.revision ?? 0,
    newest,
    approvals: row?.approvals ?? 1,
    version: row?.version ?? 1,
    rollout: rollout?.id ?? null,
    edges: edges.map(({ name, digest, phase }) => ({ edge: name, enforces: digest?.policy.revision ?? 0, phase })),
  }
}

export const policySites = async (manager: Manager): Promise<PolicySite[]> => {
  const rows = await manager.db.selectFrom('sites').select('name').orderBy('name').execute()
  const all: PolicySite[] = []
  for (const { name } of rows) all.push(await policySite(manager, name))
  return all
}

export const changeSite = async (
  manager: Manager,
  who: Acting,
  site: string,
  { version, approvals }: { readonly version: number; readonly approvals: number },
): Promise<PolicySite> => {
  await requireSite(manager.db, site)
  await manager.trail.change(async (tx, write) => {
    const before = await lockSite(tx, site)
    if (before.version !== version)
      throw new Fault(
        'conflict',
        `What ${site} asks for has changed: it is at version ${before.version}, not ${version}.`,
      )
    await tx
      .updateTable('policy_sites')
      .set({ approvals, version: version + 1 })
      .where('site', '=', site)
      .execute()
    await write({
      actor: who.actor,
      action: 'policy.site',
      object: `policy ${site}`,
      before: { approvals: before.approvals },
      after: { approvals },
    })
  })
  return policySite(manager, site)
}

/** Which risks the policy of a site asks for: only these are worth telling its edges. */
import { parsePolicy } from '#policy/parse.ts'
import { riskBelowOf } from '#policy/when.ts'
import type { Site } from '#schema/site.ts'
import type { Manager } from '../context.ts'
import type { PolicyReader } from '../policies/in-force.ts'

const risksOf = ({ conduits }: Pick<Site, 'conduits'>): number[] =>
  [...new Set(conduits.flatMap(({ when }) => riskBelowOf(when) ?? []))].toSorted((a, b) => a - b)

/** Looks whether policies changed; sources of a site whose policy asks for other risks now are due. */
export const followPolicies = async (manager: Manager, reader: PolicyReader): Promise<void> => {
  const newest = await reader.newest()
  if (newest.size === 0) return
  const known = new Map(
    (await manager.db.selectFrom('risk_sites').select(['site', 'revision']).execute()).map(({ site, revision }) => [
      site,
      revision,
    ]),
  )
  for (const [site, revision] of newest) {
    if (known.get(site) === revision) continue
    const policy = parsePolicy((await reader.text(site, revision)) ?? '', site).site
    const asked = policy === undefined ? [] : risksOf(policy)
    await manager.db.transaction().execute(async (tx) => {
      await tx
        .insertInto('risk_sites')
        .values({ site, revision, asked })
        .onConflict((row) => row.column('site').doUpdateSet({ revision, asked }))
        .execute()
      await tx
        .updateTable('risk_sources')
        .set({ due: new Date(manager.now()) })
        .where('site', '=', site)
        .where((row) => row.or([row('score', '>', 0), row('told', '>', 0)]))
        .execute()
    })
  }
}

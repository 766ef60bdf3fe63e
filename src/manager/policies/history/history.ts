/** What was published, by whom, and when each edge enforced it. */
import { setImmediate as pause } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import type { RevisionView, RuleHistory } from '#schema/manager-revisions.ts'
import type { Manager } from '../../context.ts'
import { requireSite, type RevisionRow, revisionOf, revisionView } from '../revisions.ts'
import { findRule, sameRule } from './rule.ts'

/** Revisions that are read to find where a rule got its form. */
const farthest = 1000

export const listRevisions = async (
  { db }: Manager,
  site: string,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): Promise<RevisionView[]> => {
  await requireSite(db, site)
  let query = db.selectFrom('policy_revisions').selectAll().where('site', '=', site)
  if (before !== undefined) query = query.where('revision', '<', before)
  const rows = await query.orderBy('revision', 'desc').limit(limit).execute()
  return Promise.all(rows.map((row) => revisionView(db, row)))
}

export const wholeRevision = async ({ db }: Manager, site: string, revision: number) => {
  const row = await revisionOf(db, site, revision)
  const spells = await db
    .selectFrom('policy_enforced as p')
    .innerJoin('edges as e', 'e.id', 'p.edge_id')
    .select(['e.name', 'p.since', 'p.until'])
    .where('e.site', '=', site)
    .where('p.revision', '=', revision)
    .orderBy('p.since')
    .limit(1000)
    .execute()
  return {
    ...(await revisionView(db, row)),
    text: row.text,
    enforced: spells.map(({ name, since, until }) => ({
      edge: name,
      revision,
      since: since.toISOString(),
      until: until?.toISOString() ?? null,
    })),
  }
}

/** The revision that gave a rule the form it has in another one: the earliest without a different one in between. */
const originOf = async ({ db }: Manager, row: RevisionRow, rule: string): Promise<RevisionRow> => {
  const wanted = findRule(row.text, rule)
  let origin = row
  for (let n = 0; n < farthest; n++) {
    const earlier = await db
      .selectFrom('policy_revisions')
      .selectAll()
      .where('site', '=', row.site)
      .where('revision', '<', origin.revision)
      .orderBy('revision', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (earlier === undefined || !sameRule(findRule(earlier.text, rule), wanted)) break
    origin = earlier
    await pause()
  }
  return origin
}

const enforcedAt = async ({ db }: Manager, site: string, at: Date) =>
  db
    .selectFrom('edges as e')
    .leftJoin('policy_enforced as p', (join) =>
      join
        .onRef('p.edge_id', '=', 'e.id')
        .on('p.since', '<=', at)
        .on((eb) => eb.or([eb('p.until', 'is', null), eb('p.until', '>', at)])),
    )
    .select(['e.name', 'p.revision', 'p.since'])
    .where('e.site', '=', site)
    .orderBy('e.name')
    .execute()

/** The moment that is asked about: a day stands for its last millisecond, UTC. */
export const momentOf = (at: string | undefined, now: number): Date =>
  at === undefined ? new Date(now) : new Date(at.length === 10 ? `${at}T23:59:59.999Z` : at)

/** "Rule X of site S as of date D". @throws Fault `not-found` when there was none */
export const ruleAt = async (manager: Manager, site: string, rule: string, at: Date): Promise<RuleHistory> => {
  const { db } = manager
  await requireSite(db, site)
  const row = await db
    .selectFrom('policy_revisions')
    .selectAll()
    .where('site', '=', site)
    .where('at', '<=', at)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `Site ${site} had no policy at ${at.toISOString()}.`)
  const found = findRule(row.text, rule)
  if (found === undefined)
    throw new Fault('not-found', `Revision ${row.revision} of ${site} has nothing that is called ${rule}.`)
  const enforced = await enforcedAt(manager, site, at)
  const forms = new Map<number, RuleHistory['edges'][number]['rule']>()
  for (const { revision } of enforced) {
    if (revision === null || revision === 0 || forms.has(revision)) continue
    const there = await db
      .selectFrom('policy_revisions')
      .select('text')
      .where('site', '=', site)
      .where('revision', '=', revision)
      .executeTakeFirst()
    const other = there === undefined ? undefined : findRule(there.text, rule)
    forms.set(
      revision,
      there === undefined ? 'unknown' : other === undefined ? 'none' : sameRule(other, found) ? 'same' : 'other',
    )
  }
  return {
    site,
    rule,
    at: at.toISOString(),
    section: found.section,
    revision: row.revision,
    text: found.text,
    line: found.line,
    since: await revisionView(db, await originOf(manager, row, rule)),
    edges: enforced.map(({ name, revision, since }) => ({
      edge: name,
      enforced: revision,
      since: since?.toISOString() ?? null,
      rule: revision === null ? 'unknown' : (forms.get(revision) ?? 'unknown'),
    })),
  }
}

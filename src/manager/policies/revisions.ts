/** What was published: revisions of a site, the one in force, and the next number. */
import type { Selectable } from 'kysely'
import { Fault } from '#core/errors.ts'
import { sha256 } from '#schema/chain.ts'
import type { Person } from '#schema/manager-policies.ts'
import type { RevisionView } from '#schema/manager-revisions.ts'
import type { Tx } from '../audit/trail.ts'
import type { Database } from '../database/pool.ts'
import type { PolicyRevisionsTable } from '../database/tables/policies.ts'
import { approvalsIn, persons } from './person.ts'

export type RevisionRow = Selectable<PolicyRevisionsTable>

export const requireSite = async (db: Database, site: string): Promise<void> => {
  const row = await db.selectFrom('sites').select('name').where('name', '=', site).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no site ${site}.`)
}

/** The row at which writers of one site take their turn; made when there is none. */
export const lockSite = async (tx: Tx, site: string) => {
  await tx
    .insertInto('policy_sites')
    .values({ site })
    .onConflict((row) => row.doNothing())
    .execute()
  return tx.selectFrom('policy_sites').selectAll().where('site', '=', site).forUpdate().executeTakeFirstOrThrow()
}

/**
 * The newest revision that no harm stopped: in force, or on its way.
 * @param before only revisions below this number, and with another text than that of `not`
 */
export const inForce = (
  db: Database,
  site: string,
  { before = Number.MAX_SAFE_INTEGER, not = '' }: { readonly before?: number; readonly not?: string } = {},
): Promise<RevisionRow | undefined> =>
  db
    .selectFrom('policy_revisions as r')
    .innerJoin('policy_rollouts as o', (join) =>
      join.onRef('o.site', '=', 'r.site').onRef('o.revision', '=', 'r.revision'),
    )
    .selectAll('r')
    .where('r.site', '=', site)
    .where('r.revision', '<', before)
    .where('r.digest', '<>', not)
    .where('o.state', '<>', 'stopped')
    .orderBy('r.revision', 'desc')
    .limit(1)
    .executeTakeFirst()

export const revisionOf = async (db: Database, site: string, revision: number): Promise<RevisionRow> => {
  const row = await db
    .selectFrom('policy_revisions')
    .selectAll()
    .where('site', '=', site)
    .where('revision', '=', revision)
    .executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `Site ${site} has no policy revision ${revision}.`)
  return row
}

export interface NewRevision {
  readonly site: string
  readonly text: string
  readonly title: string
  readonly draft?: string
  readonly restores?: number
  readonly reason?: string
  readonly authors: readonly Person[]
  readonly approvals: readonly RevisionView['approvals'][number][]
  readonly by: string
}

/** Gives the next number. The caller holds the row of the site. */
export const insertRevision = async (tx: Tx, made: NewRevision, now: number): Promise<RevisionRow> => {
  const { revision } = await tx
    .updateTable('policy_sites')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .where('site', '=', made.site)
    .returning('revision')
    .executeTakeFirstOrThrow()
  return tx
    .insertInto('policy_revisions')
    .values({
      site: made.site,
      revision,
      text: made.text,
      digest: sha256(made.text),
      title: made.title,
      draft: made.draft ?? null,
      restores: made.restores ?? null,
      reason: made.reason ?? null,
      authors: JSON.stringify(made.authors),
      approvals: JSON.stringify(made.approvals),
      published_by: made.by,
      at: new Date(now),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

export const revisionView = async (db: Database, row: RevisionRow): Promise<RevisionView> => {
  const rollout = await db
    .selectFrom('policy_rollouts')
    .select(['id', 'state', 'why'])
    .where('site', '=', row.site)
    .where('revision', '=', row.revision)
    .executeTakeFirst()
  return {
    site: row.site,
    revision: row.revision,
    digest: row.digest,
    title: row.title,
    restores: row.restores,
    reason: row.reason,
    authors: persons(row.authors),
    approvals: approvalsIn(row.approvals),
    publishedBy: row.published_by,
    at: row.at.toISOString(),
    rollout: rollout ?? null,
  }
}

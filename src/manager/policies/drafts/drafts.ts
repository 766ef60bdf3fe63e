/** Drafts: the text of a site's next policy. Every change says which one it saw, and cancels what was approved before. */
import type { Selectable } from 'kysely'
import { Fault } from '#core/errors.ts'
import { sha256 } from '#schema/chain.ts'
import type { Draft, Vote, WholeDraft } from '#schema/manager-policies.ts'
import { newId } from '../../accounts/ids.ts'
import type { Tx } from '../../audit/trail.ts'
import type { Manager } from '../../context.ts'
import type { Database } from '../../database/pool.ts'
import type { PolicyDraftsTable } from '../../database/tables/policies.ts'
import { type Acting, persons, plainPerson } from '../person.ts'
import { inForce, requireSite } from '../revisions.ts'
import { problemView, readDocument } from './assess.ts'

export type DraftRow = Selectable<PolicyDraftsTable>

/** Drafts of a site that nobody published or withdrew. */
const mostOpen = 100
/** The newest of a site that were withdrawn. The audit keeps for good that there were others, and the digest of each. */
const mostWithdrawn = 100

export const votesOf = async (db: Database, { id, revision }: DraftRow): Promise<Vote[]> =>
  (
    await db
      .selectFrom('policy_votes')
      .selectAll()
      .where('draft', '=', id)
      .where('revision', '=', revision)
      .orderBy('at')
      .execute()
  ).map((row) => ({
    person: { id: row.person, name: row.name },
    approves: row.approves,
    reason: row.reason,
    at: row.at.toISOString(),
  }))

export const draftView = async (db: Database, row: DraftRow): Promise<Draft> => ({
  id: row.id,
  site: row.site,
  title: row.title,
  state: row.state,
  revision: row.revision,
  base: row.base,
  digest: row.digest,
  authors: persons(row.authors),
  votes: await votesOf(db, row),
  created: row.created.toISOString(),
  changed: row.changed.toISOString(),
  published: row.published,
})

export const wholeDraft = async (manager: Manager, row: DraftRow): Promise<WholeDraft> => ({
  ...(await draftView(manager.db, row)),
  text: row.text,
  problems: readDocument(row.site, row.text, manager.now()).problems.map(problemView),
})

export const getDraft = async (db: Database, id: string): Promise<DraftRow> => {
  const row = await db.selectFrom('policy_drafts').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', 'There is no such draft.')
  return row
}

/** The newest first, those that are under way before those that are not. */
export const listDrafts = async (
  { db }: Manager,
  { site, limit }: { readonly site?: string | undefined; readonly limit: number },
): Promise<Draft[]> => {
  let query = db.selectFrom('policy_drafts').selectAll()
  if (site !== undefined) query = query.where('site', '=', site)
  const rows = await query
    .orderBy(({ eb }) => eb('state', 'in', ['published', 'withdrawn']))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return Promise.all(rows.map((row) => draftView(db, row)))
}

/**
 * A draft for whoever is about to change it.
 * @throws Fault `conflict` when it is not the one they saw, or nothing can be changed any more
 */
export const lockDraft = async (tx: Tx, id: string, seen: number): Promise<DraftRow> => {
  const row = await tx.selectFrom('policy_drafts').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', 'There is no such draft.')
  if (row.state === 'published' || row.state === 'withdrawn')
    throw new Fault('conflict', `The draft is ${row.state}.`, { advice: 'Make a new one.' })
  if (row.revision !== seen)
    throw new Fault('conflict', `The draft has changed: it is at revision ${row.revision}, not ${seen}.`)
  return row
}

const auditView = (row: DraftRow) => ({
  title: row.title,
  digest: row.digest,
  base: row.base,
  revision: row.revision,
  state: row.state,
})
export const draftName = ({ id, site }: Pick<DraftRow, 'id' | 'site'>): string => `policy draft ${id} of ${site}`

export const createDraft = async (
  manager: Manager,
  who: Acting,
  { site, title, text }: { readonly site: string; readonly title: string; readonly text: string },
): Promise<WholeDraft> => {
  await requireSite(manager.db, site)
  const now = manager.now()
  const row = await manager.trail.change(async (tx, write) => {
    const { open } = await tx
      .selectFrom('policy_drafts')
      .select(({ fn }) => fn.countAll<number>().as('open'))
      .where('site', '=', site)
      .where('state', 'in', ['open', 'refused'])
      .executeTakeFirstOrThrow()
    if (open >= mostOpen)
      throw new Fault('conflict', `Site ${site} has ${open} drafts.`, { advice: 'Withdraw those that nobody needs.' })
    const made = await tx
      .insertInto('policy_drafts')
      .values({
        id: newId(now),
        site,
        title,
        text,
        digest: sha256(text),
        base: (await inForce(tx, site))?.revision ?? 0,
        revision: 1,
        state: 'open',
        authors: JSON.stringify([plainPerson(who)]),
        created: new Date(now),
        changed: new Date(now),
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    await write({ actor: who.actor, action: 'policy.draft', object: draftName(made), after: auditView(made) })
    return made
  })
  return wholeDraft(manager, row)
}

export interface DraftEdit {
  readonly revision: number
  readonly title?: string | undefined
  readonly text?: string | undefined
  readonly rebase?: true | undefined
}

export const changeDraft = async (manager: Manager, who: Acting, id: string, edit: DraftEdit): Promise<WholeDraft> => {
  const row = await manager.trail.change(async (tx, write) => {
    const before = await lockDraft(tx, id, edit.revision)
    const authors = persons(before.authors)
    const text = edit.text ?? before.text
    const after = await tx
      .updateTable('policy_drafts')
      .set({
        title: edit.title ?? before.title,
        text,
        digest: sha256(text),
        base: edit.rebase === true ? ((await inForce(tx, before.site))?.revision ?? 0) : before.base,
        revision: before.revision + 1,
        state: 'open',
        authors: JSON.stringify(authors.some((one) => one.id === who.id) ? authors : [...authors, plainPerson(who)]),
        changed: new Date(manager.now()),
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await write({
      actor: who.actor,
      action: 'policy.draft',
      object: draftName(after),
      before: auditView(before),
      after: auditView(after),
    })
    return after
  })
  return wholeDraft(manager, row)
}

const forgetWithdrawn = async (tx: Tx, site: string): Promise<void> => {
  const withdrawn = tx
    .selectFrom('policy_drafts')
    .select('id')
    .where('site', '=', site)
    .where('state', '=', 'withdrawn')
  const old = withdrawn.orderBy('changed', 'desc').orderBy('id', 'desc').offset(mostWithdrawn)
  await tx.deleteFrom('policy_drafts').where('id', 'in', old).execute()
}

export const withdrawDraft = async (manager: Manager, who: Acting, id: string, seen: number): Promise<Draft> => {
  const row = await manager.trail.change(async (tx, write) => {
    const before = await lockDraft(tx, id, seen)
    const after = await tx
      .updateTable('policy_drafts')
      .set({ state: 'withdrawn', changed: new Date(manager.now()) })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await forgetWithdrawn(tx, after.site)
    await write({
      actor: who.actor,
      action: 'policy.withdraw',
      object: draftName(after),
      before: auditView(before),
      after: auditView(after),
    })
    return after
  })
  return draftView(manager.db, row)
}

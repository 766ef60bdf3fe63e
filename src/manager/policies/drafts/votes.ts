/** Approving and refusing: nobody judges what they wrote, and a judgement holds for the text that was seen. */
import { Fault } from '#core/errors.ts'
import { type Permission, type Role, roles } from '#schema/manager-api.ts'
import type { Draft, Person, Vote } from '#schema/manager-policies.ts'
import type { Manager } from '../../context.ts'
import type { Database } from '../../database/pool.ts'
import { type Acting, localPerson, persons } from '../person.ts'
import { assess, requireSound } from './assess.ts'
import { type DraftRow, draftName, draftView, lockDraft } from './drafts.ts'

const mayApprove = (role: Role): boolean => {
  const allowed: readonly Permission[] = roles[role]
  return allowed.includes('policy:approve')
}

/** Approvals that count. One refusal stands until its person approves or the draft changes. */
const approvalsAmong = (votes: readonly Vote[], authors: readonly Person[]): readonly Vote[] =>
  votes.some(({ approves }) => !approves)
    ? []
    : votes.filter(({ person }) => !authors.some(({ id }) => id === person.id))

/** Of those, whose persons may still approve: what somebody agreed to whose account was taken over counts no more once that ended. */
export const approvalsNow = async (
  db: Database,
  votes: readonly Vote[],
  authors: readonly Person[],
): Promise<readonly Vote[]> => {
  const given = approvalsAmong(votes, authors)
  if (given.length === 0) return given
  const users = await db
    .selectFrom('users')
    .select(['id', 'role'])
    .where('disabled', '=', false)
    .where(
      'id',
      'in',
      given.map(({ person }) => person.id),
    )
    .execute()
  const able = new Set(users.filter(({ role }) => mayApprove(role)).map(({ id }) => id))
  return given.filter(({ person }) => person.id === localPerson || able.has(person.id))
}

export const askedApprovals = async (db: Database, site: string): Promise<number> =>
  (await db.selectFrom('policy_sites').select('approvals').where('site', '=', site).executeTakeFirst())?.approvals ?? 1

export interface Judgement {
  readonly revision: number
  readonly approves: boolean
  readonly reason?: string | undefined
}

const requireOther = (who: Acting, row: DraftRow): void => {
  if (persons(row.authors).some(({ id }) => id === who.id))
    throw new Fault('forbidden', 'Nobody approves what they wrote themselves.', { advice: 'Ask somebody else.' })
}

/** @throws Fault `forbidden` for an author, `conflict` when the draft has changed, and what is wrong with it when it is to be approved */
export const judgeDraft = async (
  manager: Manager,
  who: Acting,
  id: string,
  { revision, approves, reason }: Judgement,
): Promise<Draft> => {
  const row = await manager.trail.change(async (tx, write) => {
    const draft = await lockDraft(tx, id, revision)
    if (approves) {
      requireOther(who, draft)
      requireSound(await assess(tx, draft, 1, manager.now()))
    }
    const vote = { name: who.name, approves, reason: reason ?? null, at: new Date(manager.now()) }
    await tx
      .insertInto('policy_votes')
      .values({ draft: id, revision, person: who.id, ...vote })
      .onConflict((there) => there.columns(['draft', 'revision', 'person']).doUpdateSet(vote))
      .execute()
    const refused = await tx
      .selectFrom('policy_votes')
      .select('person')
      .where('draft', '=', id)
      .where('revision', '=', revision)
      .where('approves', '=', false)
      .executeTakeFirst()
    const after = await tx
      .updateTable('policy_drafts')
      .set({ state: refused === undefined ? 'open' : 'refused' })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    await write({
      actor: who.actor,
      action: approves ? 'policy.approve' : 'policy.refuse',
      object: draftName(draft),
      after: { revision, digest: draft.digest, ...(reason === undefined ? {} : { reason }) },
    })
    return after
  })
  return draftView(manager.db, row)
}

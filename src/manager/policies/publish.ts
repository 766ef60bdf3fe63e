/** Publishing an approved draft. */
import { sql } from 'kysely'
import { Fault } from '#core/errors.ts'
import type { RolloutPlan } from '#schema/manager-rollouts.ts'
import type { Manager } from '../context.ts'
import { requireSound } from './drafts/assess.ts'
import { draftName, getDraft, lockDraft, votesOf } from './drafts/drafts.ts'
import { approvalsNow } from './drafts/votes.ts'
import { expectedBy } from './expected.ts'
import { type Acting, persons } from './person.ts'
import { release, tell } from './release.ts'
import { standingOf } from './review.ts'
import { lockSite } from './revisions.ts'

/**
 * Publishes a draft that has its approvals.
 * @returns the roll-out
 * @throws Fault `refused` with everything that keeps it from being published
 */
export const publishDraft = async (
  manager: Manager,
  who: Acting,
  draft: string,
  { revision: seen, plan }: { readonly revision: number; readonly plan: RolloutPlan },
): Promise<string> => {
  const expected = await expectedBy(manager, await getDraft(manager.db, draft))
  const begun = await manager.trail.change(async (tx, write) => {
    const now = manager.now()
    const row = await lockDraft(tx, draft, seen)
    await lockSite(tx, row.site)
    const { assessment, blockers } = await standingOf(tx, row, now)
    if (blockers.length > 0)
      throw new Fault('refused', 'The draft cannot be published.', {
        advice: `Look at its review: bulkhead policy review ${draft}`,
        details: blockers,
      })
    const policy = requireSound(assessment)
    const authors = persons(row.authors)
    const votes = await approvalsNow(tx, await votesOf(tx, row), authors)
    const approvals = votes.map(({ person, at, reason }) => ({ person, at, reason }))
    const made = { site: row.site, text: row.text, title: row.title, draft, authors, approvals, by: who.actor }
    const result = await release(tx, write, manager, made, policy, plan, expected, 'policy.publish')
    const after = await tx
      .updateTable('policy_drafts')
      .set({
        state: 'published',
        changed: new Date(now),
        published: sql<number>`(SELECT revision FROM policy_sites WHERE site = ${row.site})`,
      })
      .where('id', '=', draft)
      .returningAll()
      .executeTakeFirstOrThrow()
    await write({
      actor: who.actor,
      action: 'policy.draft.published',
      object: draftName(after),
      after: { revision: after.published },
    })
    return result
  })
  return tell(manager, begun)
}

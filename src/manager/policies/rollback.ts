/** Going back: an earlier text under a new number, by a person or where a roll-out was stopped for harm. */
import { Fault } from '#core/errors.ts'
import { parsePolicy } from '#policy/parse.ts'
import { RolloutPlan } from '#schema/manager-rollouts.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { Database } from '../database/pool.ts'
import { edgesOf, reachedBy } from './edges.ts'
import { type Expected, expectedBy } from './expected.ts'
import { nothingToDo, unlessNothing } from './nothing.ts'
import { type Acting, persons } from './person.ts'
import { type Begun, noRollout, release, tell } from './release.ts'
import { inForce, lockSite, requireSite, revisionOf, type RevisionRow } from './revisions.ts'
import { isHeld } from './rollout/machine.ts'
import type { AskedPlan } from './rollout/plan.ts'
import { stepWithin, tellStep } from './rollout/step.ts'
import { loadRollout } from './rollout/store.ts'

export interface Rollback {
  readonly site: string
  /** Whose text comes back; the one before that in force when absent. */
  readonly to?: number | undefined
  readonly reason: string
  readonly plan: RolloutPlan
  /** The newest number that they know of. */
  readonly newest: number
}

/**
 * The caller holds the row of the site.
 * @throws Fault `policy-invalid` where this version cannot read the policy of that revision
 */
const bringBack = async (
  tx: Tx,
  write: Write,
  manager: Manager,
  actor: string,
  former: RevisionRow,
  { reason, plan, expected = {} }: { readonly reason: string; readonly plan: AskedPlan; readonly expected?: Expected },
): Promise<Begun> => {
  // It passed the check when it was published; what has expired since keeps nobody from going back.
  const { site: policy } = parsePolicy(former.text, `revision ${former.revision}`)
  if (policy === undefined)
    throw new Fault('policy-invalid', `This version cannot read revision ${former.revision} any more.`)
  const all = reachedBy(await edgesOf(tx, former.site), policy).map(({ name }) => name)
  const made = {
    site: former.site,
    text: former.text,
    title: former.title,
    restores: former.revision,
    reason,
    authors: persons(former.authors),
    approvals: [],
    by: actor,
  }
  // The edges had it before: nothing is gained by asking one of them first.
  const together = plan.stages === undefined && all.length > 0 ? { ...plan, stages: [{ edges: all }] } : plan
  return release(tx, write, manager, made, policy, together, expected, 'policy.rollback')
}

const nothingEarlier = (site: string): never => {
  throw new Fault('conflict', `Site ${site} has no earlier policy to go back to.`, {
    advice: 'Publish a draft instead; a roll-out that is under way can be stopped.',
  })
}

const runningOf = (db: Database, site: string) =>
  db.selectFrom('policy_rollouts').select(['id', 'revision']).where('site', '=', site).where('state', '=', 'running')

/** @returns the roll-out that was under way and was stopped now */
const stopRunning = async (tx: Tx, write: Write, manager: Manager, who: Acting, { site, reason }: Rollback) => {
  const running = await runningOf(tx, site).forUpdate().executeTakeFirst()
  // Roll-out, site, audit: whoever holds several takes them in this order.
  await lockSite(tx, site)
  if (running === undefined) return undefined
  const why = `${who.name}: ${reason}`
  const stepped = await stepWithin(tx, write, manager, running.id, () => ({ type: 'stop', why }), who.actor)
  if (stepped?.after.state !== 'stopped') return undefined
  // What this person asks for takes the place of what would follow by itself.
  await tx.updateTable('policy_rollouts').set({ restore: 'no' }).where('id', '=', running.id).execute()
  return stepped
}

/** A revision that was stopped, that edges enforce all the same, and that nothing followed: what a person is to decide about. */
const leftStanding = async (db: Database, site: string): Promise<number | undefined> => {
  const last = await db
    .selectFrom('policy_rollouts')
    .select(['id', 'revision', 'state'])
    .where('site', '=', site)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (last?.state !== 'stopped') return undefined
  const machine = (await loadRollout(db, last.id))?.machine
  // One that came to harm may have been confirmed before.
  const isLeft = machine?.edges.some((edge) => isHeld(edge) || edge.phase === 'harmed') === true
  return isLeft ? last.revision : undefined
}

/** Whose text comes back. @param stopped the revision that was under way */
const formerOf = async (
  db: Database,
  { site, to }: Pick<Rollback, 'site' | 'to'>,
  stopped: number | undefined,
): Promise<RevisionRow | undefined> => {
  if (to !== undefined) return revisionOf(db, site, to)
  const given = stopped ?? (await leftStanding(db, site))
  if (given !== undefined) return inForce(db, site, { before: given })
  const current = await inForce(db, site)
  return current === undefined ? undefined : inForce(db, site, { before: current.revision, not: current.digest })
}

/**
 * Brings an earlier text back under a new number. It was approved before, so it needs no approval; a roll-out under way is stopped.
 * @returns the roll-out
 * @throws Fault `conflict` when the newest revision is another one, or there is no earlier one
 */
export const rollBack = async (manager: Manager, who: Acting, what: Rollback): Promise<string> => {
  const { site } = what
  await requireSite(manager.db, site)
  const same = (newest: number): void => {
    if (newest !== what.newest)
      throw new Fault('conflict', `The newest revision of ${site} is ${newest}, not ${what.newest}.`)
  }
  // Looked at before: it takes long, and others wait at the audit.
  const guess = await formerOf(manager.db, what, (await runningOf(manager.db, site).executeTakeFirst())?.revision)
  const expected = guess === undefined ? {} : await expectedBy(manager, guess)
  const { begun, stopped } = await manager.trail.change(async (tx, write) => {
    // All or nothing: who asks again after a failure would otherwise go back too far.
    const stepped = await stopRunning(tx, write, manager, who, what)
    same((await lockSite(tx, site)).revision)
    await noRollout(tx, site)
    const former = await formerOf(tx, what, stepped?.loaded.row.revision)
    const plan = { ...what, expected: former?.revision === guess?.revision ? expected : {} }
    return {
      begun: await bringBack(tx, write, manager, who.actor, former ?? nothingEarlier(site), plan),
      stopped: stepped,
    }
  })
  if (stopped !== undefined) await tellStep(manager, stopped)
  return tell(manager, begun)
}

/** Whether another revision was published after that of a roll-out. */
const isFollowed = async (
  tx: Tx,
  { site, revision }: { readonly site: string; readonly revision: number },
): Promise<boolean> =>
  (await tx
    .selectFrom('policy_revisions')
    .select('revision')
    .where('site', '=', site)
    .where('revision', '>', revision)
    .limit(1)
    .executeTakeFirst()) !== undefined

/**
 * Watched shortly: it is the text that they had. What it denies is no harm, for it always did; stopped for that, it would leave edges with
 * what did harm; so would stopping it for one of them.
 */
const restoring: AskedPlan = {
  ...RolloutPlan.parse({ soak: 30, rollback: 'by-hand', floor: 1_000_000_000 }),
  apart: true,
}

/** What follows by itself where a roll-out was stopped for harm; once, whoever asks. */
export const restoreDue = async (manager: Manager, rollout: string): Promise<void> => {
  const begun = await unlessNothing(
    manager.trail.change(async (tx, write) => {
      const row = await tx
        .selectFrom('policy_rollouts')
        .selectAll()
        .where('id', '=', rollout)
        .forUpdate()
        .executeTakeFirst()
      if (row?.restore !== 'due') return nothingToDo()
      await tx.updateTable('policy_rollouts').set({ restore: 'done' }).where('id', '=', rollout).execute()
      await lockSite(tx, row.site)
      const former = await inForce(tx, row.site, { before: row.revision })
      // Somebody was faster, or there was no policy before: then nothing follows. A number alone that an edge claims is nobody.
      if (former === undefined || (await isFollowed(tx, row))) {
        await write({
          actor: 'manager',
          action: 'policy.rollback.none',
          object: `policy ${row.site} revision ${row.revision}`,
        })
        return undefined
      }
      const reason = `revision ${row.revision} was stopped: ${row.why ?? ''}`.slice(0, 500)
      return bringBack(tx, write, manager, 'manager', former, { reason, plan: restoring })
    }),
  )
  if (begun !== undefined) tell(manager, begun)
}

/** Going back: an earlier text under a new number, by a person or where a roll-out was stopped for harm. */
import { Fault } from '#core/errors.ts'
import { parsePolicy } from '#policy/parse.ts'
import { RolloutPlan } from '#schema/manager-policies.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { edgesOf, reachedBy } from './edges.ts'
import { nothingToDo, unlessNothing } from './nothing.ts'
import { type Acting, persons } from './person.ts'
import { type Begun, noRollout, release, tell } from './release.ts'
import { inForce, lockSite, requireSite, revisionOf, type RevisionRow } from './revisions.ts'
import { stepRollout } from './rollout/step.ts'

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
 * The caller holds the row of the site, and knows the text.
 * @param action as the audit names it
 */
const bringBack = async (
  tx: Tx,
  write: Write,
  manager: Manager,
  actor: string,
  former: RevisionRow,
  { reason, plan }: Pick<Rollback, 'reason' | 'plan'>,
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
  return release(tx, write, manager, made, policy, together, {}, 'policy.rollback')
}

const nothingEarlier = (site: string): never => {
  throw new Fault('conflict', `Site ${site} has no earlier policy to go back to.`, {
    advice: 'Publish a draft instead.',
  })
}

const stopRunning = async (manager: Manager, who: Acting, { site, reason }: Rollback): Promise<number | undefined> => {
  const running = await manager.db
    .selectFrom('policy_rollouts')
    .select(['id', 'revision'])
    .where('site', '=', site)
    .where('state', '=', 'running')
    .executeTakeFirst()
  if (running === undefined) return undefined
  await stepRollout(manager, running.id, () => ({ type: 'stop', why: `${who.name}: ${reason}` }), {
    actor: who.actor,
    // What this person asks for takes the place of what would follow by itself.
    also: async (tx) =>
      void (await tx.updateTable('policy_rollouts').set({ restore: 'no' }).where('id', '=', running.id).execute()),
  })
  return running.revision
}

/**
 * Brings an earlier text back under a new number. It was approved before, so it needs no approval; a roll-out under way is stopped.
 * @returns the roll-out
 * @throws Fault `conflict` when the newest revision is another one, or there is no earlier one
 */
export const rollBack = async (manager: Manager, who: Acting, what: Rollback): Promise<string> => {
  const { site, to } = what
  await requireSite(manager.db, site)
  const same = (newest: number): void => {
    if (newest !== what.newest)
      throw new Fault('conflict', `The newest revision of ${site} is ${newest}, not ${what.newest}.`)
  }
  const known = await manager.db
    .selectFrom('policy_sites')
    .select('revision')
    .where('site', '=', site)
    .executeTakeFirst()
  same(known?.revision ?? 0)
  if (to !== undefined) await revisionOf(manager.db, site, to)
  const stopped = await stopRunning(manager, who, what)
  const begun = await manager.trail.change(async (tx, write) => {
    same((await lockSite(tx, site)).revision)
    await noRollout(tx, site)
    const current = stopped === undefined ? await inForce(tx, site) : undefined
    const earlier = stopped ?? current?.revision
    const former =
      to === undefined
        ? await inForce(tx, site, {
            ...(earlier === undefined ? {} : { before: earlier }),
            ...(current === undefined ? {} : { not: current.digest }),
          })
        : await revisionOf(tx, site, to)
    return bringBack(tx, write, manager, who.actor, former ?? nothingEarlier(site), what)
  })
  return tell(manager, begun)
}

/** Watched shortly: it is the text that they had. */
const restoring: RolloutPlan = RolloutPlan.parse({ soak: 30, rollback: 'by-hand' })

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
      const { revision } = await lockSite(tx, row.site)
      const former = await inForce(tx, row.site, { before: row.revision })
      // Somebody was faster, or there was no policy before: then nothing follows.
      if (revision > row.revision || former === undefined) {
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

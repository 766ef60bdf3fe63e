/** What the link asks of the life cycle of policies. */
import type { PolicyReport, ToEdge } from '#schema/link-frames.ts'
import type { ConfirmObject, PolicyObject } from '#schema/link-objects.ts'
import type { Phase, RolloutState } from '#schema/manager-policies.ts'
import type { Manager } from '../context.ts'
import type { EdgeRef } from '../events/reaction.ts'
import { noteEnforced } from './enforced.ts'
import { joinLate } from './join.ts'
import { restoreDue } from './rollback.ts'
import { stepRollout } from './rollout/step.ts'
import { raiseRevision } from './raise.ts'

/** Revisions of an edge that are looked at: those before have nothing to say any more. */
const looked = 20

interface Offer {
  readonly revision: number
  readonly phase: Phase
  readonly since: Date
  readonly confirm: number
  readonly state: RolloutState
  readonly by: string
  readonly started: Date
}

const offersOf = ({ db }: Manager, edge: EdgeRef): Promise<Offer[]> =>
  db
    .selectFrom('policy_rollout_edges as e')
    .innerJoin('policy_rollouts as r', 'r.id', 'e.rollout')
    .select(['e.revision', 'e.phase', 'e.since', 'e.confirm', 'r.state', 'r.by', 'r.started'])
    .where('e.edge_id', '=', edge.id)
    .orderBy('e.revision', 'desc')
    .limit(looked)
    .execute()

export type Due = { readonly revision: number; readonly policy: boolean; readonly confirm: boolean }

/** What is due for an edge that has a revision, by where it is with each, the newest first. Pure. */
export const dueFor = (
  offers: readonly Pick<Offer, 'revision' | 'phase' | 'state'>[],
  have: number,
): Due | undefined => {
  for (const { revision, phase, state } of offers) {
    switch (phase) {
      case 'offered':
      case 'late':
        return have < revision ? { revision, policy: true, confirm: false } : undefined
      case 'confirming':
        // Of a roll-out that stopped nothing more is confirmed. Who has it no more gets both, as below; who rolled back says so again.
        return state === 'stopped' ? undefined : { revision, policy: have < revision, confirm: true }
      case 'confirmed':
        // It has lost what was confirmed: a new disk, or an older copy of it.
        if (state === 'stopped') break
        return have < revision ? { revision, policy: true, confirm: true } : undefined
      case 'soaking':
      case 'harmed':
        return undefined
      case 'waiting':
      case 'rolled-back':
      case 'refused':
      case 'withdrawn':
        // It keeps what it had before.
        break
    }
  }
  return undefined
}

const sign = async (manager: Manager, { site, edge }: EdgeRef, offer: Offer, due: Due): Promise<ToEdge[]> => {
  const frames: ToEdge[] = []
  if (due.policy) {
    const { text, digest } = await manager.db
      .selectFrom('policy_revisions')
      .select(['text', 'digest'])
      .where('site', '=', site)
      .where('revision', '=', due.revision)
      .executeTakeFirstOrThrow()
    const { revision, confirm, by } = offer
    const at = offer.started.getTime()
    const object: PolicyObject = { type: 'policy', site, edge, revision, text, digest, confirm, by, at }
    frames.push({ type: 'policy', object: manager.signer.sign(object) })
  }
  if (due.confirm) {
    const object: ConfirmObject = { type: 'confirm', site, edge, revision: due.revision, at: offer.since.getTime() }
    frames.push({ type: 'confirm', object: manager.signer.sign(object) })
  }
  return frames
}

/** Frames of type `policy` or `confirm` that are due for an edge that has this revision; mostly none. */
export const policyFrames = async (manager: Manager, edge: EdgeRef, have: number): Promise<readonly ToEdge[]> => {
  if (have > 0) await raiseRevision(manager, edge, have)
  let offers = await offersOf(manager, edge)
  if (await joinLate(manager, edge, offers[0]?.revision ?? 0)) offers = await offersOf(manager, edge)
  const due = dueFor(offers, have)
  const offer = offers.find(({ revision }) => revision === due?.revision)
  return due === undefined || offer === undefined ? [] : sign(manager, edge, offer, due)
}

/** What an edge's clock may be ahead by; beyond, its times are no times. */
const aheadMs = 86_400_000

/** Keeps a report about a revision that was published; the same one may come again. */
const keep = async ({ db, now }: Manager, edge: EdgeRef, report: PolicyReport): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const { revision, outcome, text, silent, ms } = report
    const at = new Date(Math.min(report.at, now() + aheadMs))
    const before = await tx
      .selectFrom('policy_reports')
      .select(['outcome', 'at'])
      .where('edge_id', '=', edge.id)
      .where('revision', '=', revision)
      .forUpdate()
      .execute()
    const known = before.find((one) => one.outcome === outcome)
    const said = { text, silent: [...silent], at, received: new Date(now()), ms: ms ?? null }
    await tx
      .insertInto('policy_reports')
      .values({ edge_id: edge.id, revision, outcome, ...said })
      .onConflict((row) => row.columns(['edge_id', 'revision', 'outcome']).doUpdateSet(said))
      .execute()
    if (known?.at.getTime() === at.getTime()) return
    // What was rolled back is not enforced again: an edge that says so over and over does not fill the history.
    const isOver = before.some((one) => one.outcome === 'rolled-back')
    if (!isOver || outcome === 'rolled-back') await noteEnforced(tx, edge.id, { revision, outcome, at: at.getTime() })
    if (outcome === 'pending')
      await tx
        .updateTable('policy_rollout_edges')
        .set({ applied: at })
        .where('edge_id', '=', edge.id)
        .where('revision', '=', revision)
        .where('applied', 'is', null)
        .execute()
  })

/** What an edge did with a revision. */
export const policyReported = async (manager: Manager, edge: EdgeRef, report: PolicyReport): Promise<void> => {
  const rollout = await manager.db
    .selectFrom('policy_rollouts')
    .select('id')
    .where('site', '=', edge.site)
    .where('revision', '=', report.revision)
    .executeTakeFirst()
  // What was never published cannot be reported: an edge that lies about it does not fill the tables.
  if (rollout === undefined) return
  await keep(manager, edge, report)
  const { outcome, text, silent } = report
  const after = await stepRollout(manager, rollout.id, () => ({ type: 'report', edge: edge.id, outcome, text, silent }))
  if (after?.state === 'stopped') await restoreDue(manager, rollout.id)
}

/** Apply, confirm, roll back: a policy that nobody confirms goes away by itself. */
import { Fault } from '#core/errors.ts'
import type { Change, Conversations, Difference } from '#policy/diff.ts'
import { durationSeconds } from '#schema/duration.ts'
import type { ApplyReport, OrderReport, RequestOf } from '#schema/control.ts'
import { routes } from '#policy/nft/redirects.ts'
import type { Plan } from '#policy/plan.ts'
import type { EventDraft } from '#schema/event.ts'
import { releaseMemory } from '#linux/process.ts'
import type { Site } from '#schema/site.ts'
import { begin } from '../untold.ts'
import { nowEnforces, steadyNow, type Edge } from '../context.ts'
import { announce, atOnce, giveUp, record, recordBegun, refusalOf, writeUnwritten } from '../writing.ts'
import { startDeadline } from '../deadline.ts'
import { enforce, heedLeft, localChanges, writeBridgeForwarding } from '../enforce.ts'
import { forgetPorts, isRewired, presentDevices, rememberPorts, rewired } from '../bridge.ts'
import { heedConfirmed } from '../given-policy.ts'
import { planOf, type PolicySource, policyTextToApply, refuseUninspectable } from '../policy-source.ts'
import { confirmedPlan, isRollbackUntold, settleBack, tellRollback } from '../rollback.ts'
import type { Store } from '../store/open.ts'
import type { AppliedPlan } from '../store/plans.ts'
import { rememberEssentials, silentEssentials } from './essentials.ts'
import { restoreContainments } from './contain.ts'
import { refuseConnecting, tellConnected } from './islands.ts'
import { restoreTemporary } from './permit.ts'

/** Zones whose mode is another one now. */
const modeChanges = (before: Site, after: Site): EventDraft[] =>
  Object.entries(after.zones).flatMap(([zone, { mode }]) => {
    const old = before.zones[zone]?.mode
    return old === undefined || old === mode
      ? []
      : [{ kind: 'mode-change' as const, zone, by: 'policy', text: `Zone ${zone} goes from ${old} to ${mode}.` }]
  })

/** What a site's policy and what was changed here come to. @throws Fault where this edge cannot enforce it */
const planHere = (edge: Edge, site: Site): Plan => {
  const plan = planOf(site, edge.options.edge, localChanges(edge.store))
  refuseUninspectable(plan)
  return plan
}

/** How a plan becomes the edge's own. */
interface Becoming {
  readonly plan?: Plan
  /** Whoever goes back goes on without a port that cannot be joined, and an alarm says so; otherwise the plan is refused, and nothing is changed. */
  readonly goesBack?: true
}

/** Few policies have other ports than the one before. @returns undefined for the others */
const portsMoving = async (edge: Edge, plan: Plan) =>
  plan.kind === edge.plan.kind && !isRewired(edge.plan, plan) ? undefined : import('./move-ports.ts')

/** Makes a site's plan the enforced one and the edge's own. @throws Fault; then what was enforced before goes on, on its ports */
export const become = async (
  edge: Edge,
  site: Site,
  text: string,
  { plan = planHere(edge, site), goesBack }: Becoming = {},
): Promise<void> => {
  const before = { plan: edge.plan, site: edge.site, text: edge.text }
  const moving = await portsMoving(edge, plan)
  if (!goesBack) await moving?.refuseMove(edge, plan)
  // A redirecting bridge has no guard of its own address under a plan that does not redirect, whatever it is called.
  if (moving !== undefined && !routes(plan)) writeBridgeForwarding({ ...plan, bridge: edge.plan.bridge })
  const loaded = await enforce(edge.store, plan).catch((error: unknown) => {
    refusalOf(() => writeBridgeForwarding(edge.plan))
    throw error
  })
  nowEnforces(edge, { plan, site, text, generation: loaded.generation })
  const left = [...loaded.left]
  if (moving !== undefined) {
    const refusal = await moving.move(edge, before.plan, goesBack ? presentDevices(plan) : undefined)
    if (refusal !== undefined && !goesBack) {
      await moving.moveBack(edge, before)
      throw refusal
    }
  }
  // It is enforced now: what the kernel does not take of orders refuses no policy.
  const refusal = refusalOf(() => restoreTemporary(edge))
  if (moving !== undefined) restoreContainments(edge)
  heedLeft(edge.alarms, refusal === undefined ? left : [...left, refusal.message])
  record(edge, ...modeChanges(before.site, site))
  tellConnected(edge)
  setImmediate(releaseMemory)
}

const told = ({ permitted, denied, modes, zones, assets, other }: Difference) => {
  const changed = (list: readonly Change[], what = '') =>
    list.map(
      ({ name, change, fields }) =>
        `${what}${name}${change === 'changed' ? '' : ` ${change}`}${fields.length === 0 ? '' : `: ${fields.join(', ')}`}`,
    )
  const line = ({ from, to, service, ops, conduit }: Conversations) =>
    `${from.join(', ')} to ${to.join(', ')}: ${service}${ops.length === 0 ? '' : ` (${ops.join(', ')})`} by ${conduit}`
  return {
    permitted: permitted.map(line),
    denied: denied.map(line),
    modes: changed(modes),
    other: [
      ...changed(zones, 'zone '),
      ...changed(assets, 'asset '),
      ...Object.entries(other).flatMap(([what, list]) => changed(list, `${what}: `)),
    ],
  }
}

/** A plan that waited for its confirmation goes on waiting when the one that should have followed it was refused. */
const stillPending = ({ plans }: Store, { id, deadline, by, appliedAt: at }: AppliedPlan): void => {
  const content = plans.load(id)
  if (content !== undefined && deadline !== undefined) plans.stage({ ...content, deadline, by, at })
}

/** What takes the place of the running policy, for how long without a confirmation, and by whom. */
export interface Application {
  readonly source: PolicySource
  /** Until it is rolled back. */
  readonly seconds: number
  readonly by: string
}

/** @returns when it is enforced. @throws Fault; then what was enforced before goes on */
export const applySource = async (
  edge: Edge,
  { source, seconds, by }: Application,
): Promise<{ readonly deadline: number; readonly ms: number; readonly digest: string }> => {
  const started = performance.now()
  refuseConnecting(edge, source.site)
  const plan = planHere(edge, source.site)
  // By the clock that everything in force is counted by: where it is wrong and gets right, the time that is left stays.
  const at = steadyNow(edge.store)
  const deadline = at + seconds * 1000
  // What could not be written down comes before what follows it.
  const unwritten = writeUnwritten(edge, true)
  if (unwritten !== undefined) throw unwritten
  const earlier = edge.store.plans.pending()
  await (await portsMoving(edge, plan))?.refuseMove(edge, plan)
  rememberEssentials(edge, earlier !== undefined)
  const wiring = rewired(edge.plan, plan)
  const event = {
    kind: 'apply',
    by,
    text: [
      `A policy is enforced and waits for confirmation until ${new Date(deadline).toISOString()}.`,
      ...wiring,
    ].join(' '),
    details: { digest: plan.digest },
  } as const
  let staged = 0
  // Staged before it is loaded: whatever dies in between, the deadline finds it.
  const begun = begin(edge.store, event, () => {
    if (isRewired(edge.plan, plan)) rememberPorts(edge.store, edge.plan, plan)
    staged = edge.store.plans.stage({ source: source.text, plan, deadline, by, at }).id
  })
  startDeadline(edge.options.state, staged, edge.options.socket)
  try {
    await become(edge, source.site, source.text, { plan })
  } catch (error) {
    const { plans } = edge.store
    const refusedAt = Date.now()
    // Where the disk does not take it yet, and nobody else was told before, the deadline does the same.
    giveUp(edge, begun, () => {
      plans.rollBack('daemon', refusedAt, 'the kernel did not take it', staged)
      if (earlier !== undefined) stillPending(edge.store, earlier)
    })
    const waiting = earlier === undefined ? undefined : plans.pending()
    if (waiting !== undefined) startDeadline(edge.options.state, waiting.id, edge.options.socket)
    record(edge, {
      kind: 'rollback',
      by: 'daemon',
      text: `A policy was refused; what was enforced before goes on: ${error instanceof Fault ? error.message : String(error)}`,
      details: { digest: plan.digest },
    })
    if (earlier === undefined && !edge.alarms.has('bridge')) forgetPorts(edge.store)
    throw error
  }
  const ms = performance.now() - started
  recordBegun(edge, { ...event, details: { digest: plan.digest, generation: edge.generation } })
  return { deadline, ms, digest: plan.digest }
}

export const apply = async (edge: Edge, request: RequestOf<'apply'>): Promise<ApplyReport> => {
  const started = performance.now()
  const { diffPolicies } = await import('#policy/diff.ts')
  const source = await policyTextToApply(request.file, request.name)
  const before = edge.site
  const enforced = edge.plan
  const changes = (plan: Plan) => ({
    ...told(diffPolicies(before, source.site)),
    warnings: [...rewired(enforced, plan), ...source.warnings],
  })
  if (request['dry-run']) {
    refuseConnecting(edge, source.site)
    const plan = planHere(edge, source.site)
    await (await portsMoving(edge, plan))?.refuseMove(edge, plan)
    return { ...changes(plan), digest: plan.digest }
  }
  const seconds = durationSeconds(request.confirm)
  const { deadline, digest } = await applySource(edge, { source, seconds, by: request.by })
  const ms = performance.now() - started
  return { ...changes(edge.plan), digest, generation: edge.generation, deadline: new Date(deadline).toISOString(), ms }
}

const report = (id: string, started: number, text: string): OrderReport => ({
  id,
  ms: { total: performance.now() - started, kernel: 0 },
  text,
})

/** As `apply` and `status` show it. */
const short = (digest: string): string => digest.slice(0, 12)

export const confirm = (edge: Edge, { by, force, digest }: RequestOf<'confirm'>): OrderReport => {
  const started = performance.now()
  // Of a policy that the kernel refused, and that could not be given up yet, nothing is confirmed.
  writeUnwritten(edge, true)
  const pending = edge.store.plans.pending()
  if (pending === undefined)
    throw new Fault('not-found', 'No policy waits for confirmation.', {
      advice: 'Apply one first with `bulkhead edge apply FILE`.',
    })
  // With a zone isolated or a spare accepted meanwhile, `status` shows another one than `apply` did: both are meant.
  if (digest !== undefined && ![pending.digest, edge.plan.digest].some((one) => one.startsWith(digest)))
    throw new Fault(
      'refused',
      `Policy ${short(pending.digest)} waits for confirmation, applied by ${pending.by}, not ${short(digest)}; nothing was confirmed.`,
      { advice: 'Look at it with `bulkhead edge status`, then confirm that one, or apply yours again.' },
    )
  const silent = silentEssentials(edge)
  if (silent.length > 0 && !force)
    throw new Fault(
      'refused',
      `Essential conduits that had traffic have none under this policy: ${silent.join(', ')}.`,
      {
        advice: 'Look why they are quiet, then confirm with --force, or let the policy roll back.',
      },
    )
  // The deadline may have come meanwhile: the store decides.
  const confirmed = atOnce(edge, () => {
    const found = edge.store.plans.confirm(by, Date.now())
    if (found !== undefined)
      record(edge, {
        kind: 'confirm',
        by,
        text: 'The policy is confirmed and stays.',
        details: { digest: edge.plan.digest, forced: force },
      })
    return found
  })
  if (confirmed === undefined) throw new Fault('not-found', 'The policy was rolled back: its time was over.')
  forgetPorts(edge.store)
  heedConfirmed(edge)
  const at = new Date(pending.appliedAt).toISOString()
  return report(
    String(pending.id),
    started,
    `confirmed: policy ${short(pending.digest)}, applied by ${pending.by} at ${at}`,
  )
}

/** What could not be stored is told when there is room: every few seconds it is tried. */
export const recordRollback = (edge: Edge): void => {
  if (!isRollbackUntold(edge.store, edge.plan.digest)) return
  const refusal = refusalOf(() => announce(edge, tellRollback(edge.store, edge.plan.digest)))
  if (refusal !== undefined)
    edge.alarms.set('store', `${refusal.message} A rollback is not stored; enforcement goes on.`)
}

export const rollback = async (edge: Edge, { by, reason, plan }: RequestOf<'rollback'>): Promise<OrderReport> => {
  const started = performance.now()
  const pending = edge.store.plans.pending()
  if (pending === undefined)
    throw new Fault('not-found', 'No policy waits for confirmation, so there is nothing to roll back.', {
      advice: 'To go back further, apply the older policy file.',
    })
  if (plan !== undefined && pending.id !== plan)
    throw new Fault(
      'not-found',
      'That policy waits no more: another one took its place, and has a deadline of its own.',
    )
  writeUnwritten(edge, true)
  // The store first: from here on it cannot be confirmed any more, and should this process end now, the deadline process goes on.
  const unwritten = refusalOf(() => settleBack(edge.store, { by, at: Date.now(), why: reason }))
  const { text, source } = confirmedPlan(edge.store)
  if (unwritten === undefined || edge.text !== text) await become(edge, source, text, { goesBack: true })
  if (unwritten === undefined) forgetPorts(edge.store)
  if (unwritten !== undefined)
    throw new Fault(
      unwritten.code,
      `The last confirmed policy is enforced again, and that could not be written down: ${unwritten.message}`,
      { cause: unwritten },
    )
  recordRollback(edge)
  return report(String(pending.id), started, 'rolled back')
}

/** From options to an edge that enforces: adopt what the kernel has, or load what should be there. */
import { Fault } from '#core/errors.ts'
import { checkBridge } from '#linux/bridge.ts'
import { probeCapabilities } from '#linux/capabilities.ts'
import { capability, hasCapability } from '#linux/process.ts'
import { Nft } from '#linux/nftables.ts'
import { readSysctl } from '#linux/sysctl.ts'
import type { Plan } from '#policy/plan.ts'
import { familyOfPlan } from '#policy/nft/names.ts'
import { ruleset } from '#policy/nft/ruleset.ts'
import { bridgeOf, forgetPorts, formerPorts, raiseBridge, refusePorts } from './bridge.ts'
import { preparePlace } from './control/path.ts'
import { storePath, type Edge, type EdgeOptions } from './context.ts'
import { record, recordBegun, refusalOf } from './writing.ts'
import {
  bridgeSysctls,
  enforce,
  heedLeft,
  isHalfway,
  localChanges,
  swept,
  storedPlan,
  writeSysctls,
  isPrpSeen,
} from './enforce.ts'
import { LateDecoys } from './decoys/late.ts'
import { InspectionKeeper } from './inspection/keeper.ts'
import { prepareInspection } from './inspection/start-watchdog.ts'
import { isRefounded, type Offer, offered, policyFileAlarm, policyFileText } from './given-policy.ts'
import { newRisk } from './link/risk.ts'
import { running, type Running } from './kernel/generations.ts'
import { restoreRisks } from './kernel/risk.ts'
import { adoptBypass, restoreBypass } from './orders/bypass.ts'
import { restoreContainments } from './orders/contain.ts'
import { crossesBorder } from './orders/islands.ts'
import { restoreTemporary, revokeCrossing } from './orders/permit.ts'
import { takeRisk } from './orders/risk.ts'
import { planOf, policyFromText, refuseUninspectable, type PolicySource } from './policy-source.ts'
import { endLost, reconcile } from './records/contained.ts'
import { openStore, type Store } from './store/open.ts'
import { Untold, untoldOrders, Unwritten } from './untold.ts'

const indispensable = ['nft-bridge', 'nft-object-maps', 'nft-dynamic-sets', 'nflog'] as const

const refusePrivileges = (): void => {
  if (!hasCapability(capability.netAdmin))
    throw new Fault('privileges-missing', 'The edge may not change the network here: CAP_NET_ADMIN is missing.')
}

/** Probing takes longer than loading, so it is done when a load was refused: to say what is missing instead of how it was said. */
const explainRefusal = (error: unknown): never => {
  const missing = probeCapabilities().list.filter(
    ({ id, found }) => !found && indispensable.some((name) => name === id),
  )
  if (missing.length === 0) throw error
  throw new Fault(
    'kernel-feature-missing',
    `The kernel cannot do what the edge needs: ${missing.map(({ id, without }) => `${id} (${without})`).join('; ')}`,
    { cause: error },
  )
}

/** What the kernel must have for a plan, where it can be told without trying it. */
const refuseKernel = (plan: Plan): void => {
  for (const [name] of bridgeSysctls(plan, false)) readSysctl(name)
}

const isConfirmed = (store: Store, { text }: PolicySource): boolean => {
  const confirmed = store.plans.confirmed()
  return confirmed !== undefined && store.plans.load(confirmed.id)?.source === text
}

/**
 * The confirmed policy wins over the file: what a person applied last stays, until the file is applied. A file that is not taken, be it that
 * this version is stricter than the one before, changes nothing about that.
 */
const choose = (
  store: Store,
  given: Offer['given'],
  options: EdgeOptions,
): { source: PolicySource; plan: Plan; differs: boolean; fresh: boolean } => {
  const { edge } = options
  const changes = localChanges(store)
  const stored = storedPlan(store)
  if (stored === undefined || stored.plan.edge !== edge || isRefounded(given, options, stored.plan.kind)) {
    if (given instanceof Fault) throw given
    return { source: given, plan: planOf(given.site, edge, changes), differs: false, fresh: true }
  }
  const isTaken = !(given instanceof Fault)
  const source = isTaken && stored.text === given.text ? given : policyFromText(stored.text)
  const differs = !isTaken || !isConfirmed(store, given)
  return { source, plan: planOf(source.site, edge, changes), differs, fresh: false }
}

/** The newest sign of life of an earlier daemon: its housekeeping comes every 10 s, an event may be newer. */
const lastSign = (store: Store): number | undefined => {
  const [newest] = store.events.search({ limit: 1 })
  const times = [store.lastTime(), newest === undefined ? undefined : Date.parse(newest.event.time)].filter(
    (time) => time !== undefined,
  )
  return times.length === 0 ? undefined : Math.max(...times)
}

/** The kernel has this plan, in the words of this version: what an older one loaded is loaded again, without losing a packet. */
const isEnforcedBy = ({ digest, text, generation }: Running, plan: Plan): boolean =>
  digest === plan.digest && text === ruleset(plan, { generation }).text

/**
 * Everything that can be refused is refused before anything is touched.
 * @param claim takes what only one daemon of a network can have, or throws
 */
export const startEdge = async (options: EdgeOptions, claim: () => void = () => {}): Promise<Edge> => {
  const { given, kept, former } = offered(options)
  const begun = kept ?? given
  if (begun instanceof Fault) throw begun
  const asked = planOf(begun.site, options.edge, { bindings: new Map(), islands: [] })
  refuseUninspectable(asked)
  if (options.routed !== (asked.kind === 'routed'))
    throw new Fault(
      'refused',
      options.routed
        ? `The edge "${options.edge}" has a bridge in the policy, but --routed was given.`
        : `The edge "${options.edge}" has no bridge in the policy.`,
      {
        advice: options.routed
          ? 'Leave --routed out, or remove `bridge:` from the edge.'
          : 'Add `bridge: br0` to the edge, or run with --routed.',
      },
    )
  refusePrivileges()
  refusePorts(asked)
  refuseKernel(asked)
  if (asked.kind === 'bridge') await checkBridge(bridgeOf(asked, { former }))
  await preparePlace(options.socket, undefined)
  const nft = Nft.open()
  claim()
  const store = openStore({ path: storePath(options.state) })
  try {
    store.identify({ site: asked.site, edge: asked.edge })
    const { source, plan, differs, fresh } = choose(store, given, options)
    const lastSeen = lastSign(store)
    const before = running()
    const adopted = before !== undefined && isEnforcedBy(before, plan) && !isHalfway(plan)
    const loaded = adopted ? { ...before, left: await swept(before) } : await enforce(store, plan).catch(explainRefusal)
    if (adopted) {
      writeSysctls(plan, isPrpSeen(store))
      await prepareInspection(store.path, plan)
    }
    const statements = await raiseBridge(plan, { former: formerPorts(store) })
    if (store.plans.pending() === undefined) forgetPorts(store)
    const edge: Edge = {
      options,
      nft,
      store,
      family: familyOfPlan(plan),
      started: Date.now(),
      alarms: new Map(),
      inspection: new InspectionKeeper(),
      decoys: new LateDecoys(plan),
      risk: newRisk(),
      listeners: new Set(options.told === undefined ? [] : [options.told]),
      followers: new Set(),
      site: source.site,
      text: source.text,
      plan,
      generation: loaded.generation,
      untold: new Untold(),
      unwritten: new Unwritten(),
    }
    heedLeft(edge.alarms, loaded.left)
    edge.risk.listen((changed) => takeRisk(edge, changed))
    if (fresh) store.plans.stage({ source: source.text, plan, by: 'start', at: Date.now() })
    // What was loaded at boot, too: it may lack what only the store knows.
    restoreContainments(edge)
    restoreTemporary(edge)
    refusalOf(() => restoreRisks(edge))
    if (before === undefined) {
      restoreBypass(edge)
      endLost(edge)
    } else adoptBypass(edge)
    await tell(edge, {
      adopted,
      differing: differs ? given : undefined,
      lastSeen,
      wasRunning: before !== undefined,
      statements,
    })
    return edge
  } catch (error) {
    store.close()
    throw error
  }
}

/** What a daemon began that died before it was done: its change is enforced by now. */
const finishBegun = (edge: Edge): void => {
  const drafts = untoldOrders(edge.store)
  if (drafts.length === 0) return
  const by = drafts.findLast(({ kind }) => kind === 'isolate')?.by ?? 'daemon'
  for (const zone of localChanges(edge.store).islands)
    revokeCrossing(edge, (src, dst) => crossesBorder(edge, zone, src, dst), by)
  recordBegun(edge)
}

interface Story {
  readonly adopted: boolean
  /** What the daemon was given, where that is not what was confirmed last. */
  readonly differing: Offer['given'] | undefined
  readonly lastSeen: number | undefined
  readonly wasRunning: boolean
  readonly statements: readonly string[]
}

/** What happened while nobody watched. */
const tell = async (edge: Edge, { adopted, differing, lastSeen, wasRunning, statements }: Story): Promise<void> => {
  const now = new Date().toISOString()
  record(edge, {
    kind: 'start',
    by: 'daemon',
    text: `The daemon runs; ${edge.plan.conduits.length} ${edge.plan.conduits.length === 1 ? 'conduit' : 'conduits'} of ${edge.plan.site}.`,
    details: { pid: process.pid },
  })
  finishBegun(edge)
  if (adopted)
    record(edge, {
      kind: 'adopt',
      by: 'daemon',
      text: `The kernel was enforcing this plan all the time: generation ${edge.generation} is taken over.`,
      details: { generation: edge.generation },
    })
  const found = await reconcile(edge)
  const since = new Date(Math.min(lastSeen ?? 0, Date.now())).toISOString()
  if (wasRunning && lastSeen !== undefined)
    record(edge, {
      kind: 'failure-window',
      by: 'daemon',
      first: since,
      last: now,
      text: `Nobody read the kernel's records from ${since} to ${now}; the kernel kept enforcing and contained ${found.length} source${found.length === 1 ? '' : 's'}.`,
      details: { contained: found.map(({ ip }) => ip).slice(0, 60) },
    })
  if (differing !== undefined) {
    const text = policyFileText(edge.options.policy ?? 'What it was started with', differing)
    edge.alarms.set(policyFileAlarm, text)
    if (differing instanceof Fault)
      record(edge, {
        kind: 'degraded',
        text: text.slice(0, 500),
        details: { problems: differing.details.slice(0, 8).map((problem) => problem.slice(0, 400)) },
      })
  }
  for (const text of statements) record(edge, { kind: 'degraded', text })
}

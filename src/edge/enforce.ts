/** Putting a plan into the kernel and keeping what must outlive it. */
import * as z from 'zod'
import { Fault, messageOf } from '#core/errors.ts'
import { hasSysctl, sysctls, writeSysctl, readSysctl, type SysctlName } from '#linux/sysctl.ts'
import { droppingForwardChains } from '#linux/nft-objects.ts'
import { ipTable, table } from '#policy/nft/names.ts'
import { isGivenTagged } from '#policy/nft/inspection.ts'
import { needsIpHooks } from '#policy/nft/ip-hooks.ts'
import { routes } from '#policy/nft/redirects.ts'
import type { Plan } from '#policy/plan.ts'
import { openWindows } from '#policy/windows.ts'
import { placeOf, readPlan } from './inspection/place.ts'
import { prepareInspection } from './inspection/start-watchdog.ts'
import { decidesTracking, loadGeneration, sweep, type Loaded, type Running } from './kernel/generations.ts'
import type { LocalChanges } from './policy-source.ts'
import { steadyNow } from './context.ts'
import { keys } from './store/kv.ts'
import type { Store } from './store/open.ts'

const Names = z.array(z.string())

/** IEC 62439-3: EtherType of PRP supervision frames. */
export const prpKey = 'prp.seen'

/** Whether PRP was seen on this wire: br_netfilter trims frames to their IP length and would strip its trailers. */
export const isPrpSeen = (store: Pick<Store, 'kv'>): boolean => store.kv.get(prpKey, z.boolean()) === true
export const prpText =
  'PRP runs on this wire, and packets given to the IP hooks would lose its trailers: fragments that come before their first part are denied where a zone enforces, redirects rest, and commands are not judged (on-failure decides).'
export const rememberPrp = (store: Pick<Store, 'kv'>): void => store.kv.set(prpKey, true)

/** Whether parts of packets came here before their first ones, so that the kernel has to put them together. */
export const isTogether = (store: Pick<Store, 'kv'>): boolean => store.kv.get(keys.together, z.boolean()) === true

/** What was changed at this edge: spare parts and islands by persons, and what its wires need. */
export const localChanges = (store: Store): LocalChanges => ({
  bindings: new Map(store.bindings.list().map(({ asset, macs, replaces }) => [asset, { macs, replaces }])),
  islands: store.kv.get(keys.islands, Names) ?? [],
  qualified: store.kv.get(keys.qualified, Names) ?? [],
  together: isTogether(store) && hasSysctl(sysctls.bridgeCallIptables),
})

/**
 * Whether packets of an IP version are given to the IP hooks, which also puts fragments together and drops malformed IP: where something
 * needs these hooks (policy/nft/ip-hooks). Taking an IPv6 packet apart again, Linux forgets its VLAN tag and puts on that of the last
 * IPv4 packet it took apart (br_nf_dev_queue_xmit in br_netfilter), so tagged frames are given only where commands in them are judged or
 * connections redirected: those of IPv4 then, and IPv6 only if it needs these hooks itself, whose tagged fragments are dropped before
 * (policy/nft/inspection, `isGivenTagged`; policy/nft/ruleset, `arriving`).
 */
export const usesIpHooks = (
  plan: Plan,
  { prp = false, tagged = false, family = 4 }: { prp?: boolean; tagged?: boolean; family?: 4 | 6 } = {},
): boolean => {
  if (plan.kind !== 'bridge' || !needsIpHooks(plan) || prp) return false
  if (!isGivenTagged(plan)) return !tagged
  return family === 4 || (!tagged && isGivenTagged(plan, 6))
}

/**
 * Why packets must not be given to the IP hooks of this network: bridged ones would come past the rules of whoever else forwards here,
 * and a policy of drop stops a plant.
 */
export const foreignFilter = (): string | undefined => {
  const [chain] = droppingForwardChains(ipTable, ['inet', 'ip', 'ip6'])
  return chain === undefined
    ? undefined
    : `Another firewall here drops what it does not know on its way through (nft chain ${chain}), and bridged packets given to the IP hooks would come past its rules: fragments that come before their first part are denied where a zone enforces, redirects rest, and commands are not judged (on-failure decides).`
}

/** Why a line behind a bridge may stand still although our rules let it run: a bypass of ours does not help against the rules of others. */
export const foreignBridgeFilter = (): string | undefined => {
  const [chain] = droppingForwardChains(table, ['bridge'])
  return chain === undefined
    ? undefined
    : `Another firewall drops bridged frames that it does not know (nft chain ${chain}): they do not pass, whatever the policy says and under a bypass too. Take it away: nft delete table bridge ${chain.split(' ')[1] ?? ''}`
}

/** Sysctls of a bridge by which packets come to the IP hooks, or do not. None where the kernel has no such detour and the plan needs none. */
export const bridgeSysctls = (plan: Plan, prp: boolean): readonly (readonly [name: string, value: string])[] => {
  if (plan.kind !== 'bridge' || (!needsIpHooks(plan) && !hasSysctl(sysctls.bridgeCallIptables))) return []
  const flag = (on: boolean) => (on ? '1' : '0')
  const apart = prp || foreignFilter() !== undefined
  return [
    [sysctls.bridgeCallIptables, flag(usesIpHooks(plan, { prp: apart }))],
    [sysctls.bridgeCallIp6tables, flag(usesIpHooks(plan, { prp: apart, family: 6 }))],
    [sysctls.bridgeFilterVlanTagged, flag(usesIpHooks(plan, { prp: apart, tagged: true }))],
    [sysctls.bridgeCallArptables, '0'],
  ]
}

type Sysctls = readonly (readonly [name: SysctlName, value: string])[]

/**
 * Forwarding of a router's ports, and of the bridge itself: redirects need it, and one that does not redirect has none, so that nothing is
 * routed past its rules.
 */
const forwarding = (plan: Plan): Sysctls => {
  const of = (family: 'ipv4' | 'ipv6', device: string) => ['net', family, 'conf', device, 'forwarding']
  if (plan.kind === 'bridge') return [[of('ipv4', plan.bridge), routes(plan) ? '1' : '0']]
  const ports = plan.ports.flatMap(({ device }) => [of('ipv4', device), of('ipv6', device)])
  return [sysctls.ipForward, sysctls.ipv6Forward, ...ports].map((name) => [name, '1'])
}

/** Every sysctl that must be as it is for a plan to be enforced and its traffic to pass; of those that this kernel has. */
export const neededSysctls = (plan: Plan, prp: boolean): Sysctls => [
  ...bridgeSysctls(plan, prp),
  ...forwarding(plan).filter(([name]) => hasSysctl(name)),
]

/** The bridge may not exist yet: whoever makes it calls this after. @param namespace network of the bridge; this process's when absent */
export const writeBridgeForwarding = (plan: Plan, namespace?: string): void => {
  if (plan.kind !== 'bridge') return
  for (const [name, value] of forwarding(plan))
    writeSysctl(name, value, { optional: true, ...(namespace === undefined ? {} : { namespace }) })
}

export const writeSysctls = (plan: Plan, prp: boolean): void => {
  for (const [name, value] of bridgeSysctls(plan, prp)) if (readSysctl(name) !== value) writeSysctl(name, value)
  if (plan.kind === 'routed') for (const [name, value] of forwarding(plan)) writeSysctl(name, value, { optional: true })
  writeSysctl(sysctls.conntrackTcpLiberal, 1, { optional: true })
}

/** What was seen of an earlier generation says nothing about one of the same number that is loaded anew. */
const forgetTables = (store: Pick<Store, 'kv'>): void => {
  try {
    store.kv.set(keys.tables, undefined, { durable: false })
  } catch (error) {
    // On a full disk the rules matter more.
    if (!(error instanceof Fault)) throw error
  }
}

/**
 * Makes a plan the enforced one. On the way to one that needs the IP hooks the sysctls come first, on the way to one that does not last,
 * so that no command passes a conduit unjudged and nothing observed is touched.
 * @throws Fault `kernel-rejected`; the running generation is then untouched
 */
export const enforce = async (store: Pick<Store, 'lastTime' | 'kv' | 'path'>, plan: Plan): Promise<Loaded> => {
  const prp = isPrpSeen(store)
  const judgedBy = readPlan(placeOf(store.path))
  await prepareInspection(store.path, plan)
  const first = needsIpHooks(plan)
  if (!routes(plan)) writeBridgeForwarding(plan)
  const loaded = await loadGeneration(plan, openWindows(plan, steadyNow(store)), undefined, {
    before: () => first && writeSysctls(plan, prp),
    after: () => first || writeSysctls(plan, prp),
  }).catch(async (error: unknown) => {
    // Commands are judged by what is enforced, and that is what it was before.
    if (judgedBy !== undefined) await prepareInspection(store.path, judgedBy)
    throw error
  })
  forgetTables(store)
  // The guard of what is sent to the bridge itself is in place now.
  writeBridgeForwarding(plan)
  return loaded
}

/** The last step towards a plan that needs no IP hooks is missing: connections are still kept from being tracked. */
export const isHalfway = (plan: Plan): boolean => !needsIpHooks(plan) && decidesTracking()

/** Takes away what a load left behind that was not finished. @returns what the kernel said against it: the plan in force is none the worse */
export const swept = async (active: Running): Promise<readonly string[]> => {
  try {
    await sweep(active)
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** Tells what a load left behind, until one leaves nothing. */
export const heedLeft = (alarms: Map<string, string>, left: readonly string[]): void => {
  if (left.length === 0) alarms.delete('left')
  else
    alarms.set(
      'left',
      `The policy is enforced, but not everything around it could be done (${left.join(' ')}). Applying it again tries anew; \`bulkhead edge doctor\` says what is wrong.`,
    )
}

/** The plan the store says should run: pending before its deadline, else confirmed. */
export const storedPlan = (
  store: Store,
): { readonly plan: Plan; readonly text: string; readonly id: number } | undefined => {
  const current = store.plans.current()
  if (current === undefined) return undefined
  const content = store.plans.load(current.id)
  if (content === undefined) throw new Fault('store-corrupt', 'The store has lost the plan that should be enforced.')
  return { plan: content.plan, text: content.source, id: current.id }
}

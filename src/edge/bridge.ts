/**
 * Ports and bridge of an edge: made, adopted, and watched, for others may change them while the rules are as they were. What the edge
 * joined together itself it also takes apart, and nothing else.
 */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { createBridge, type BridgeResult } from '#linux/bridge.ts'
import { wrongSettings } from '#linux/bridge-settings.ts'
import { nearestName } from '#linux/missing-interface.ts'
import { links } from '#linux/rtnetlink.ts'
import type { Plan } from '#policy/plan.ts'
import { refusalOf } from './writing.ts'
import { writeBridgeForwarding } from './enforce.ts'
import { keys } from './store/kv.ts'
import type { Store } from './store/open.ts'

const Names = z.array(z.string())
const Former = z.object({ names: Names, ports: Names, addresses: Names })
/** Bridges, interfaces, and addresses (CIDR) of bridges. */
export type FormerPorts = z.infer<typeof Former>

export const devicesOf = ({ ports }: Plan): string[] => ports.map(({ device }) => device)

export const portsOf = (plan: Plan): FormerPorts => ({
  names: plan.kind === 'bridge' ? [plan.bridge] : [],
  ports: devicesOf(plan),
  addresses: plan.address === undefined ? [] : [plan.address],
})

const both = (a: FormerPorts, b: FormerPorts): FormerPorts => ({
  names: [...new Set([...a.names, ...b.names])],
  ports: [...new Set([...a.ports, ...b.ports])],
  addresses: [...new Set([...a.addresses, ...b.addresses])],
})

/** Whether one plan has other interfaces, another bridge or another address of it than the one before. */
export const isRewired = (before: Plan, after: Plan): boolean =>
  JSON.stringify(portsOf(before)) !== JSON.stringify(portsOf(after))

/** What plans since the last that was confirmed may have joined together; undefined when all of them had the same. */
export const formerPorts = (store: Pick<Store, 'kv'>): FormerPorts | undefined => store.kv.get(keys.formerPorts, Former)

/** Before anything is moved: whatever dies in between, whoever comes next knows what is ours. @throws Fault of the store */
export const rememberPorts = (store: Pick<Store, 'kv'>, before: Plan, after: Plan): FormerPorts => {
  const known = both(portsOf(before), portsOf(after))
  const earlier = formerPorts(store)
  const all = earlier === undefined ? known : both(earlier, known)
  store.kv.set(keys.formerPorts, all)
  return all
}

/** When the ports are those of the confirmed plan. On a full disk it is remembered for longer, which harms nobody. */
export const forgetPorts = (store: Pick<Store, 'kv'>): void => {
  if (formerPorts(store) !== undefined) refusalOf(() => store.kv.set(keys.formerPorts, undefined))
}

/** What is another one now, in sentences: what leaves comes first. */
export const rewired = (before: Plan, after: Plan): string[] => {
  const named = (plan: Plan, others: Plan) =>
    plan.ports
      .filter(({ device }) => !devicesOf(others).includes(device))
      .map(({ name, device }) => `${name} (${device})`)
  const where = (plan: Plan) => (plan.kind === 'bridge' ? `the bridge ${plan.bridge}` : 'this router')
  const moved = isRewired(before, after)
  return [
    ...named(before, after).map((port) => `Port ${port} leaves ${where(after)}: nothing passes there any more.`),
    ...named(after, before).map((port) => `Port ${port} joins ${where(after)}.`),
    ...(before.bridge === after.bridge ? [] : [`The bridge ${before.bridge} becomes ${after.bridge}.`]),
    ...(moved && before.address !== after.address && after.kind === 'bridge'
      ? [`The address of the bridge becomes ${after.address ?? 'none'}.`]
      : []),
  ]
}

/** Looks for the interfaces that a plan needs. @throws Fault `interface-missing` for the first that is not there */
export const refusePorts = ({ ports }: Pick<Plan, 'ports'>): void => {
  const present = links().map(({ name }) => name)
  const missing = ports.find(({ device }) => !present.includes(device))
  if (missing === undefined) return
  const nearest = nearestName(missing.device, present)
  throw new Fault(
    'interface-missing',
    `The port "${missing.name}" names the interface "${missing.device}", which does not exist${nearest === undefined ? '' : `; the nearest is "${nearest}"`}.`,
    { details: [`Present: ${present.filter((name) => name !== 'lo').join(', ') || 'none but the loopback'}`] },
  )
}

/** Interfaces of a plan that are there: where one is gone, the others are joined all the same. */
export const presentDevices = ({ ports }: Pick<Plan, 'ports'>): string[] => {
  const present = new Set(links().map(({ name }) => name))
  return ports.map(({ device }) => device).filter((device) => present.has(device))
}

export const bridgeOf = (
  plan: Plan,
  { ports = devicesOf(plan), former }: { ports?: readonly string[]; former?: FormerPorts | undefined } = {},
) => ({
  name: plan.bridge,
  ports,
  ...(plan.address === undefined ? {} : { address: plan.address }),
  ...(former === undefined ? {} : { former: { ...former, names: former.names.filter((one) => one !== plan.bridge) } }),
})

/**
 * Makes the bridge, or sets right the one that is there. The rules are in the kernel before, so that nothing passes unjudged.
 * @param more.ports those to be put in and set right; others are left as they are
 * @param more.former what plans before this one may have left: their bridge is renamed, and their ports are taken out
 * @throws Fault of {@link createBridge}
 */
export const raiseBridge = async (
  plan: Plan,
  more?: { ports?: readonly string[]; former?: FormerPorts | undefined },
): Promise<BridgeResult['statements']> => {
  if (plan.kind !== 'bridge') return []
  const { statements } = await createBridge(bridgeOf(plan, more))
  writeBridgeForwarding(plan)
  return statements
}

export interface BridgeLook {
  /** What somebody changed, as a sentence without its end; undefined when all is as it should be. */
  readonly altered: string | undefined
  /** Ports to be put in or set right. */
  readonly ports: readonly string[]
  /** Ports whose interfaces went away and are back, as a USB adapter does that lost its power for a moment. */
  readonly back: readonly string[]
}

/** Looks at the bridge again and again. */
export class BridgeWatch {
  /** Numbers of the interfaces that were seen as ports: one that comes back has another number. */
  readonly #joined = new Map<string, number>()

  look(plan: Plan): BridgeLook {
    if (plan.kind !== 'bridge') return { altered: undefined, ports: [], back: [] }
    const present = links()
    const bridge = present.find(({ name }) => name === plan.bridge)
    const devices = plan.ports.flatMap(({ device }) => present.find(({ name }) => name === device) ?? [])
    const outside = devices.filter(({ master }) => bridge === undefined || master !== bridge.index)
    for (const { name, index } of devices)
      if (!outside.some((port) => port.name === name)) this.#joined.set(name, index)
    const back = outside.filter(({ name, index }) => this.#joined.get(name) !== index).map(({ name }) => name)
    const taken = outside.filter(({ name }) => !back.includes(name)).map(({ name }) => name)
    const names = devices.map(({ name }) => name)
    const wrong = wrongSettings(plan.bridge, names)
    const [first] = wrong
    return {
      altered:
        bridge === undefined
          ? `the bridge ${plan.bridge} is gone`
          : !bridge.up
            ? `the bridge ${plan.bridge} was set down`
            : taken.length > 0
              ? `${taken.join(' and ')} ${taken.length === 1 ? 'was' : 'were'} taken out of ${plan.bridge}`
              : first === undefined
                ? undefined
                : `${first.device} was changed: ${first.what}`,
      ports: names.filter(
        (name) => outside.some((port) => port.name === name) || wrong.some((one) => one.device === name),
      ),
      back: bridge === undefined ? [] : back,
    }
  }
}

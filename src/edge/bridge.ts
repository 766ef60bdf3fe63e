/** The bridge of an edge: made, adopted, and watched, for others may change it while the rules are as they were. */
import { createBridge, type BridgeResult } from '#linux/bridge.ts'
import { wrongSettings } from '#linux/bridge-settings.ts'
import { links } from '#linux/rtnetlink.ts'
import type { Plan } from '#policy/plan.ts'
import { writeBridgeForwarding } from './enforce.ts'
import { devicesOf, type FormerPorts } from './former-ports.ts'

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

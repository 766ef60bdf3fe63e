/** A policy that gives a running edge other ports, another bridge, or another address of it. */
import { checkBridge } from '#linux/bridge.ts'
import { Fault } from '#core/errors.ts'
import type { Plan } from '#policy/plan.ts'
import { nowEnforces, type Edge } from '../context.ts'
import {
  bridgeOf,
  devicesOf,
  formerPorts,
  type FormerPorts,
  isRewired,
  portsOf,
  presentDevices,
  raiseBridge,
  refusePorts,
} from '../bridge.ts'
import { enforce } from '../enforce.ts'

const words = { bridge: 'as a bridge', routed: 'as a router' } as const

/** What the last plans joined together, also where the disk did not take it. */
const formerOf = ({ store }: Edge, before: Plan): FormerPorts => formerPorts(store) ?? portsOf(before)

/** Says why an edge that runs cannot have the ports of a plan, and changes nothing. @throws Fault */
export const refuseMove = async ({ plan: before, store }: Edge, plan: Plan): Promise<void> => {
  if (plan.kind !== before.kind)
    throw new Fault(
      'refused',
      `This edge runs ${words[before.kind]}, and the policy makes it run ${words[plan.kind]}. That cannot be done while it runs.`,
      {
        advice:
          'The line stands still for it, for cables, addresses and routes are others. How it is done: docs/edge.md, "Other ports, another bridge".',
      },
    )
  if (!isRewired(before, plan)) return
  refusePorts(plan)
  if (plan.kind === 'bridge') await checkBridge(bridgeOf(plan, { former: formerPorts(store) ?? portsOf(before) }))
}

/**
 * Joins the ports of the plan that is enforced now, and takes out what the one before had besides. The rules are in the kernel before,
 * so that nothing passes unjudged.
 * @param ports those to be joined
 * @returns what was refused; then it is an alarm, and the watch of the bridge tries again
 */
export const move = async (edge: Edge, before: Plan, ports = devicesOf(edge.plan)): Promise<Fault | undefined> => {
  try {
    await raiseBridge(edge.plan, { ports, former: formerOf(edge, before) })
    edge.alarms.delete('bridge')
    return undefined
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    edge.alarms.set('bridge', `The bridge ${edge.plan.bridge} cannot be set right: ${error.message}`)
    return error
  }
}

/** A move that was refused halfway: the rules and the ports are again what they were. What does not succeed, the watch puts right. */
export const moveBack = async (edge: Edge, before: Pick<Edge, 'plan' | 'site' | 'text'>): Promise<void> => {
  const refused = edge.plan
  const { generation } = await enforce(edge.store, before.plan)
  nowEnforces(edge, { ...before, generation })
  await move(edge, refused, presentDevices(edge.plan))
}

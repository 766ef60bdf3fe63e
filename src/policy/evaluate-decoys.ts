/** What comes to a decoy, evaluated as policy/nft/decoys and policy/nft/deceive have it. */
import type { Lookups } from './lookups.ts'
import { hasPorts, type IpPacket } from './packet.ts'
import type { Plan, PlanDeceive } from './plan.ts'
import { cidrContains } from '#core/address.ts'
import { isEnforcing } from './nft/modes.ts'
import { rangeMatches, tablesOf, zoneAt } from './tables.ts'
import type { Verdict } from './verdict.ts'

/** A decoy stands at the destination: undefined when none does. A contained source does not reach it, in whatever mode. */
export const reachesDecoy = (look: Lookups): Verdict | undefined => {
  const { plan, state, ip, packet, vlan } = look
  if (plan.decoys === undefined || vlan !== 0 || ip.family !== 4 || !state.decoys.has(ip.dst)) return undefined
  const link = `${packet.in} ${vlan} ${packet.srcMac}`
  const contained =
    state.held.has(`${vlan} ${ip.src}`) ||
    state.containedKnown.has(`${vlan} ${ip.src}`) ||
    state.strangers.has(`${link} ${ip.src}`) ||
    (state.macs.has(link) && !tablesOf(plan).knownMacs.has(packet.srcMac) && !state.carriers.has(link))
  look.step('decoys', contained ? `one stands at ${ip.dst}, and ${ip.src} is contained` : `one stands at ${ip.dst}`)
  return contained ? look.done('deny', 'contained') : look.done('permit', 'decoy')
}

/** The rule by which a decoy answers in place of a real asset: only what nothing permits, at whatever time. */
export const deceivedBy = (look: Lookups): PlanDeceive | undefined => {
  const { plan, ip, vlan, packet, state } = look
  if (ip.family !== 4 || !hasPorts(ip) || packet.tag !== undefined) return undefined
  const who = tablesOf(plan).known.has(`${vlan} ${ip.src}`) ? 'known' : 'stranger'
  const rule = plan.decoys?.deceive.find((one) => (one.who ?? who) === who && covers(one, ip))
  if (rule === undefined) return undefined
  const { mode, zone } = look.mode()
  if (!isEnforcing(mode)) return undefined
  if (zone?.intra === true && zoneAt(plan, vlan, ip.src) === zone) return undefined
  const observed = plan.pairModes.some(
    (one) => !isEnforcing(one.mode) && (rangeMatches(one, vlan, ip, 'there') || rangeMatches(one, vlan, ip, 'back')),
  )
  if (observed) return undefined
  const { permits, windowed } = tablesOf(plan)
  const key = look.key('there', true)
  const permitted =
    [permits, ...windowed].some((map) => map.has(key)) ||
    plan.ranges.some((range) => rangeMatches(range, vlan, ip, 'there')) ||
    state.temporary.some(
      ({ src, dst, proto, port, mac, vlan: on }) =>
        src === ip.src &&
        dst === ip.dst &&
        proto === ip.proto &&
        port === ip.dport &&
        (mac === undefined ? on === vlan : mac === packet.srcMac),
    )
  return permitted ? undefined : rule
}

const covers = ({ src, dst, proto, port }: PlanDeceive, ip: IpPacket): boolean =>
  proto === ip.proto &&
  port === ip.dport &&
  dst.includes(ip.dst) &&
  (src === undefined || src.some((network) => cidrContains(network, ip.src)))

/** Nothing answers there: inside its zone, too, it is out of scope. */
export const isDark = (plan: Plan, zone: number | undefined, ip: IpPacket): boolean =>
  plan.decoys?.dark.some((dark) => dark.zone === zone && ip.family === 4 && cidrContains(dark.network, ip.dst)) === true

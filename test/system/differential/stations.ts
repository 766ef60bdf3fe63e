/** Who sends: every asset in its place, strangers, and senders that claim to be somebody else. */
import { canonicalIp, cidrContains } from '#core/address.ts'
import type { Plan, VlanId } from '#policy/plan.ts'
import { mac } from './policy.ts'
import type { Random } from './random.ts'

export interface Station {
  /** Device of the edge that it is behind. */
  readonly port: string
  readonly vlan: VlanId
  readonly mac: string
  readonly ips: readonly string[]
}

/** An address in a network, near its start, so that they repeat. */
export const addressIn = (random: Random, network: string): string => {
  const [first = '', length = '0'] = network.split('/')
  const step = random.int(1, 60)
  if (first.includes(':')) {
    const text = Number(length) === 128 ? first : `${first.replace(/::.*$/, '')}::${step.toString(16)}`
    return canonicalIp(text) ?? text
  }
  if (Number(length) === 32) return first
  const parts = first.split('.')
  return [...parts.slice(0, 3), Number(parts[3] ?? 0) + (step % 2 ** Math.min(6, 32 - Number(length)))].join('.')
}

/** Every binding of the plan as a station; an asset without a MAC gets one. */
const assets = (plan: Plan): Station[] =>
  plan.bindings.map(({ device, vlan, mac: bound, ip }, index) => ({
    port: device,
    vlan,
    mac: bound ?? mac(0xb000 + (index % 8)),
    ips: [ip],
  }))

/** Of other networks, of nobody and of everybody. */
const outside = (
  '203.0.113.5 203.0.113.200 198.51.100.7 fd00:198:18:9::5 198.18.8.2 198.18.200.1 0.0.0.0 127.0.0.1 169.254.7.7 ' +
  '224.0.0.5 255.255.255.255 :: ::1 fe80::7 ff02::5 ::ffff:198.18.0.9'
).split(' ')

/** Devices that nobody listed, most of them with an address of the zone they are plugged into. */
const strangers = (plan: Plan, random: Random): Station[] =>
  random.times(4, 7, (index) => {
    const port = random.pick(plan.ports)
    const vlan = random.pick(port.vlans)
    const here = plan.placements.filter((placement) => placement.device === port.device && placement.vlan === vlan)
    const own = here.map(({ network }) => addressIn(random, network))
    const ips = own.length === 0 || random.chance(0.25) ? random.some(outside, 2) : own
    return { port: port.device, vlan, mac: mac(0xc000 + index), ips }
  })

export const stationsOf = (plan: Plan, random: Random): readonly Station[] => [
  ...assets(plan),
  ...strangers(plan, random),
]

/** The station that has an address on a VLAN, or somebody whose network holds it. */
export const stationWith = (
  plan: Plan,
  stations: readonly Station[],
  random: Random,
  ip: string,
  vlan?: VlanId,
): Station => {
  const same = stations.filter((station) => station.ips.includes(ip) && (vlan === undefined || station.vlan === vlan))
  if (same.length > 0) return random.pick(same)
  const placed = plan.placements.filter(
    (placement) => cidrContains(placement.network, ip) && (vlan === undefined || placement.vlan === vlan),
  )
  const place = placed.length > 0 ? random.pick(placed) : undefined
  const port = place === undefined ? random.pick(plan.ports) : undefined
  return {
    port: place?.device ?? port?.device ?? '',
    vlan: place?.vlan ?? vlan ?? port?.vlans[0] ?? 0,
    mac: mac(0xd000 + random.int(0, 5)),
    ips: [ip],
  }
}

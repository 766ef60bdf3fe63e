/** A plan as lookup tables, the way the kernel has it, built once per plan; and what its ranges and borders say of a packet. */
import { cidrContains } from '#core/address.ts'
import type { Mode } from '#schema/site.ts'
import { modes } from '#schema/site-words.ts'
import {
  endsOf,
  type Exact,
  type Plan,
  type PlanPort,
  type PlanZone,
  type Range,
  type RangePermit,
  type VlanId,
} from './plan.ts'
import { guardOf, guardsAt, risksAsked, suffixOf, type Guard } from './nft/guards.ts'
import { isNotUnicast, type IpPacket, type Packet } from './packet.ts'
import type { State } from './state.ts'

export interface Tables {
  /** `vlan src dst proto [port]` → conduit, for conduits that are always open. */
  readonly permits: ReadonlyMap<string, number>
  /** The same per window. */
  readonly windowed: readonly ReadonlyMap<string, number>[]
  /** Those that ask for a risk, from the lowest up. */
  readonly rated: readonly { readonly guard: Guard; readonly map: ReadonlyMap<string, number> }[]
  readonly essential: ReadonlySet<string>
  /** Exact permits over the borders of islands. */
  readonly cut: ReadonlySet<string>
  /** `vlan ip` of every end of an essential conduit between assets. */
  readonly essentialEnds: ReadonlySet<string>
  /** `vlan ip` of every end of an exact permit. */
  readonly talkers: ReadonlySet<string>
  readonly bound: ReadonlySet<string>
  readonly placed: ReadonlySet<string>
  readonly sited: ReadonlySet<string>
  readonly arpBound: ReadonlySet<string>
  readonly known: ReadonlySet<string>
  /** `vlan ip` of safety assets: never contained. */
  readonly safety: ReadonlySet<string>
  readonly knownMacs: ReadonlySet<string>
  /** `device mac`, and the MACs they speak of. */
  readonly macPorts: ReadonlySet<string>
  readonly guardedMacs: ReadonlySet<string>
  readonly routers: ReadonlySet<string>
  readonly portModes: ReadonlyMap<string, Mode>
  readonly layer2: ReadonlySet<string>
  readonly layer2Exact: ReadonlyMap<string, number>
  readonly broadcast: ReadonlySet<string>
  readonly servicePorts: ReadonlySet<number>
  readonly broadcastIps: ReadonlySet<string>
  readonly vlans: ReadonlySet<string>
}

const keyOf = ({ vlan, src, dst, proto, port }: Pick<Exact, 'vlan' | 'src' | 'dst' | 'proto' | 'port'>): string =>
  `${vlan} ${src} ${dst} ${proto}${port === undefined ? '' : ` ${port}`}`

const build = (plan: Plan): Tables => {
  const permits = new Map<string, number>()
  const windowed = plan.windows.map(() => new Map<string, number>())
  const rated = risksAsked(plan)
    .flatMap((risk) => guardsAt(plan, risk))
    .map((guard) => ({ guard, map: new Map<string, number>() }))
  const ratedMap = new Map(rated.map(({ guard, map }) => [suffixOf(guard), map]))
  const essential = new Set<string>()
  const essentialEnds = new Set<string>()
  const talkers = new Set<string>()
  for (const element of plan.exact) {
    const { conduit, vlan, src, dst } = element
    const owner = plan.conduits[conduit]
    if (owner === undefined) continue
    const key = keyOf(element)
    const map =
      owner.riskBelow !== undefined
        ? ratedMap.get(suffixOf(guardOf(owner, element)))
        : owner.window === undefined
          ? permits
          : windowed[owner.window]
    if (map?.has(key) === false) map.set(key, conduit)
    if (owner.essential) {
      essential.add(key)
      essentialEnds.add(`${vlan} ${src}`).add(`${vlan} ${dst}`)
    }
    talkers.add(`${vlan} ${src}`).add(`${vlan} ${dst}`)
  }
  const withMac = plan.bindings.filter(({ mac }) => mac !== undefined)
  const withMacV4 = withMac.filter(({ ip }) => !ip.includes(':'))
  return {
    permits,
    windowed,
    rated,
    essential,
    cut: new Set((plan.cut?.exact ?? []).map(keyOf)),
    essentialEnds,
    talkers,
    bound: new Set(withMac.map(({ device, vlan, mac, ip }) => `${device} ${vlan} ${mac ?? ''} ${ip}`)),
    placed: new Set(
      plan.bindings.filter(({ mac }) => mac === undefined).map(({ device, vlan, ip }) => `${device} ${vlan} ${ip}`),
    ),
    sited: new Set(plan.bindings.map(({ vlan, ip }) => `${vlan} ${ip}`)),
    arpBound: new Set(withMacV4.map(({ device, vlan, mac, ip }) => `${device} ${vlan} ${mac ?? ''} ${ip}`)),
    known: new Set(plan.known.map(({ vlan, ip }) => `${vlan} ${ip}`)),
    safety: new Set(plan.known.filter(({ kind }) => kind === 'sis').map(({ vlan, ip }) => `${vlan} ${ip}`)),
    knownMacs: new Set(plan.knownMacs),
    macPorts: new Set(plan.macPorts.map(({ device, mac }) => `${device} ${mac}`)),
    guardedMacs: new Set(plan.macPorts.map(({ mac }) => mac)),
    routers: new Set(plan.routerIps),
    portModes: new Map(plan.portModes.map(({ device, vlan, mode }) => [`${device} ${vlan}`, mode])),
    layer2: new Set(plan.layer2.map(({ from, to, vlan, etherType }) => `${from} ${to} ${vlan} ${etherType}`)),
    layer2Exact: new Map(
      plan.layer2Exact.map(({ vlan, src, dst, etherType, conduit }) => [`${vlan} ${src} ${dst} ${etherType}`, conduit]),
    ),
    broadcast: new Set(plan.broadcast.map(({ from, to, vlan, port }) => `${from} ${to} ${vlan} ${port}`)),
    servicePorts: new Set(plan.servicePorts),
    broadcastIps: new Set(plan.broadcastAddresses),
    vlans: new Set(plan.ports.flatMap(({ device, vlans }) => vlans.map((vlan) => `${device} ${vlan}`))),
  }
}

const built = new WeakMap<Plan, Tables>()
export const tablesOf = (plan: Plan): Tables => {
  const known = built.get(plan)
  if (known !== undefined) return known
  const tables = build(plan)
  built.set(plan, tables)
  return tables
}

const within = (networks: readonly string[] | undefined, ip: string) =>
  networks === undefined || networks.some((network) => cidrContains(network, ip))

/** Whether a range rule matches, as written (`there`) or as the answer (`back`). */
export const rangeMatches = (range: Range, vlan: VlanId, ip: IpPacket, direction: 'there' | 'back'): boolean => {
  const [src, dst] = direction === 'there' ? [ip.src, ip.dst] : [ip.dst, ip.src]
  const port = direction === 'there' ? ip.dport : ip.sport
  return (
    range.family === ip.family &&
    (range.vlans === undefined || range.vlans.includes(vlan)) &&
    (range.proto === undefined || range.proto === ip.proto) &&
    (range.ports === undefined ||
      (port !== undefined && range.ports.some(([from, to]) => port >= from && port <= to))) &&
    within(range.src, src) &&
    within(range.dst, dst)
  )
}

export const zoneAt = (plan: Pick<Plan, 'zones'>, vlan: VlanId, ip: string): PlanZone | undefined =>
  plan.zones.find((zone) => zone.vlans.includes(vlan) && zone.networks.some((network) => cidrContains(network, ip)))

export const milder = (a: Mode, b: Mode): Mode => (modes.indexOf(a) < modes.indexOf(b) ? a : b)

/** Whether what a permit asks for holds: its window is open, and its source's risk is low enough. */
export const holds = (
  { openWindows, risks }: Pick<State, 'openWindows' | 'risks'>,
  { window, riskBelow, mirrored }: Guard,
  { src, dst }: Pick<IpPacket, 'src' | 'dst'>,
  direction: 'there' | 'back',
): boolean => {
  if (window !== undefined && !openWindows.has(window)) return false
  const source = (direction === 'there') === (mirrored === undefined) ? src : dst
  return riskBelow === undefined || (risks.get(source) ?? 0) < riskBelow
}

export const isOpen = (
  plan: Plan,
  state: Pick<State, 'openWindows' | 'risks'>,
  range: RangePermit,
  ip: Pick<IpPacket, 'src' | 'dst'>,
  direction: 'there' | 'back',
): boolean => holds(state, guardOf(plan.conduits[range.conduit] ?? {}, range), ip, direction)

/** Whether an address is an end of an essential conduit: contained, it keeps the ARP or ND that the conduit needs. */
export const isEssentialEnd = (plan: Plan, vlan: VlanId, ip: string): boolean => {
  const family = ip.includes(':') ? 6 : 4
  return (
    tablesOf(plan).essentialEnds.has(`${vlan} ${ip}`) ||
    plan.ranges.some(
      (range) =>
        range.family === family &&
        plan.conduits[range.conduit]?.essential === true &&
        (within(range.src, ip) || within(range.dst, ip)),
    )
  )
}

/** Both are ends of permitted conversations, which need not be one with each other. */
export const areTalkers = (plan: Plan, vlan: VlanId, ip: IpPacket): boolean => {
  const { talkers } = tablesOf(plan)
  if (talkers.has(`${vlan} ${ip.src}`) && talkers.has(`${vlan} ${ip.dst}`)) return true
  return plan.ranges
    .map(endsOf)
    .some((range) => rangeMatches(range, vlan, ip, 'there') || rangeMatches(range, vlan, ip, 'back'))
}

interface Cut {
  readonly ports: readonly PlanPort[]
  /** As in {@link Plan}. */
  readonly islandPorts: readonly string[]
}

/** Pairs of ports behind which there is one and the same isolated zone and no other: between them nothing is cut off. */
export const insideIslands = ({
  ports,
  islandPorts,
}: Cut): readonly { readonly from: string; readonly to: string }[] => {
  const cut = ports.filter(({ device }) => islandPorts.includes(device))
  const isOne = (a: PlanPort, b: PlanPort) =>
    a === b || (a.zones.length === 1 && b.zones.length === 1 && a.zones[0] === b.zones[0])
  return cut.flatMap((a) => cut.filter((b) => isOne(a, b)).map((b) => ({ from: a.device, to: b.device })))
}

/** Whether the way from one port to another leads over a border, whatever is on it. */
export const isCutBetween = (plan: Cut, from: string, to: string): boolean =>
  (plan.islandPorts.includes(from) || plan.islandPorts.includes(to)) &&
  !insideIslands(plan).some((pair) => pair.from === from && pair.to === to)

/** An address in no zone is behind the port at which its packets are: over the border, where everything there is cut off. */
export const isCutOffUnzoned = (plan: Plan, { in: from, out: to }: Packet, ip: IpPacket, vlan: VlanId): boolean =>
  isCutBetween(plan, from, to) &&
  ((plan.islandPorts.includes(from) && zoneAt(plan, vlan, ip.src) === undefined) ||
    (plan.islandPorts.includes(to) && zoneAt(plan, vlan, ip.dst) === undefined))

const ends = (plan: Plan, ip: IpPacket, vlan: VlanId) =>
  (plan.islands ?? [])
    .filter(({ family, vlans }) => family === ip.family && vlans?.includes(vlan) !== false)
    .map(({ zone, networks }) => {
      const inside = (address: string) => networks.some((network) => cidrContains(network, address))
      const { name = 'unzoned', devices = [] } = plan.zones[zone] ?? {}
      return { name, devices, src: inside(ip.src), dst: inside(ip.dst) }
    })

/** Whether a packet leads over a border; what is for many does where the port it leaves by is beyond it. */
export const crossesBorder = (plan: Plan, packet: Packet, ip: IpPacket, vlan: VlanId): boolean =>
  isCutOffUnzoned(plan, packet, ip, vlan) ||
  ends(plan, ip, vlan).some(({ devices, src, dst }) =>
    src ? !dst && (!isNotUnicast(packet, ip) || !devices.includes(packet.out)) : dst,
  )

/** The isolated zone over whose border a packet for one receiver leads; undefined: none, or not by its addresses. */
export const isolatedBy = (plan: Plan, packet: Packet, ip: IpPacket, vlan: VlanId): string | undefined => {
  if (isNotUnicast(packet, ip) || isCutOffUnzoned(plan, packet, ip, vlan)) return undefined
  const all = ends(plan, ip, vlan)
  const first = all.find(({ devices, src, dst }) => (src ? !dst && !devices.includes(packet.out) : dst))
  return (first ?? all.find(({ src, dst }) => src && !dst))?.name
}

/** The same for a packet whose source address says nothing about where it is from. */
export const crossesForged = (plan: Plan, { in: from, out: to }: Packet, ip: IpPacket, vlan: VlanId): boolean => {
  const all = ends(plan, ip, vlan)
  if (all.some(({ devices, src, dst }) => src && dst && devices.includes(from))) return false
  return all.some(({ src, dst }) => src || dst) || isCutBetween(plan, from, to)
}

/** The first packet of a conversation, as each edge between the two ends would see it. */
import { canonicalIp, cidrContains } from '#core/address.ts'
import type { Layout } from './compile/topology.ts'
import { familyOf } from './ends.ts'
import type { Host } from './host.ts'
import type { IpPacket, Packet } from './packet.ts'
import type { Family, Plan, PlanPort, PlanZone, VlanId } from './plan.ts'
import type { Asked } from './query.ts'
import type { Flow } from './service.ts'

export interface Scenario {
  readonly plan: Plan
  readonly packet: Packet
  readonly from: Host
  readonly to: Host
  /** The addresses used, absent for layer-2 services. */
  readonly source?: string
  readonly target?: string
  /** Protocol and port, such as `tcp/502`, where the question stands for several. */
  readonly part?: string
}

/** One of the ways in which two hosts can have a conversation. */
export interface Way {
  readonly family: Family
  readonly src: string
  readonly dst: string
  readonly flow: Flow
}

/** First port of the dynamic range (RFC 6335), for the client's side. */
const clientPort = 49_152
/** Stands for the port of a service that takes any. */
const anyPort = 40_000
const strangerMac = '02:00:00:00:00:fe'
const otherMac = '02:00:00:00:00:fd'

const zonesOf = ({ zones }: Layout, host: Host, ip: string | undefined): readonly PlanZone[] =>
  zones.filter(({ name, networks }) =>
    host.asset === undefined
      ? ip !== undefined && networks.some((network) => cidrContains(network, ip))
      : name === host.zone,
  )

const portsOf = (layout: Layout, zones: readonly PlanZone[]) =>
  layout.ports.filter((port) => zones.some((zone) => port.zones.includes(zone.name)))

interface Path {
  readonly in: PlanPort
  readonly out: PlanPort
}

/** The ports a packet crosses; undefined when this edge does not stand between the two. */
const pathOf = (
  layout: Layout,
  sources: readonly PlanPort[],
  targets: readonly PlanPort[],
  forced: string | undefined,
): Path | undefined => {
  if (sources.length === 0 && targets.length === 0) return undefined
  // What lives behind no port here comes from, or goes, beyond: through a port with routers if there is one.
  const beyond = (other: readonly PlanPort[]) =>
    layout.ports.filter((port) => !other.includes(port)).toSorted((a, b) => b.routers.length - a.routers.length)
  const ins =
    forced === undefined
      ? sources.length > 0
        ? sources
        : beyond(targets)
      : layout.ports.filter(({ name }) => name === forced)
  const outs = targets.length > 0 ? targets : beyond(ins)
  for (const entry of ins) for (const exit of outs) if (entry !== exit) return { in: entry, out: exit }
  return undefined
}

/** Whether an edge stands between any two of those a question is about; where it does not, its plan has no scenario. */
export const standsBetween = (layout: Layout, { from, to, port }: Asked): boolean => {
  const portsOfEnd = (host: Host) => [undefined, ...host.ips].map((ip) => portsOf(layout, zonesOf(layout, host, ip)))
  const targets = to.flatMap(portsOfEnd)
  return from
    .flatMap(portsOfEnd)
    .some((sources) => targets.some((reached) => pathOf(layout, sources, reached, port) !== undefined))
}

const vlanOf = (asked: Asked, path: Path, zones: readonly (readonly PlanZone[])[]): VlanId => {
  if (asked.vlan !== undefined) return asked.vlan
  const common = path.in.vlans.filter((vlan) => path.out.vlans.includes(vlan))
  const possible = common.filter((vlan) =>
    zones.every((list) => list.length === 0 || list.some((zone) => zone.vlans.includes(vlan))),
  )
  return possible[0] ?? common[0] ?? path.in.vlans[0] ?? 0
}

const ipOf = (flow: Flow, family: Family, src: string, dst: string): IpPacket => {
  const proto = flow.proto ?? 6
  const base = { family, src, dst, proto }
  const port = flow.ports?.[0]?.[0] ?? anyPort
  if (proto === 6) return { ...base, sport: clientPort, dport: port, flags: 2 }
  if (proto === 17) return { ...base, sport: clientPort, dport: port }
  if (proto === 1 || proto === 58) return { ...base, icmpType: family === 4 ? 8 : 128 }
  return base
}

const tagged = (plan: Plan, vlan: VlanId) =>
  plan.kind === 'bridge' && vlan !== 0 ? { tag: { vid: vlan, tpid: 0x8100 } } : {}

/** Every pair of addresses of one family, with every flow of the service that the client opens to the other end. */
export const waysOf = ({ service: { flows } }: Asked, from: Host, to: Host): readonly Way[] =>
  ([4, 6] as const).flatMap((family) => {
    const addresses = ({ ips }: Host) => ips.filter((ip) => familyOf(ip) === family).map((ip) => canonicalIp(ip) ?? ip)
    const possible = flows.filter(
      (flow) => (flow.family === undefined || flow.family === family) && flow.multicast === undefined,
    )
    const opened = possible.filter((flow) => flow.from === 'client')
    return addresses(from).flatMap((src) =>
      addresses(to).flatMap((dst) =>
        (opened.length > 0 ? opened : possible).map((flow): Way => ({ family, src, dst, flow })),
      ),
    )
  })

/** The first packet of a conversation on one edge; undefined when it does not stand between the two. */
export const scenarioOf = (
  plan: Plan,
  asked: Asked,
  from: Host,
  to: Host,
  way: Way | undefined,
): Scenario | undefined => {
  const etherType = asked.service.etherTypes[0]
  if (way === undefined && etherType === undefined) return undefined
  const zones = [zonesOf(plan, from, way?.src ?? from.ips[0]), zonesOf(plan, to, way?.dst ?? to.ips[0])] as const
  const path = pathOf(plan, portsOf(plan, zones[0]), portsOf(plan, zones[1]), asked.port)
  if (path === undefined) return undefined
  const routed = zones[0].length === 0 ? path.in.routers[0] : undefined
  const frame = {
    in: path.in.device,
    out: path.out.device,
    srcMac: asked.mac ?? from.mac ?? routed ?? strangerMac,
    dstMac: to.mac ?? otherMac,
    ...tagged(plan, vlanOf(asked, path, zones)),
  }
  if (way === undefined) return { plan, from, to, packet: { ...frame, etherType: etherType ?? 0 } }
  const { family, src, dst, flow } = way
  return {
    plan,
    from,
    to,
    source: src,
    target: dst,
    packet: { ...frame, etherType: family === 4 ? 0x0800 : 0x86dd, ip: ipOf(flow, family, src, dst) },
  }
}

/** One conversation of every pair of hosts, on every edge that stands between them. */
export const scenariosOf = (plans: readonly Plan[], asked: Asked): readonly Scenario[] =>
  plans
    .filter(({ edge }) => asked.edge === undefined || asked.edge === edge)
    .flatMap((plan) =>
      asked.from.flatMap((from) =>
        asked.to.flatMap((to) => scenarioOf(plan, asked, from, to, waysOf(asked, from, to)[0]) ?? []),
      ),
    )

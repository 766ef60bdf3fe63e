/** Ports, zones and where each address may come from. */
import { canonicalIp, cidrLast } from '#core/address.ts'
import { modes, type Mode } from '#schema/site-words.ts'
import type { Site } from '#schema/site.ts'
import { spanOf } from '../check/span.ts'
import {
  undeclaredVlan,
  type Binding,
  type Known,
  type Placement,
  type PlanPort,
  type PlanZone,
  type PortMode,
  type VlanId,
} from '../plan.ts'
import { familyOf, vlanNumber } from '../ends.ts'
import { sharedBy, type Shared } from './reach.ts'
import { offHours, outOfScope } from './responses.ts'

export interface Topology {
  readonly ports: readonly PlanPort[]
  readonly zones: readonly PlanZone[]
  readonly zoneByName: ReadonlyMap<string, PlanZone>
  readonly known: readonly Known[]
  readonly knownMacs: readonly string[]
  readonly macPorts: readonly { readonly device: string; readonly mac: string }[]
  readonly routerIps: readonly string[]
  readonly bindings: readonly Binding[]
  readonly placements: readonly Placement[]
  readonly portModes: readonly PortMode[]
  readonly shared: Shared
  readonly broadcastAddresses: readonly string[]
}

/** No mode at all counts as observe: nothing is denied where nobody asked for it. */
const mildest = (all: readonly Mode[]): Mode => modes[Math.min(...all.map((mode) => modes.indexOf(mode)))] ?? 'observe'
export const unique = <T>(all: readonly T[]): T[] => [...new Set(all)]

/** A router has an interface of its own for each VLAN, and never sees a tag. */
const untagged: readonly VlanId[] = [0]
const isRouter = (site: Site, edge: string) => site.edges[edge]?.bridge === undefined

const portsOf = (site: Site, edge: string): PlanPort[] =>
  Object.entries(site.edges[edge]?.ports ?? {}).map(([name, port]) => ({
    name,
    device: port.device ?? name,
    zones: port.zones,
    vlans: isRouter(site, edge) ? untagged : unique((port.vlans ?? ['untagged']).map(vlanNumber)),
    routers: port.routers ?? [],
  }))

/** Those that no other one holds, each once: the kernel takes no network within another into one set. */
export const outermost = (networks: readonly string[]): string[] => {
  const spans = networks.flatMap((text, at) => {
    const span = spanOf(text)
    return span === undefined ? [] : [{ ...span, at }]
  })
  const kept = new Set<number>()
  let end = -1n
  for (const { first, last, at } of spans.toSorted((a, b) =>
    a.first < b.first ? -1 : a.first > b.first ? 1 : a.last > b.last ? -1 : a.last < b.last ? 1 : 0,
  ))
    if (first > end) {
      kept.add(at)
      end = last
    }
  return networks.filter((_, at) => kept.has(at))
}

const zonesOf = (site: Site, edge: string, ports: readonly PlanPort[]): PlanZone[] => {
  const present = Object.entries(site.zones).filter(([name]) => ports.some((port) => port.zones.includes(name)))
  return present.map(([name, zone], index) => {
    const behind = ports.filter((port) => port.zones.includes(name))
    const vlans =
      zone.vlan === undefined || isRouter(site, edge)
        ? unique(behind.flatMap((port) => port.vlans))
        : [vlanNumber(zone.vlan)]
    const closed = offHours(site, name)
    return {
      name,
      index,
      mode: zone.mode,
      networks: outermost(zone.networks),
      vlans,
      devices: behind.map((port) => port.device),
      intra: zone.intra === 'permit',
      stranger: outOfScope(site, name, 'stranger'),
      known: outOfScope(site, name, 'known'),
      ...(closed === undefined ? {} : { offHours: closed }),
    }
  })
}

/** What of a plan says between whom its edge stands. */
export type Layout = Pick<Topology, 'ports' | 'zones'>

export const layoutOf = (site: Site, edge: string): Layout => {
  const ports = portsOf(site, edge)
  return { ports, zones: zonesOf(site, edge, ports) }
}

/** Every (port, VLAN) on which a zone lives. */
const places = (zone: PlanZone, ports: readonly PlanPort[]) =>
  ports
    .filter((port) => port.zones.includes(zone.name))
    .flatMap((port) => zone.vlans.filter((vlan) => port.vlans.includes(vlan)).map((vlan) => ({ port, vlan })))

const bindingsOf = (
  ip: string,
  macs: readonly string[] | undefined,
  zone: PlanZone,
  ports: readonly PlanPort[],
): Binding[] =>
  places(zone, ports).flatMap(({ port, vlan }): Binding[] =>
    macs === undefined || macs.length === 0
      ? [{ device: port.device, vlan, ip }]
      : unique([...macs, ...port.routers]).map((mac) => ({ device: port.device, vlan, mac, ip })),
  )

/** An address with a spare (`virtual`) has no MAC in its bindings and is not guarded. */
const macPortsOf = (bindings: readonly Binding[], zones: readonly PlanZone[]): { device: string; mac: string }[] => {
  if (!zones.every(({ mode }) => mode === 'enforce' || mode === 'contain')) return []
  const pairs = bindings.flatMap(({ device, mac }) => (mac === undefined ? [] : [{ device, mac }]))
  return [...new Map(pairs.map((pair) => [`${pair.device} ${pair.mac}`, pair])).values()]
}

/** Compiles what does not depend on conduits. */
export const topology = (site: Site, edge: string): Topology => {
  const { ports, zones } = layoutOf(site, edge)
  const zoneByName = new Map(zones.map((zone) => [zone.name, zone]))
  const allVlans = unique(ports.flatMap((port) => port.vlans))
  const known: Known[] = []
  const bindings: Binding[] = []
  for (const [name, asset] of Object.entries(site.assets)) {
    const zone = zoneByName.get(asset.zone)
    for (const text of asset.ips) {
      const ip = canonicalIp(text) ?? text
      for (const vlan of zone?.vlans ?? allVlans)
        known.push({ asset: name, ip, vlan, zone: asset.zone, kind: asset.kind })
      if (zone !== undefined)
        bindings.push(...bindingsOf(ip, asset.virtual === undefined ? asset.macs : undefined, zone, ports))
    }
  }
  const placements = zones.flatMap((zone) =>
    places(zone, ports).flatMap(({ port, vlan }) =>
      zone.networks.map((network) => ({ device: port.device, vlan, network, zone: zone.index })),
    ),
  )
  const modeOf = (port: PlanPort, vlan: VlanId): Mode => {
    const behind = zones.filter((zone) => port.zones.includes(zone.name))
    const onVlan = port.vlans.includes(vlan) ? behind.filter((zone) => zone.vlans.includes(vlan)) : []
    return mildest((onVlan.length === 0 ? behind : onVlan).map(({ mode }) => mode))
  }
  const portModes = ports.flatMap((port) =>
    [...allVlans, undeclaredVlan].map((vlan) => ({ device: port.device, vlan, mode: modeOf(port, vlan) })),
  )
  return {
    ports,
    zones,
    zoneByName,
    known,
    knownMacs: unique([
      ...Object.values(site.assets).flatMap(({ macs }) => macs ?? []),
      ...ports.flatMap(({ routers }) => routers),
    ]),
    macPorts: macPortsOf(bindings, zones),
    routerIps: known.filter(({ kind }) => kind === 'router' || kind === 'firewall').map(({ ip }) => ip),
    bindings,
    placements,
    portModes,
    shared: sharedBy(zones),
    broadcastAddresses: unique(
      zones.flatMap(({ networks }) =>
        networks.flatMap((network) =>
          familyOf(network) === 4 && Number(network.split('/')[1]) <= 30 ? [cidrLast(network) ?? ''] : [],
        ),
      ),
    ),
  }
}

/** What is not unicast IP: EtherTypes per port pair and MAC pair, and broadcast services. */
import { broadcastServices } from '#protocols/index.ts'
import type { Site } from '#schema/site.ts'
import { resolveEnd } from '../ends.ts'
import type { BroadcastPermit, Layer2Exact, Layer2Permit, PlanConduit, PlanPort } from '../plan.ts'
import { parseService } from '../service.ts'
import type { Topology } from './topology.ts'

/** Ordered pairs of different ports, with the VLANs both carry. */
const paths = (ports: readonly PlanPort[]) =>
  ports.flatMap((a) =>
    ports
      .filter((b) => b !== a)
      .flatMap((b) => a.vlans.filter((vlan) => b.vlans.includes(vlan)).map((vlan) => ({ a, b, vlan }))),
  )

/** What a zone may exchange with the other side enters and leaves it: one of the two ports carries the zone. */
const touches = (zones: readonly string[], { a, b }: { a: PlanPort; b: PlanPort }) =>
  zones.some((zone) => a.zones.includes(zone) || b.zones.includes(zone))

const once = <T>(all: readonly T[]): T[] => [...new Map(all.map((item) => [JSON.stringify(item), item])).values()]

export const compileLayer2 = (site: Site, { ports }: Topology): Layer2Permit[] => {
  const wanted = [
    ...site.layer2.flatMap(({ zones, allow }) =>
      allow.flatMap((name) => (parseService(name, {})?.etherTypes ?? []).map((etherType) => ({ zones, etherType }))),
    ),
    ...site.broadcast.flatMap(({ zone, allow }) =>
      allow.flatMap((id) => {
        const match = broadcastServices[id]?.match
        return match !== undefined && 'etherType' in match ? [{ zones: [zone], etherType: match.etherType }] : []
      }),
    ),
  ]
  return once(
    wanted.flatMap(({ zones, etherType }) =>
      paths(ports)
        .filter((path) => touches(zones, path))
        .map(({ a, b, vlan }) => ({ from: a.device, to: b.device, vlan, etherType })),
    ),
  )
}

export const compileBroadcast = (site: Site, { ports }: Topology): BroadcastPermit[] =>
  once(
    site.broadcast.flatMap(({ zone, allow }) =>
      allow.flatMap((id) => {
        const match = broadcastServices[id]?.match
        if (match === undefined || !('port' in match)) return []
        return paths(ports)
          .filter((path) => touches([zone], path))
          .map(({ a, b, vlan }) => ({ id, from: a.device, to: b.device, vlan, port: match.port }))
      }),
    ),
  )

/** Conduits with an `ethertype/` service, between the MACs of their assets, both ways. */
export const compileLayer2Exact = (
  site: Site,
  top: Topology,
  conduits: readonly PlanConduit[],
  islands: readonly string[],
): Layer2Exact[] =>
  conduits.flatMap((conduit, index) => {
    const types = parseService(conduit.service, site.groups)?.etherTypes ?? []
    if (types.length === 0) return []
    const macsOf = (end: string) =>
      (resolveEnd(site, end)?.assets ?? []).flatMap(({ asset }) =>
        (asset.macs ?? []).flatMap((mac) =>
          (top.zoneByName.get(asset.zone)?.vlans ?? []).map((vlan) => ({ mac, vlan, zone: asset.zone })),
        ),
      )
    const isOverBorder = (a: string, b: string) =>
      !conduit.essential && islands.some((island) => (a === island) !== (b === island))
    const pairs = macsOf(conduit.from).flatMap((a) =>
      macsOf(conduit.to).flatMap((b) =>
        a.vlan === b.vlan && a.mac !== b.mac && !isOverBorder(a.zone, b.zone) ? [{ a, b }] : [],
      ),
    )
    return types.flatMap((etherType) =>
      pairs.flatMap(({ a, b }) => [
        { conduit: index, vlan: a.vlan, src: a.mac, dst: b.mac, etherType },
        { conduit: index, vlan: a.vlan, src: b.mac, dst: a.mac, etherType },
      ]),
    )
  })

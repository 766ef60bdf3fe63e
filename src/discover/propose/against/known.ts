/** Devices under the names that a policy has for them, and where a policy puts them. */
import { canonicalIp, cidrContains } from '#core/address.ts'
import type { Site } from '#schema/site.ts'
import type { Device, Inventory } from '../../model.ts'
import type { Wire } from '../ports.ts'
import { namer } from '../names.ts'
import type { Seating } from '../zones.ts'

const vlanOf = (site: Site, zone: string): number | undefined => {
  const vlan = site.zones[zone]?.vlan
  return vlan === undefined ? undefined : vlan === 'untagged' ? 0 : vlan
}

const isIn = (site: Site, zone: string, vlan: number) => {
  const own = vlanOf(site, zone)
  return own === undefined || own === vlan
}

/** The asset that a device is: by its addresses, in its VLAN where the zone names one. */
const assetNames = (site: Site): ((device: Device) => string | undefined) => {
  const owners = Map.groupBy(
    Object.entries(site.assets).flatMap(([name, { ips, zone }]) =>
      ips.map((ip) => ({ ip: canonicalIp(ip) ?? ip, name, zone })),
    ),
    ({ ip }) => ip,
  )
  return ({ ips, vlan }) => ips.flatMap((ip) => owners.get(ip) ?? []).find(({ zone }) => isIn(site, zone, vlan))?.name
}

/** The same inventory under the names of the policy; a device that it does not know gets a name that is free there. */
export const renamed = (site: Site, inventory: Inventory): Inventory => {
  const nameOf = assetNames(site)
  const free = namer([...Object.keys(site.assets), ...Object.keys(site.groups), ...Object.keys(site.zones), 'any'])
  const used = new Set<string>()
  const devices = new Map(
    inventory.devices.map((device): [Device, Device] => {
      const known = nameOf(device)
      // Two devices of one asset are a spare and its twin: the second is new, and `policy check` would say so.
      const id = known === undefined || used.has(known) ? free(device.id) : known
      used.add(id)
      return [device, { ...device, id }]
    }),
  )
  return {
    devices: [...devices.values()],
    at: (vlan, address) => {
      const found = inventory.at(vlan, address)
      return found === undefined ? undefined : devices.get(found)
    },
    questions: inventory.questions,
  }
}

/** The zone a device has by the policy: that of its asset, else the one whose networks all of its addresses are in. */
export const settledIn = (site: Site): ((device: Device) => string | undefined) => {
  const zones = Object.entries(site.zones)
  return ({ id, ips, vlan }) =>
    site.assets[id]?.zone ??
    zones.find(
      ([name, { networks }]) =>
        isIn(site, name, vlan) && ips.every((ip) => networks.some((network) => cidrContains(network, ip))),
    )?.[0]
}

/** The port for a new zone: of the first edge, the one whose zones are nearest in level. */
export const portFor = (site: Site, level: number): { readonly edge: string; readonly port: string } | undefined => {
  const [edge, box] = Object.entries(site.edges)[0] ?? []
  if (edge === undefined || box === undefined) return undefined
  const distance = (zones: readonly string[]) =>
    Math.min(...zones.map((zone) => Math.abs((site.zones[zone]?.level ?? 99) - level)))
  const [port] = Object.entries(box.ports).toSorted(([, a], [, b]) => distance(a.zones) - distance(b.zones))[0] ?? []
  return port === undefined ? undefined : { edge, port }
}

/** Which zones an edge of the policy stands between, with new ones behind the ports they are put to. */
export const wireOfSite = (site: Site, { zones }: Seating): Wire => {
  const behind = new Map<string, Set<string>>()
  const put = (zone: string, place: string) => behind.set(zone, (behind.get(zone) ?? new Set()).add(place))
  for (const [edge, { ports }] of Object.entries(site.edges))
    for (const [port, { zones: inside }] of Object.entries(ports))
      for (const zone of inside) put(zone, `${edge} ${port}`)
  for (const { name, level } of zones) {
    const place = portFor(site, level)
    if (place !== undefined) put(name, `${place.edge} ${place.port}`)
  }
  const edgeOf = (place: string) => place.slice(0, place.indexOf(' '))
  return {
    ports: [],
    inside: false,
    crosses: (a, b) => {
      if (a === b && site.zones[a]?.intra !== 'deny') return false
      return [...(behind.get(a) ?? [])].some((from) =>
        [...(behind.get(b) ?? [])].some((to) => from !== to && edgeOf(from) === edgeOf(to)),
      )
    },
  }
}

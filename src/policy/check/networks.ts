/** Addresses, networks and where they are. */
import { cidrFirst, parseCidr } from '#core/address.ts'
import type { Site } from '#schema/site.ts'
import type { Path } from '../problem.ts'
import type { Check, Finding } from './context.ts'
import { overlap, spanOf } from './span.ts'

const networksOf = (site: Site): { text: string; path: Path }[] => [
  ...Object.entries(site.zones).flatMap(([zone, { networks }]) =>
    networks.map((text, i) => ({ text, path: ['zones', zone, 'networks', i] })),
  ),
  ...Object.entries(site.groups).flatMap(([group, { networks = [] }]) =>
    networks.map((text, i) => ({ text, path: ['groups', group, 'networks', i] })),
  ),
  ...(['conduits', 'denies', 'redirects'] as const).flatMap((list) =>
    site[list].flatMap((entry, i) =>
      (['from', 'to'] as const).map((end) => ({ text: entry[end], path: [list, i, end] })),
    ),
  ),
]

/** The network that was meant, when host bits are set in what was written. */
const corrected = (text: string): string | undefined => {
  const cidr = parseCidr(text)
  if (cidr === undefined) return undefined
  const first = cidrFirst(text)
  return spanOf(first)?.first === spanOf(text.slice(0, text.indexOf('/')))?.first
    ? undefined
    : `${first}/${cidr.length}`
}

/** IFNAMSIZ of Linux, without the zero at its end. */
const longestDevice = 15

/** A router has one host at an address. */
const haveOneRouter = (site: Site, one: string, other: string): boolean =>
  Object.values(site.edges).some(({ bridge, ports }) => {
    const zones = Object.values(ports).flatMap((port) => port.zones)
    return bridge === undefined && zones.includes(one) && zones.includes(other)
  })

export const networks: readonly Check[] = [
  {
    code: 'host-bits',
    severity: 'error',
    summary: 'A network has host bits set: the address is not the first of the network.',
    *find({ site }) {
      for (const { text, path } of networksOf(site)) {
        const right = corrected(text)
        if (right !== undefined) yield { path, message: `network ${text} has host bits set`, expected: right }
      }
    },
  },
  {
    code: 'asset-outside-zone',
    severity: 'error',
    summary: 'An address of an asset is in none of its zone’s networks.',
    *find({ site, zoneSpans }) {
      for (const [name, { ips, zone }] of Object.entries(site.assets)) {
        const spans = zoneSpans.get(zone)
        if (spans === undefined) continue
        for (const [i, ip] of ips.entries()) {
          const span = spanOf(ip)
          if (span !== undefined && overlap([span], spans)) continue
          const home =
            span === undefined ? undefined : [...zoneSpans].find(([, others]) => overlap([span], others))?.[0]
          yield {
            path: ['assets', name, 'ips', i],
            message: `address ${ip} is not in zone \`${zone}\`${home === undefined ? '' : ` but in \`${home}\``}`,
            expected: `an address in ${site.zones[zone]?.networks.join(' or ') ?? ''}`,
          }
        }
      }
    },
  },
  {
    code: 'zones-overlap',
    severity: 'error',
    summary: 'Two zones share addresses without being in different VLANs, or behind one edge that routes.',
    *find({ site }) {
      const all = Object.entries(site.zones).flatMap(([zone, { networks: list, vlan }]) =>
        list.flatMap((text, i) => {
          const span = spanOf(text)
          return span === undefined ? [] : [{ zone, vlan, text, span, path: ['zones', zone, 'networks', i] }]
        }),
      )
      // By first address: only those that reach into the next can overlap it.
      let open: typeof all = []
      for (const b of all.toSorted((x, y) =>
        x.span.first < y.span.first ? -1 : x.span.first > y.span.first ? 1 : 0,
      )) {
        open = open.filter(({ span }) => span.last >= b.span.first)
        for (const a of open) {
          const apart =
            a.vlan !== undefined && b.vlan !== undefined && a.vlan !== b.vlan && !haveOneRouter(site, a.zone, b.zone)
          const [earlier, later] = all.indexOf(a) < all.indexOf(b) ? [a, b] : [b, a]
          if (!apart && a.zone !== b.zone)
            yield {
              path: later.path,
              message: `network ${later.text} overlaps ${earlier.text} of zone \`${earlier.zone}\``,
              expected: 'separate networks, or a different `vlan` for each zone',
            }
        }
        open.push(b)
      }
    },
  },
  {
    code: 'zone-without-port',
    severity: 'warning',
    summary: 'A zone is behind no port of any edge, so that nothing is enforced for it.',
    *find({ site }) {
      const placed = new Set(
        Object.values(site.edges).flatMap(({ ports }) => Object.values(ports).flatMap(({ zones }) => zones)),
      )
      for (const zone of Object.keys(site.zones))
        if (!placed.has(zone))
          yield { path: ['zones', zone], part: 'key', message: `zone \`${zone}\` is behind no port of any edge` }
    },
  },
  {
    code: 'zone-vlan',
    severity: 'warning',
    summary: 'A zone’s VLAN is not carried by a port it is behind.',
    *find({ site }) {
      for (const [edge, { ports, bridge }] of Object.entries(site.edges))
        for (const [port, { zones, vlans = ['untagged'] }] of bridge === undefined ? [] : Object.entries(ports))
          for (const [i, zone] of zones.entries()) {
            const vlan = site.zones[zone]?.vlan
            if (vlan === undefined || vlans.some((carried) => carried === vlan)) continue
            yield {
              path: ['edges', edge, 'ports', port, 'zones', i],
              message: `zone \`${zone}\` is in VLAN ${vlan}, which port \`${port}\` does not carry`,
              expected: `${vlan} in \`vlans\``,
            }
          }
    },
  },
  {
    code: 'routed-vlan',
    severity: 'warning',
    summary:
      'A port of an edge that routes has `vlans`, which it never sees: each VLAN is an interface of its own there.',
    *find({ site }) {
      for (const [edge, { ports, bridge }] of Object.entries(site.edges))
        for (const [port, { vlans = [] }] of Object.entries(ports))
          if (bridge === undefined && vlans.some((vlan) => vlan !== 'untagged'))
            yield {
              path: ['edges', edge, 'ports', port, 'vlans'],
              message: `edge \`${edge}\` routes, and sees no VLAN tags`,
              expected: 'a port for each VLAN, with its interface as `device`, such as eth1.20',
            }
    },
  },
  {
    code: 'bridge-address',
    severity: 'error',
    summary: 'The `address` of an edge is no address in CIDR notation.',
    *find({ site }) {
      for (const [edge, { address }] of Object.entries(site.edges))
        if (address !== undefined && parseCidr(address) === undefined)
          yield {
            path: ['edges', edge, 'address'],
            message: `${address} is no address in CIDR notation`,
            expected: 'such as 198.18.2.2/24',
          }
    },
  },
  {
    code: 'device-name',
    severity: 'error',
    summary: 'A port without `device` has a name that is too long for a Linux interface.',
    *find({ site }) {
      for (const [edge, { ports }] of Object.entries(site.edges))
        for (const [port, { device }] of Object.entries(ports))
          if (device === undefined && port.length > longestDevice)
            yield {
              path: ['edges', edge, 'ports', port],
              part: 'key',
              message: `no interface can be called \`${port}\`: that is more than ${longestDevice} characters`,
              expected: 'its interface as `device`, or a shorter name',
            }
    },
  },
  {
    code: 'duplicate-device',
    severity: 'error',
    summary: 'Two ports of one edge are the same interface, or a port is the bridge itself.',
    *find({ site }) {
      for (const [edge, { ports, bridge }] of Object.entries(site.edges)) yield* sameDevice(edge, ports, bridge)
    },
  },
]

function* sameDevice(
  edge: string,
  ports: Site['edges'][string]['ports'],
  bridge: string | undefined,
): Iterable<Finding> {
  const owners = new Map<string, string>(bridge === undefined ? [] : [[bridge, 'the bridge']])
  for (const [port, { device = port }] of Object.entries(ports)) {
    const other = owners.get(device)
    if (other !== undefined)
      yield {
        path: ['edges', edge, 'ports', port],
        part: 'key',
        message: `port \`${port}\` is interface ${device}, which is ${other}`,
      }
    owners.set(device, `port \`${port}\``)
  }
}

/** Random site policies: everything the kernel decides about, in small documents that people could have written. */
import { broadcastServices, isProtocolName } from '#protocols/index.ts'
import { etherTypes } from '#protocols/layer2.ts'
import { kinds, modes, type Site } from '#schema/site.ts'
import type * as z from 'zod'
import type { Random } from './random.ts'

/** The document as it is written: what has a default may be missing. */
export type Document = z.input<typeof Site>
type Zones = Document['zones']
type Ends = readonly string[]

export const edgeName = 'edge-1'
export const mac = (number: number): string =>
  `02:00:${[24, 16, 8, 0].map((shift) => ((number >>> shift) & 255).toString(16).padStart(2, '0')).join(':')}`

const vlanSchemes = [
  [['untagged'], ['untagged'], ['untagged']],
  [['untagged', 20], ['untagged', 20], ['untagged']],
  [[20, 30], [20, 30], [30]],
  [['untagged'], ['untagged', 20], [20]],
] as const

const portsOf = (random: Random, zoneNames: readonly string[]) => {
  const names = ['plant', 'cell', 'dmz'].slice(0, random.chance(0.6) || zoneNames.length < 3 ? 2 : 3)
  const scheme = random.chance(0.5) ? vlanSchemes[0] : random.pick(vlanSchemes)
  return Object.fromEntries(
    names.map((name, at) => {
      const own = zoneNames.filter((_, index) => index % names.length === at)
      // Now and then a zone has two ways in.
      const more = random.chance(0.1) ? zoneNames.filter((zone) => !own.includes(zone)).slice(0, 1) : []
      const vlans = [...(scheme[at] ?? scheme[0])]
      const routers = random.chance(0.3) ? { routers: [mac(0xee00 + at)] } : {}
      return [
        name,
        { zones: [...own, ...more], ...(vlans.length === 1 && vlans[0] === 'untagged' ? {} : { vlans }), ...routers },
      ]
    }),
  )
}

const zoneOf = (random: Random, index: number, vlans: readonly ('untagged' | number)[]): Zones[string] => ({
  level: 1 + (index % 3),
  networks: [
    `198.18.${index}.0/26`,
    ...(random.chance(0.6) ? [`fd00:198:18:${index}::/64`] : []),
    // One inside another, one twice, another one beside.
    ...(random.chance(0.15)
      ? [random.pick([`198.18.${index}.0/27`, `198.18.${index}.0/26`, `198.18.${index}.64/26`])]
      : []),
  ],
  mode: random.weighted({ contain: 45, enforce: 25, shadow: 15, observe: 15 }),
  ...(random.chance(0.4) ? { intra: random.pick(['deny', 'permit'] as const) } : {}),
  ...(vlans.length > 1 && random.chance(0.6) ? { vlan: random.pick(vlans) } : {}),
})

const assetOf = (
  random: Random,
  zone: string,
  { networks }: Zones[string],
  number: number,
): NonNullable<Document['assets']>[string] => {
  const last = 2 + (number % 40)
  const addresses = networks.map((network) =>
    network.includes('::/') ? network.replace('::/64', `::${last.toString(16)}`) : network.replace('.0/26', `.${last}`),
  )
  const ips = addresses.length > 1 && random.chance(0.3) ? [random.pick(addresses)] : addresses
  return {
    ips,
    zone,
    ...(random.chance(0.7) ? { macs: random.times(1, 2, (at) => mac(0xa000 + number * 4 + at)) } : {}),
    ...(random.chance(0.8) ? { kind: random.pick(kinds) } : {}),
    ...(random.chance(0.06) ? { virtual: random.pick(['vrrp', 'redundant-pair'] as const) } : {}),
  }
}

const services = (
  'modbus modbus enip bacnet s7comm dnp3 opcua iec104 tcp/502 tcp/8000-8010 tcp/1000-1200 tcp/1-65535 tcp/any udp/2222 ' +
  'udp/5000-5004 udp/65535 udp/any icmp icmp ip/47 ip/89 ip/6 ip/17 ip/1 ip/58 ip/132 any ethertype/0x8892 goose g-ports'
).split(' ')

const groupsOf = (random: Random, assets: Ends, zones: Zones): NonNullable<Document['groups']> => ({
  'g-assets': { assets: random.some(assets, random.int(1, 3)) },
  'g-kinds': { kinds: random.some(kinds, 4), ...(random.chance(0.3) ? { assets: random.some(assets, 1) } : {}) },
  'g-networks': {
    networks: [
      ...(random.chance(0.5) ? ['203.0.113.0/24'] : []),
      ...(random.chance(0.3) ? ['fd00:198:18:9::/64'] : []),
      ...Object.values(zones)
        .slice(0, 1)
        .flatMap(({ networks }) => networks.map((network) => network.replace('.0/26', '.0/28'))),
    ],
  },
  // An asset by itself and in a network.
  'g-mixed': {
    assets: random.some(assets, 1),
    networks: ['198.18.0.0/24', ...(random.chance(0.5) ? ['198.18.0.0/26'] : [])],
  },
  'g-ports': { ports: ['tcp/502', 'udp/2222', 'tcp/9000-9002', ...(random.chance(0.3) ? ['tcp/400-600'] : [])] },
  'g-night': { times: [{ from: '02:00', to: '04:00' }] },
  'g-weekend': { times: [{ days: ['sat', 'sun'], from: '00:00', to: '24:00' }] },
})

const endOf = (random: Random, assets: Ends, zones: Ends): string => {
  const kind = random.weighted({ asset: 48, group: 17, zone: 14, address: 6, network: 7, any: 8 })
  if (kind === 'asset' && assets.length > 0) return random.pick(assets)
  if (kind === 'group') return random.pick(['g-assets', 'g-kinds', 'g-networks', 'g-mixed'])
  if (kind === 'zone') return random.pick(zones)
  if (kind === 'address') return random.pick(['198.18.0.9', '198.18.1.60', '203.0.113.5', 'fd00:198:18:1::99'])
  return kind === 'network' ? random.pick(['198.18.0.0/27', '203.0.113.0/25', 'fd00:198:18::/60']) : 'any'
}

/** A service that is an EtherType is between assets whose MACs are known. */
const isLayer2 = (service: string) => service === 'goose' || service.startsWith('ethertype')

const conditionsOf = (random: Random): { readonly when?: NonNullable<Document['conduits']>[number]['when'] } => {
  const times = random.chance(0.2) ? random.pick(['g-night', 'g-weekend']) : undefined
  const risk = random.chance(0.3) ? random.pick([40, 60]) : undefined
  if (risk === undefined) return times === undefined ? {} : { when: times }
  return { when: { ...(times === undefined ? {} : { times }), 'risk-below': risk } }
}

const conduitOf = (
  random: Random,
  index: number,
  names: { assets: Ends; bound: Ends; zones: Ends },
): NonNullable<Document['conduits']>[number] => {
  const essential = random.chance(0.15)
  const service = random.pick(services.filter((one) => names.bound.length > 1 || !isLayer2(one)))
  const [from, to] = isLayer2(service)
    ? random.some(names.bound, 2)
    : [endOf(random, names.assets, names.zones), endOf(random, names.assets, names.zones)]
  return {
    id: `c${index}`,
    from: from ?? 'any',
    to: to ?? 'any',
    service,
    ...(essential ? { essential } : {}),
    ...(random.chance(0.1) ? { mode: random.pick(['observe', 'shadow', 'enforce', 'contain'] as const) } : {}),
    // Judged by commands: without an inspector its packets pass, marked and audited, as its conduit says of failures.
    ...(isProtocolName(service) && random.chance(0.3) ? { allow: ['read'] } : {}),
    ...(essential || isLayer2(service) ? {} : conditionsOf(random)),
    ...(!essential && random.chance(0.1) ? { expires: random.pick(['2020-01-01', '2090-01-01']) } : {}),
  }
}

const responseTexts = ['contain 1h', 'contain 30m site', 'contain', 'deny', 'alert'] as const

/** A random policy of one edge with the name {@link edgeName}. */
export const randomPolicy = (random: Random): Document => {
  const zoneNames = random.times(2, 4, (index) => `zone-${index}`)
  const ports = portsOf(random, zoneNames)
  const zones: Zones = Object.fromEntries(
    zoneNames.map((name, index) => {
      const behind = Object.values(ports).find((port) => port.zones.includes(name))
      return [name, zoneOf(random, index, behind?.vlans ?? ['untagged'])]
    }),
  )
  // The same addresses on two VLANs are different hosts.
  const [one, other] = Object.values(zones).filter(({ vlan }) => vlan !== undefined)
  if (one !== undefined && other !== undefined && one.vlan !== other.vlan && random.chance(0.5))
    other.networks = one.networks
  // A zone that is behind another edge: its assets are known here and have no place.
  if (random.chance(0.25)) zones['zone-far'] = { level: 3, networks: ['198.18.8.0/26'], mode: 'enforce' }
  const assets = Object.fromEntries(
    Object.entries(zones).flatMap(([zone, value], at) =>
      random.times(1, 3, (index) => [`asset-${at}-${index}`, assetOf(random, zone, value, at * 4 + index)] as const),
    ),
  )
  const [assetNames, allZones] = [Object.keys(assets), Object.keys(zones)]
  const bound = assetNames.filter((name) => assets[name]?.macs !== undefined)
  return {
    version: 1,
    site: 'random',
    edges: { [edgeName]: { bridge: 'br0', ports } },
    zones,
    assets,
    groups: groupsOf(random, assetNames, zones),
    conduits: random.times(2, 8, (index) => conduitOf(random, index, { assets: assetNames, bound, zones: allZones })),
    denies: random.times(0, 2, (index) => ({
      id: `d${index}`,
      from: endOf(random, assetNames, allZones),
      to: endOf(random, assetNames, allZones),
      service: random.pick(services.filter((service) => !isLayer2(service))),
    })),
    broadcast: random.times(0, 2, () => ({
      zone: random.pick(zoneNames),
      allow: random.some(Object.keys(broadcastServices), 2),
    })),
    layer2: random.times(0, 2, () => ({
      zones: random.some(zoneNames, 2),
      allow: random.some(Object.keys(etherTypes), 3),
    })),
    sensors: random.chance(0.3)
      ? [
          {
            id: 'scan',
            counts: random.pick(['distinct-destinations', 'distinct-ports', 'packets', 'first-seen-peer'] as const),
            over: 5,
            in: '10s',
          },
        ]
      : [],
    responses: zoneNames
      .filter(() => random.chance(0.4))
      .flatMap((zone) =>
        (random.chance(0.4) ? ['out-of-scope' as const, 'off-hours' as const] : ['out-of-scope' as const]).map(
          (event) => ({ zone, event }),
        ),
      )
      .map((row) => ({
        ...row,
        stranger: random.pick(responseTexts),
        known: random.pick([...responseTexts, 'contain 1h'] as const),
        'agreed-by': ['security', 'engineering', 'operations', 'safety'],
      })),
  }
}

/** The policy some weeks later: less of it, and other modes. */
export const changedPolicy = (random: Random, policy: Document): Document => {
  const most = <T>(rows: readonly T[] = []): T[] => rows.filter(() => random.chance(0.7))
  const { conduits = [], denies, broadcast, layer2, responses, zones, assets = {} } = policy
  const named = new Set(conduits.flatMap(({ from, to }) => [from, to]))
  return {
    ...policy,
    zones: Object.fromEntries(
      Object.entries(zones).map(([name, zone]) => [
        name,
        random.chance(0.4) ? { ...zone, mode: random.pick(modes) } : zone,
      ]),
    ),
    assets: Object.fromEntries(Object.entries(assets).filter(([name]) => named.has(name) || random.chance(0.8))),
    conduits: most(conduits),
    denies: most(denies),
    broadcast: most(broadcast),
    layer2: most(layer2),
    responses: most(responses),
  }
}

/** What of a pool's approved addresses remains, and which edge answers for it. */
import type { Decoys } from '#schema/decoys.ts'
import type { Site } from '#schema/site.ts'
import { joined, readSpan, without, type Span } from './spans.ts'

export type Pool = Decoys['pools'][number]

/** Addresses of one pool; beyond, nobody reaches the coverage that decoys are for. */
export const poolLimit = 4096

export interface Denied {
  readonly span: Span
  /** Why, for a person: `asset \`plc\``. */
  readonly why: string
}

const spanOf = (text: string, why: string): Denied[] => {
  const span = readSpan(text)
  return span === undefined ? [] : [{ span, why }]
}

const hostOf = (address: string): string => address.slice(0, address.includes('/') ? address.indexOf('/') : undefined)

/** First and last address of a network, which belong to nobody. */
const endsOf = (network: string): Denied[] => {
  const span = readSpan(network)
  if (span === undefined || span.last - span.first < 3) return []
  return [
    { span: { first: span.first, last: span.first }, why: `the address of network ${network}` },
    { span: { first: span.last, last: span.last }, why: `the broadcast address of ${network}` },
  ]
}

/** A site has thousands of assets, and each of its pools asks. */
const once = (make: (site: Site) => readonly Denied[]): ((site: Site) => readonly Denied[]) => {
  const made = new WeakMap<Site, readonly Denied[]>()
  return (site) => {
    const known = made.get(site) ?? make(site)
    made.set(site, known)
    return known
  }
}

/** Addresses of real hosts. */
export const realOf = once((site) => [
  ...Object.entries(site.assets).flatMap(([name, { ips }]) => ips.flatMap((ip) => spanOf(ip, `asset \`${name}\``))),
  ...(site.decoys?.pools ?? []).flatMap(({ id, gateway }) =>
    gateway === undefined ? [] : spanOf(gateway, `the gateway of pool \`${id}\``),
  ),
])

/** Addresses that somebody has: no decoy, and not dark. */
export const heldOf = once((site) => [
  ...realOf(site),
  ...Object.entries(site.edges).flatMap(([name, { address }]) =>
    address === undefined ? [] : spanOf(hostOf(address), `edge \`${name}\``),
  ),
])

/** Everything that no decoy may stand on, whatever is approved. */
export const deniedOf = once((site) => [
  ...heldOf(site),
  ...(site.decoys?.deny ?? []).flatMap((text) => spanOf(text, `\`deny\` ${text}`)),
  ...(site.decoys?.['sensor-only'] ?? []).flatMap((text) => spanOf(text, `\`sensor-only\` ${text}`)),
  ...Object.values(site.zones).flatMap(({ networks }) => networks.flatMap(endsOf)),
])

const holesOf = new WeakMap<Site, readonly Span[]>()

/** Approved without what is denied, in order. */
export const remaining = (site: Site, approved: Pool['approved']): Span[] => {
  const holes = holesOf.get(site) ?? joined(deniedOf(site).map(({ span }) => span))
  holesOf.set(site, holes)
  return without(
    approved.flatMap((text) => readSpan(text) ?? []),
    holes,
  )
}

export const edgesWith = (site: Site, zone: string): string[] =>
  Object.entries(site.edges).flatMap(([name, { ports }]) =>
    Object.values(ports).some(({ zones }) => zones.includes(zone)) ? [name] : [],
  )

/** The edge that answers for a pool; nothing where the policy leaves it open. */
export const edgeOf = (site: Site, pool: Pool): string | undefined => {
  if (pool.edge !== undefined) return Object.hasOwn(site.edges, pool.edge) ? pool.edge : undefined
  const found = edgesWith(site, pool.zone)
  return found.length === 1 ? found[0] : undefined
}

/** Edges that answer for a pool. */
export const edgesWithDecoys = (site: Site): string[] => [
  ...new Set((site.decoys?.pools ?? []).flatMap((pool) => edgeOf(site, pool) ?? [])),
]

/** The zone's network in which all of a pool's addresses lie. */
export const networkOf = (site: Site, pool: Pool): string | undefined => {
  const spans = pool.approved.flatMap((text) => readSpan(text) ?? [])
  const networks = Object.hasOwn(site.zones, pool.zone) ? (site.zones[pool.zone]?.networks ?? []) : []
  return networks.find((text) => {
    const network = readSpan(text)
    return network !== undefined && spans.every(({ first, last }) => network.first <= first && last <= network.last)
  })
}

/** The zone in whose networks all of a network lies. */
export const zoneOf = (site: Site, network: string): string | undefined => {
  const inner = readSpan(network)
  if (inner === undefined) return undefined
  return Object.entries(site.zones).find(([, { networks }]) =>
    networks.some((text) => {
      const outer = readSpan(text)
      return outer !== undefined && outer.first <= inner.first && inner.last <= outer.last
    }),
  )?.[0]
}

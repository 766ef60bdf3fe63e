/** Sets of addresses as sorted, disjoint spans, so that "within" and "overlaps" are exact for hosts and networks alike. */
import { parseCidr, parseIp } from '#core/address.ts'
import type { Site } from '#schema/site.ts'
import { vlanNumber, type End } from '../ends.ts'
import type { VlanId } from '../plan.ts'

/** Both families on one line: IPv6 addresses follow the IPv4 ones. */
export interface Span {
  readonly first: bigint
  readonly last: bigint
}
export type Spans = readonly Span[]

const offset6 = 1n << 32n
/** Line 0 has the addresses that mean one host wherever they are; those that zones share are on the line of their VLAN. */
const lineLength = 1n << 130n
const lineOf = (vlan: VlanId): bigint => lineLength * BigInt(vlan + 1)

/** The VLAN whose line an address is on, if it is on one, and the address on line 0. */
export const placeOf = (address: bigint): { readonly vlan?: VlanId; readonly address: bigint } => {
  const line = address / lineLength
  return line === 0n ? { address } : { vlan: Number(line) - 1, address: address % lineLength }
}

export const spanOf = (text: string): Span | undefined => {
  const ip = text.includes('/') ? parseCidr(text) : parseIp(text)
  if (ip === undefined) return undefined
  const bits = ip.family === 4 ? 32 : 128
  const length = 'length' in ip && typeof ip.length === 'number' ? ip.length : bits
  const host = (1n << BigInt(bits - length)) - 1n
  const first = (ip.value | host) ^ host
  const base = ip.family === 4 ? 0n : offset6
  return { first: base + first, last: base + first + host }
}

/** Sorted, with touching and overlapping spans joined. */
export const join = (spans: readonly Span[]): Spans => {
  const joined: Span[] = []
  for (const span of spans.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const last = joined.at(-1)
    if (last !== undefined && span.first <= last.last + 1n)
      joined[joined.length - 1] = { first: last.first, last: span.last > last.last ? span.last : last.last }
    else joined.push(span)
  }
  return joined
}

export const overlap = (a: Spans, b: Spans): boolean => {
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [left, right] = [a[i]!, b[j]!]
    if (left.last < right.first) i++
    else if (right.last < left.first) j++
    else return true
  }
  return false
}

/** Whether every address of `inner` is in `outer`. */
export const within = (inner: Spans, outer: Spans): boolean => {
  let j = 0
  for (const span of inner) {
    while (j < outer.length && outer[j]!.last < span.first) j++
    const around = outer[j]
    if (around === undefined || around.first > span.first || around.last < span.last) return false
  }
  return true
}

/** What two sets have in common. */
export const clip = (a: Spans, b: Spans): Spans => {
  const out: { first: bigint; last: bigint }[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [left, right] = [a[i]!, b[j]!]
    const first = left.first > right.first ? left.first : right.first
    const last = left.last < right.last ? left.last : right.last
    if (first <= last) out.push({ first, last })
    if (left.last < right.last) i++
    else j++
  }
  return out
}

const shifted = (spans: readonly Span[], by: bigint): Span[] =>
  spans.map(({ first, last }) => ({ first: first + by, last: last + by }))

/** Where addresses are that mean another host on another VLAN. */
export interface Places {
  /** Start of the line of a zone. */
  readonly of: (zone: string) => bigint
  /** Addresses wherever they are. */
  readonly everywhere: (spans: Spans) => readonly Span[]
}

const oneLine: Places = { of: () => 0n, everywhere: (spans) => spans }

type Zones = Site['zones']
const tagged = (zones: Zones) =>
  Object.entries(zones).flatMap(([name, { networks, vlan }]) =>
    vlan === undefined
      ? []
      : [{ name, line: lineOf(vlanNumber(vlan)), spans: join(networks.flatMap((text) => spanOf(text) ?? [])) }],
  )

/** Addresses that zones of different VLANs have in common, each zone being a copy of the other. */
const sharedBy = (zones: ReturnType<typeof tagged>): Spans => {
  const all = zones.flatMap(({ line, spans }) => spans.map((span) => ({ ...span, line })))
  const shared: Span[] = []
  let open: typeof all = []
  for (const next of all.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    open = open.filter(({ last }) => last >= next.first)
    for (const { line, last } of open)
      if (line !== next.line) shared.push({ first: next.first, last: last < next.last ? last : next.last })
    open.push(next)
  }
  return join(shared)
}

/**
 * Cells that are copies of each other have the same addresses, each on its own VLAN.
 * @param others a policy to compare with: what is shared in one of the two is told apart in both
 */
export const placesOf = (zones: Zones, others: Zones = {}): Places => {
  const [own, theirs] = [tagged(zones), tagged(others)]
  const shared = join([...sharedBy(own), ...sharedBy(theirs)])
  if (shared.length === 0) return oneLine
  const isShared = ({ spans }: { readonly spans: Spans }) => overlap(spans, shared)
  const lines = new Map(own.filter(isShared).map(({ name, line }) => [name, line]))
  const there = [...Map.groupBy([...own, ...theirs].filter(isShared), ({ line }) => line)].map(
    ([line, placed]) => [line, join(placed.flatMap(({ spans }) => spans))] as const,
  )
  return {
    of: (zone) => lines.get(zone) ?? 0n,
    everywhere: (spans) => [...spans, ...there.flatMap(([line, zoned]) => shifted(clip(spans, zoned), line))],
  }
}

const anybody: Spans = [{ first: 0n, last: offset6 + (1n << 128n) - 1n }]

/** An asset or zone is on its own line; an address or network that is written as such, on all. */
export const addressesOf = (end: End, places: Places = oneLine): Spans => {
  const spansOf = (texts: readonly string[]) => texts.flatMap((text) => spanOf(text) ?? [])
  const written = end.networks.flatMap(({ network, zone }) => (zone === undefined ? [network] : []))
  return join([
    ...places.everywhere(end.any ? anybody : join(spansOf(written))),
    ...end.assets.flatMap(({ asset: { ips, zone } }) => shifted(spansOf(ips), places.of(zone))),
    ...end.networks.flatMap(({ network, zone }) =>
      zone === undefined ? [] : shifted(spansOf([network]), places.of(zone)),
    ),
  ])
}

/** Zones whose networks an end touches, and those its assets are in. */
export const zonesOf = (site: Site, end: End, networks: ReadonlyMap<string, Spans>): ReadonlySet<string> => {
  const zones = new Set(end.assets.map(({ asset }) => asset.zone))
  for (const { zone } of end.networks) if (zone !== undefined) zones.add(zone)
  if (!end.any && end.networks.every(({ zone }) => zone !== undefined)) return zones
  const spans = addressesOf(end)
  for (const zone of Object.keys(site.zones)) if (overlap(spans, networks.get(zone) ?? [])) zones.add(zone)
  return zones
}

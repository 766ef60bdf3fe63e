/** Sets of addresses as sorted, disjoint spans, so that "within" and "overlaps" are exact for hosts and networks alike. */
import { parseCidr, parseIp } from '#core/address.ts'
import type { Site } from '#schema/site.ts'
import type { End } from '../ends.ts'

/** Both families on one line: IPv6 addresses follow the IPv4 ones. */
export interface Span {
  readonly first: bigint
  readonly last: bigint
}
export type Spans = readonly Span[]

const offset6 = 1n << 32n
const everything: Spans = [{ first: 0n, last: offset6 + (1n << 128n) - 1n }]

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

export const addressesOf = (end: End): Spans => {
  if (end.any) return everything
  const texts = [...end.assets.flatMap(({ asset }) => asset.ips), ...end.networks.map(({ network }) => network)]
  return join(texts.flatMap((text) => spanOf(text) ?? []))
}

/** Zones whose networks an end touches, and those its assets are in. */
export const zonesOf = (site: Site, end: End, networks: ReadonlyMap<string, Spans>): ReadonlySet<string> => {
  const zones = new Set(end.assets.map(({ asset }) => asset.zone))
  const named = end.networks.flatMap(({ zone }) => (zone === undefined ? [] : [zone]))
  for (const zone of named) zones.add(zone)
  if (end.assets.length > 0 && end.networks.length === 0) return zones
  const spans = addressesOf(end)
  for (const zone of Object.keys(site.zones)) if (overlap(spans, networks.get(zone) ?? [])) zones.add(zone)
  return zones
}

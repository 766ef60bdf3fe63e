/** Sets of IPv4 addresses as spans of numbers of 32 bits. */
import { cidrFirst, cidrLast, formatIp, parseCidr, parseIp } from '#core/address.ts'

export interface Span {
  readonly first: number
  readonly last: number
}

const numberOf = (text: string): number | undefined => {
  const ip = parseIp(text)
  return ip?.family === 4 ? Number(ip.value) : undefined
}

/** An address as a number; 0 for what is no IPv4 address. */
export const toNumber = (text: string): number => numberOf(text) ?? 0
export const toAddress = (value: number): string => formatIp(4, BigInt(value))

/** Reads an address, a network or `first-last`; nothing when it is malformed, IPv6, or falls. */
export const readSpan = (text: string): Span | undefined => {
  const dash = text.indexOf('-')
  const network = dash < 0 && text.includes('/')
  if (network && parseCidr(text) === undefined) return undefined
  const [from, to] = network
    ? [cidrFirst(text), cidrLast(text)]
    : dash < 0
      ? [text, text]
      : [text.slice(0, dash), text.slice(dash + 1)]
  const [first, last] = [numberOf(from), numberOf(to)]
  return first === undefined || last === undefined || first > last ? undefined : { first, last }
}

/** In order, with touching and overlapping ones joined. */
export const joined = (spans: readonly Span[]): Span[] => {
  const out: Span[] = []
  for (const span of spans.toSorted((a, b) => a.first - b.first)) {
    const before = out.at(-1)
    if (before !== undefined && span.first <= before.last + 1)
      out[out.length - 1] = { first: before.first, last: Math.max(before.last, span.last) }
    else out.push(span)
  }
  return out
}

/** What is in one of `spans` and in none of `holes`, in order. @param holes as {@link joined} gives them */
export const without = (spans: readonly Span[], holes: readonly Span[]): Span[] =>
  joined(spans).flatMap(({ first, last }) => {
    const rest: Span[] = []
    let from = first
    for (const hole of holes) {
      if (hole.last < from) continue
      if (hole.first > last) break
      if (hole.first > from) rest.push({ first: from, last: hole.first - 1 })
      from = hole.last + 1
    }
    return from <= last ? [...rest, { first: from, last }] : rest
  })

export const meets = (a: Span, b: Span): boolean => a.first <= b.last && b.first <= a.last
export const holds = (outer: Span, inner: Span): boolean => outer.first <= inner.first && inner.last <= outer.last
export const sizeOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, { first, last }) => sum + last - first + 1, 0)

/** Every address of the spans, at most `limit`. */
export const addressesOf = (spans: readonly Span[], limit: number): string[] => {
  const out: string[] = []
  for (const { first, last } of spans)
    for (let value = first; value <= last && out.length < limit; value++) out.push(toAddress(value))
  return out
}

/** Sets of networks, asked often: sorted spans instead of a walk over all of them. */
import { formatIp, parseCidr, parseIp } from '#core/address.ts'

interface Span {
  readonly first: bigint
  last: bigint
}
export interface Networks {
  readonly size: number
  /** Whether an address lies in one of them, or a network touches one. */
  touches(text: string): boolean
}

const widthOf = (family: 4 | 6): number => (family === 4 ? 32 : 128)

/** An address or a network as a span. Host bits are cleared. */
export const spanOf = (text: string): { family: 4 | 6; first: bigint; last: bigint; length: number } | undefined => {
  const cidr = text.includes('/') ? parseCidr(text) : undefined
  const ip = cidr ?? parseIp(text)
  if (ip === undefined) return undefined
  const length = cidr?.length ?? widthOf(ip.family)
  const host = (1n << BigInt(widthOf(ip.family) - length)) - 1n
  const first = ip.value & ~host
  return { family: ip.family, first, last: first | host, length }
}

/** As PostgreSQL's cidr and firewalls take it: `198.18.1.0/24`, an address with its whole length. */
export const cidrText = (text: string): string | undefined => {
  const span = spanOf(text)
  return span && `${formatIp(span.family, span.first)}/${span.length}`
}

/** Shortest prefix that a list may name: a wider network names no source. */
export const shortest = { 4: 8, 6: 16 } as const

/** The networks around an address that a list may name, the narrowest first. */
export const prefixesOf = (ip: string): readonly string[] => {
  const span = spanOf(ip)
  if (span === undefined) return []
  const width = widthOf(span.family)
  return Array.from({ length: width - shortest[span.family] + 1 }, (_, at) => {
    const first = (span.first >> BigInt(at)) << BigInt(at)
    return `${formatIp(span.family, first)}/${width - at}`
  })
}

/** Text that is neither an address nor a network is left out. */
export const networksOf = (texts: Iterable<string>): Networks => {
  const found: Record<4 | 6, Span[]> = { 4: [], 6: [] }
  for (const text of texts) {
    const span = spanOf(text)
    if (span !== undefined) found[span.family].push({ first: span.first, last: span.last })
  }
  const joined = (spans: Span[]): Span[] => {
    const out: Span[] = []
    for (const span of spans.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
      const before = out.at(-1)
      if (before !== undefined && span.first <= before.last)
        before.last = span.last > before.last ? span.last : before.last
      else out.push({ ...span })
    }
    return out
  }
  const sorted = { 4: joined(found[4]), 6: joined(found[6]) }
  return {
    size: found[4].length + found[6].length,
    touches: (text) => {
      const span = spanOf(text)
      if (span === undefined) return false
      const spans = sorted[span.family]
      // The last one that begins at or before the end of what is asked.
      let [low, high] = [0, spans.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if (spans[middle]!.first <= span.last) low = middle + 1
        else high = middle
      }
      const candidate = spans[low - 1]
      return candidate !== undefined && candidate.last >= span.first
    },
  }
}

/**
 * Addresses that mean another host elsewhere, or none: RFC 1918, 4193 (ULA), 6598 (behind carriers), 3927 and 4291 (this link),
 * loopback, multicast, reserved. Networks for benchmarks and documentation are not among them: laboratories use them as the world.
 */
export const privateNetworks: Networks = networksOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
  '::/127',
  // An IPv4 address in the clothes of IPv6, which a firewall would read as it likes.
  '::ffff:0:0/96',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
])

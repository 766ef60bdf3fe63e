/** IP addresses and networks as text and as numbers. Text out of here is canonical: RFC 5952 for IPv6. */

export interface Ip {
  readonly family: 4 | 6
  readonly value: bigint
}
/** A network as written: `value` keeps host bits, so that a checker can point them out. */
export interface Cidr extends Ip {
  readonly length: number
}

const cidrLength = /^(0|[1-9]\d{0,2})$/
const group = /^[0-9a-f]{1,4}$/i

const bitsOf = (family: 4 | 6): number => (family === 4 ? 32 : 128)

const [zero, nine, dot] = [0x30, 0x39, 0x2e] as const

const parse4 = (text: string): bigint | undefined => {
  let [value, octet, digits, dots] = [0, 0, 0, 0]
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at)
    if (sign === dot) {
      if (digits === 0 || ++dots > 3) return undefined
      value = value * 256 + octet
      octet = digits = 0
      continue
    }
    const leadingZero = digits > 0 && octet === 0
    if (sign < zero || sign > nine || leadingZero) return undefined
    octet = octet * 10 + sign - zero
    digits++
    if (octet > 255) return undefined
  }
  return dots === 3 && digits > 0 ? BigInt(value * 256 + octet) : undefined
}

const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))

const parse6 = (text: string): bigint | undefined => {
  // RFC 4291, 2.2 (3): the last 32 bits may be written as IPv4.
  const colon = text.lastIndexOf(':')
  if (text.includes('.')) {
    const tail = parse4(text.slice(colon + 1))
    if (colon < 0 || tail === undefined) return undefined
    return parse6(`${text.slice(0, colon + 1)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0] ?? '')
  const tail = groupsOf(halves[1] ?? '')
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  let value = 0n
  for (const part of [...head, ...Array<string>(missing).fill('0'), ...tail]) {
    if (!group.test(part)) return undefined
    value = (value << 16n) | BigInt(`0x${part}`)
  }
  return value
}

/** An IPv4 address in four decimal parts without leading zeros, or an IPv6 address without a zone id. */
export const parseIp = (text: string): Ip | undefined => {
  const family = text.includes(':') ? 6 : 4
  const value = family === 6 ? parse6(text) : parse4(text)
  return value === undefined ? undefined : { family, value }
}

const format4 = (value: number): string =>
  `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`

const hex = (groups: readonly number[]): string => groups.map((number) => number.toString(16)).join(':')

/** Canonical text of IPv6 groups. RFC 5952: lower case, the first longest run of two or more zero groups shortened (4.2), IPv4-mapped mixed (5). */
const format6 = (groups: readonly number[]): string => {
  let start = -1
  let length = 1
  for (let at = 0; at < 8; at++) {
    let run = 0
    while (at + run < 8 && groups[at + run] === 0) run++
    if (run > length) {
      start = at
      length = run
    }
  }
  const [high = 0, low = 0] = groups.slice(6)
  if (start === 0 && length === 5 && groups[5] === 0xffff) return `::ffff:${format4(high * 65_536 + low)}`
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

/** Canonical text of an address. Bits beyond the family's width are ignored. */
export const formatIp = (family: 4 | 6, value: bigint): string => {
  if (family === 4) return format4(Number(BigInt.asUintN(32, value)))
  return format6(Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - index * 16)) & 0xffffn)))
}

/** Canonical text of an address in a packet: 4 bytes from `offset`, which must be there. */
export const formatIp4At = (bytes: Uint8Array, offset: number): string =>
  `${bytes[offset] ?? 0}.${bytes[offset + 1] ?? 0}.${bytes[offset + 2] ?? 0}.${bytes[offset + 3] ?? 0}`

/** Canonical text of an address in a packet: 16 bytes from `offset`, which must be there. */
export const formatIp6At = (bytes: Uint8Array, offset: number): string => {
  const groups: number[] = []
  for (let at = offset; at < offset + 16; at += 2) groups.push((bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0))
  return format6(groups)
}

/** The address in canonical text, or nothing if it is not an address. */
export const canonicalIp = (text: string): string | undefined => {
  const ip = parseIp(text)
  return ip === undefined ? undefined : formatIp(ip.family, ip.value)
}

/** `address/length`, the address as written including host bits. */
export const parseCidr = (text: string): Cidr | undefined => {
  const slash = text.indexOf('/')
  const ip = slash < 0 ? undefined : parseIp(text.slice(0, slash))
  const length = text.slice(slash + 1)
  if (ip === undefined || !cidrLength.test(length) || Number(length) > bitsOf(ip.family)) return undefined
  return { ...ip, length: Number(length) }
}

const hostBits = ({ family, length }: Cidr): bigint => (1n << BigInt(bitsOf(family) - length)) - 1n

interface Span {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
}
// Networks come from policies: few and repeated. Addresses come from traffic: a bounded memory serves repeated ones.
const spans = new Map<string, { readonly made: Span | undefined }>()
const addresses = new Map<string, { readonly made: Ip | undefined }>()
const memory = 65_536

const remembered = <T>(map: Map<string, { readonly made: T }>, text: string, make: (text: string) => T): T => {
  const found = map.get(text)
  if (found !== undefined) return found.made
  if (map.size >= memory) map.clear()
  const made = make(text)
  map.set(text, { made })
  return made
}

const spanOf = (text: string): Span | undefined => {
  const cidr = parseCidr(text)
  if (cidr === undefined) return undefined
  const last = cidr.value | hostBits(cidr)
  return { family: cidr.family, first: last ^ hostBits(cidr), last }
}

/** Whether the address lies in the network. False when either is malformed or they differ in family. */
export const cidrContains = (cidrText: string, ipText: string): boolean => {
  const span = remembered(spans, cidrText, spanOf)
  if (span === undefined) return false
  const ip = remembered(addresses, ipText, parseIp)
  return ip !== undefined && ip.family === span.family && ip.value >= span.first && ip.value <= span.last
}

const edgeOf = (cidrText: string, end: 'first' | 'last'): string => {
  const span = remembered(spans, cidrText, spanOf)
  return span === undefined ? '' : formatIp(span.family, span[end])
}

/** First address of a network, its host bits cleared. Empty text for a malformed network. */
export const cidrFirst = (cidrText: string): string => edgeOf(cidrText, 'first')
/** Last address of a network: the directed broadcast address in IPv4. Empty text for a malformed network. */
export const cidrLast = (cidrText: string): string => edgeOf(cidrText, 'last')

/** 224.0.0.0/4 and ff00::/8. */
export const isMulticast = (ipText: string): boolean =>
  cidrContains('224.0.0.0/4', ipText) || cidrContains('ff00::/8', ipText)

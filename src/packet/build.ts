/**
 * Frames for tests, the plant and probes. Layers nest: `ethernet({ …, payload: ipv4({ …, payload: tcp(…) }) })`, or `frame`
 * for the usual ones. Lengths and checksums are filled in unless given.
 */
import { parseIp } from '#core/address.ts'
import { fold, sum16, transportChecksum } from './checksum.ts'
import { etherTypes, ipProtocols } from './numbers.ts'

const join = (...parts: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
// Floods of hundreds of thousands of frames are built here: plain loops.
const words = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 2)
  let at = 0
  for (const value of values) {
    bytes[at++] = value >> 8
    bytes[at++] = value
  }
  return bytes
}
const empty = new Uint8Array()

export const macBytes = (mac: string): Uint8Array => {
  const parts = mac.split(':')
  const bytes = new Uint8Array(parts.length)
  for (let at = 0; at < parts.length; at++) bytes[at] = Number.parseInt(parts[at] ?? '', 16)
  return bytes
}

/** The bytes of an address in network order. Throws a RangeError for text that is no address. */
export const ipBytes = (text: string): Uint8Array => {
  const ip = parseIp(text)
  if (ip === undefined) throw new RangeError(`not an IP address: ${text}`)
  const bytes = new Uint8Array(ip.family === 4 ? 4 : 16)
  const view = new DataView(bytes.buffer)
  if (ip.family === 4) view.setUint32(0, Number(ip.value))
  else {
    view.setBigUint64(0, ip.value >> 64n)
    view.setBigUint64(8, ip.value)
  }
  return bytes
}

export interface Tag {
  readonly id: number
  /** 802.1Q unless given; 0x88a8 for the outer tag of IEEE 802.1ad. */
  readonly type?: number
  readonly priority?: number
}

/** An Ethernet frame padded to 60 bytes, the shortest one on a wire without its check sequence. */
export const ethernet = (header: {
  readonly dst: string
  readonly src: string
  readonly tags?: readonly Tag[]
  readonly etherType: number
  readonly payload?: Uint8Array
}): Uint8Array => {
  const { dst, src, tags = [], etherType, payload = empty } = header
  const tagged = tags.map(({ id, type = etherTypes.vlan, priority = 0 }) => words(type, (priority << 13) | id))
  const frame = join(macBytes(dst), macBytes(src), ...tagged, words(etherType), payload)
  return frame.length >= 60 ? frame : join(frame, new Uint8Array(60 - frame.length))
}

/** An ARP packet (RFC 826). Operation 1 asks, 2 answers. */
export const arp = (packet: {
  readonly operation: 1 | 2
  readonly senderMac: string
  readonly senderIp: string
  readonly targetMac?: string
  readonly targetIp: string
}): Uint8Array =>
  join(
    words(1, etherTypes.ipv4, 0x0604, packet.operation),
    macBytes(packet.senderMac),
    ipBytes(packet.senderIp),
    macBytes(packet.targetMac ?? '00:00:00:00:00:00'),
    ipBytes(packet.targetIp),
  )

export interface FragmentPart {
  /** In bytes, a multiple of 8. */
  readonly offset: number
  readonly more: boolean
  readonly id?: number
}

/** An IPv4 packet (RFC 791). `options` must be a multiple of 4 bytes. */
export const ipv4 = (packet: {
  readonly src: string
  readonly dst: string
  readonly proto: number
  readonly payload?: Uint8Array
  readonly ttl?: number
  readonly options?: Uint8Array
  readonly fragment?: FragmentPart
}): Uint8Array => {
  const { src, dst, proto, payload = empty, ttl = 64, options = empty, fragment } = packet
  const length = 20 + options.length
  const flags = ((fragment?.more ?? false) ? 0x2000 : 0) | ((fragment?.offset ?? 0) >> 3)
  const header = join(
    words((0x40 | (length / 4)) << 8, length + payload.length, fragment?.id ?? 0, flags, (ttl << 8) | proto, 0),
    ipBytes(src),
    ipBytes(dst),
    options,
  )
  header.set(words(fold(sum16(header))), 10)
  return join(header, payload)
}

/** An IPv6 extension header; `data` is padded to its 8-byte units with PadN (RFC 8200, 4.2). */
export interface Extension {
  readonly type: number
  readonly data?: Uint8Array
}

/** An IPv6 packet (RFC 8200). The fragment header comes after `extensions`. */
export const ipv6 = (packet: {
  readonly src: string
  readonly dst: string
  readonly proto: number
  readonly payload?: Uint8Array
  readonly hopLimit?: number
  readonly extensions?: readonly Extension[]
  readonly fragment?: FragmentPart
}): Uint8Array => {
  const { src, dst, proto, payload = empty, hopLimit = 64, extensions = [], fragment } = packet
  let next = proto
  let body = payload
  if (fragment !== undefined) {
    const id = fragment.id ?? 1
    body = join(words(next << 8, (fragment.offset & 0xfff8) | (fragment.more ? 1 : 0), id >>> 16, id & 0xffff), body)
    next = ipProtocols.fragment
  }
  for (const { type, data = empty } of extensions.toReversed()) {
    body = join(extension(type, next, data), body)
    next = type
  }
  return join(words(0x6000, 0, body.length, (next << 8) | hopLimit), ipBytes(src), ipBytes(dst), body)
}

const extension = (type: number, next: number, data: Uint8Array): Uint8Array => {
  const length = Math.ceil((data.length + 2) / 8) * 8
  const header = new Uint8Array(length)
  header.set([next, type === ipProtocols.authentication ? length / 4 - 2 : length / 8 - 1])
  header.set(data, 2)
  const missing = length - 2 - data.length
  // A routing header without addresses or segments left is ignored by everybody, so zeros do; options need padding.
  const padded = type === ipProtocols.hopByHop || type === ipProtocols.destination
  if (padded && missing > 0) header.set(missing === 1 ? [0] : [1, missing - 2], 2 + data.length)
  return header
}

export interface Ends {
  readonly src: string
  readonly dst: string
}

/**
 * A TCP segment (RFC 9293) between two addresses; `flags` as in `numbers.ts`, a pure SYN unless given. `options` must be a multiple of
 * 4 bytes.
 */
export const tcp = (
  { src, dst }: Ends,
  segment: {
    readonly sport: number
    readonly dport: number
    readonly flags?: number
    readonly seq?: number
    readonly ack?: number
    readonly window?: number
    readonly urgent?: number
    readonly options?: Uint8Array
    readonly payload?: Uint8Array
  },
): Uint8Array => {
  const { sport, dport, flags = 2, seq = 1, ack = 0, window = 0xffff, urgent = 0 } = segment
  const { options = empty, payload = empty } = segment
  const first = ((5 + options.length / 4) << 12) | flags
  const bytes = join(
    words(sport, dport, seq >>> 16, seq & 0xffff, ack >>> 16, ack & 0xffff, first, window, 0, urgent),
    options,
    payload,
  )
  bytes.set(words(transportChecksum(ipBytes(src), ipBytes(dst), ipProtocols.tcp, bytes)), 16)
  return bytes
}

/** A UDP datagram (RFC 768). */
export const udp = (
  { src, dst }: Ends,
  datagram: { readonly sport: number; readonly dport: number; readonly payload?: Uint8Array },
): Uint8Array => {
  const { sport, dport, payload = empty } = datagram
  const bytes = join(words(sport, dport, 8 + payload.length, 0), payload)
  // A computed zero is sent as all ones: zero means "no checksum".
  bytes.set(words(transportChecksum(ipBytes(src), ipBytes(dst), ipProtocols.udp, bytes) || 0xffff), 6)
  return bytes
}

/** An ICMP message (RFC 792): type, code, four bytes of rest, body. */
export const icmp = (message: {
  readonly type: number
  readonly code?: number
  readonly rest?: Uint8Array
  readonly payload?: Uint8Array
}): Uint8Array => {
  const bytes = join(
    words((message.type << 8) | (message.code ?? 0), 0),
    message.rest ?? words(1, 1),
    message.payload ?? empty,
  )
  bytes.set(words(fold(sum16(bytes))), 2)
  return bytes
}

/** An ICMPv6 message (RFC 4443), whose checksum covers the addresses. */
export const icmpv6 = (
  { src, dst }: Ends,
  message: { readonly type: number; readonly code?: number; readonly rest?: Uint8Array; readonly payload?: Uint8Array },
): Uint8Array => {
  const bytes = join(
    words((message.type << 8) | (message.code ?? 0), 0),
    message.rest ?? words(1, 1),
    message.payload ?? empty,
  )
  bytes.set(words(transportChecksum(ipBytes(src), ipBytes(dst), ipProtocols.icmpv6, bytes)), 2)
  return bytes
}

/** A neighbour solicitation or advertisement with its link-layer address option (RFC 4861, 4.3 and 4.4). Send it with hop limit 255. */
export const neighbour = (
  kind: 'solicit' | 'advertise',
  ends: Ends,
  { target, mac }: { readonly target: string; readonly mac: string },
): Uint8Array =>
  icmpv6(ends, {
    type: kind === 'solicit' ? 135 : 136,
    rest: kind === 'solicit' ? words(0, 0) : words(0x6000, 0),
    payload: join(ipBytes(target), Uint8Array.of(kind === 'solicit' ? 1 : 2, 1), macBytes(mac)),
  })

/**
 * One Ethernet frame read in place. Never throws: what is missing stays at its "absent" value (-1, 0 or empty text), so a
 * caller that permits by what it reads permits nothing of a malformed frame.
 */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { u16be, u32be } from '#core/bytes.ts'
import { etherTypes, ipProtocols } from './numbers.ts'

/** `later`: a fragment that does not carry the transport header. */
export type Fragment = 'none' | 'first' | 'later'

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Text of the Ethernet address at `offset`; bytes that are not there read as zero. */
export const macAt = (bytes: Uint8Array, offset: number): string => {
  let text = hex[bytes[offset] ?? 0] ?? ''
  for (let at = offset + 1; at < offset + 6; at++) text += `:${hex[bytes[at] ?? 0] ?? ''}`
  return text
}

export class Frame {
  readonly bytes: Uint8Array
  /** VLAN ids, outermost first. A priority tag counts with id 0. */
  vlans: readonly number[] = []
  /** The innermost EtherType; below 0x0600 it is the length of an IEEE 802.3 frame, -1 when cut short. */
  etherType = -1
  /** First byte after the tags and the EtherType. */
  networkOffset = -1
  /** 0 when the frame is not IP or its header is cut short or inconsistent. */
  family: 0 | 4 | 6 = 0
  /** IP protocol after IPv6 extension headers; -1 when unknown. */
  proto = -1
  transportOffset = -1
  fragment: Fragment = 'none'
  sport = -1
  dport = -1
  tcpFlags = -1
  icmpType = -1
  icmpCode = -1
  /** First byte after the headers that were understood, and the byte after the last one of the datagram. */
  payloadOffset = -1
  end = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get dst(): string {
    return macAt(this.bytes, 0)
  }
  get src(): string {
    return macAt(this.bytes, 6)
  }
  /** Not broadcast and not multicast at layer 2. */
  get unicast(): boolean {
    return ((this.bytes[0] ?? 1) & 1) === 0
  }
  /** The outermost VLAN; 0 for untagged and priority-tagged frames. */
  get vlan(): number {
    return this.vlans[0] ?? 0
  }
  /** Canonical text, empty when the frame is not IP. */
  get srcIp(): string {
    return this.#address(12, 8)
  }
  get dstIp(): string {
    return this.#address(16, 24)
  }
  /** ARP operation, -1 when the frame is no complete IPv4-over-Ethernet ARP packet. */
  get arpOperation(): number {
    const { bytes, networkOffset: at } = this
    if (this.etherType !== etherTypes.arp || bytes.length < at + 28) return -1
    return u32be(bytes, at) === 0x0001_0800 && u16be(bytes, at + 4) === 0x0604 ? u16be(bytes, at + 6) : -1
  }
  /** Sender and target of an ARP packet; empty texts when {@link arpOperation} is -1. */
  get arp(): { senderMac: string; senderIp: string; targetMac: string; targetIp: string } {
    const { bytes, networkOffset: at } = this
    if (this.arpOperation < 0) return { senderMac: '', senderIp: '', targetMac: '', targetIp: '' }
    return {
      senderMac: macAt(bytes, at + 8),
      senderIp: formatIp4At(bytes, at + 14),
      targetMac: macAt(bytes, at + 18),
      targetIp: formatIp4At(bytes, at + 24),
    }
  }

  #address(offset4: number, offset6: number): string {
    if (this.family === 4) return formatIp4At(this.bytes, this.networkOffset + offset4)
    return this.family === 6 ? formatIp6At(this.bytes, this.networkOffset + offset6) : ''
  }
}

const isTag = (type: number): boolean =>
  type === etherTypes.vlan || type === etherTypes.qinq || type === etherTypes.legacyQinq

const noTags: readonly number[] = []

/**
 * Reads a frame as captured, from the destination address on and without the check sequence.
 * Anything after the IP length (padding, trailers) is not part of the datagram.
 */
export const decodeFrame = (bytes: Uint8Array): Frame => {
  const frame = new Frame(bytes)
  let at = 12
  let type = bytes.length >= 14 ? u16be(bytes, at) : -1
  let vlans = noTags
  while (isTag(type) && bytes.length >= at + 6) {
    vlans = [...vlans, u16be(bytes, at + 2) & 0xfff]
    at += 4
    type = u16be(bytes, at)
  }
  frame.vlans = vlans
  frame.etherType = type
  frame.networkOffset = Math.min(at + 2, bytes.length)
  frame.payloadOffset = frame.networkOffset
  frame.end = bytes.length
  if (type === etherTypes.ipv4) readIp4(frame)
  else if (type === etherTypes.ipv6) readIp6(frame)
  return frame
}

const readIp4 = (frame: Frame): void => {
  const { bytes, networkOffset: at } = frame
  const first = bytes[at] ?? 0
  const header = (first & 15) * 4
  const total = u16be(bytes, at + 2)
  if (first >> 4 !== 4 || header < 20 || total < header || bytes.length < at + total) return
  frame.family = 4
  frame.end = at + total
  frame.proto = bytes[at + 9] ?? -1
  frame.payloadOffset = at + header
  const fragment = u16be(bytes, at + 6)
  if ((fragment & 0x1fff) !== 0) frame.fragment = 'later'
  else if ((fragment & 0x2000) !== 0) frame.fragment = 'first'
  readTransport(frame)
}

/**
 * Steps over what may stand between the IPv6 header and the transport (RFC 8200, 4.1). An authentication header ends the walk, as
 * in IPv4 and in nftables: it is the protocol.
 */
const readIp6 = (frame: Frame): void => {
  const { bytes, networkOffset: at } = frame
  const end = at + 40 + u16be(bytes, at + 4)
  if ((bytes[at] ?? 0) >> 4 !== 6 || bytes.length < end) return
  frame.family = 6
  frame.end = end
  let next = bytes[at + 6] ?? -1
  let offset = at + 40
  while (isExtension(next)) {
    if (end < offset + 8) return
    const header = next
    next = bytes[offset] ?? -1
    const units = bytes[offset + 1] ?? 0
    if (header === ipProtocols.fragment) {
      const fragment = u16be(bytes, offset + 2)
      if ((fragment & 0xfff8) !== 0) frame.fragment = 'later'
      else if ((fragment & 1) !== 0) frame.fragment = 'first'
      offset += 8
      if (frame.fragment === 'later') break
    } else offset += (units + 1) * 8
  }
  if (offset > end) return
  frame.proto = next
  frame.payloadOffset = offset
  readTransport(frame)
}

const isExtension = (header: number): boolean =>
  header === ipProtocols.hopByHop ||
  header === ipProtocols.routing ||
  header === ipProtocols.fragment ||
  header === ipProtocols.destination

const readTransport = (frame: Frame): void => {
  if (frame.fragment === 'later') return
  const { bytes, payloadOffset: at, end, proto } = frame
  frame.transportOffset = at
  const tcp = proto === ipProtocols.tcp
  if (tcp || proto === ipProtocols.udp || proto === ipProtocols.sctp) {
    if (end < at + 4) return
    frame.sport = u16be(bytes, at)
    frame.dport = u16be(bytes, at + 2)
    if (tcp && end >= at + 20) {
      frame.tcpFlags = bytes[at + 13] ?? 0
      frame.payloadOffset = Math.min(end, at + Math.max(5, (bytes[at + 12] ?? 0) >> 4) * 4)
    } else if (proto === ipProtocols.udp) frame.payloadOffset = Math.min(end, at + 8)
  } else if (
    (proto === ipProtocols.icmp && frame.family === 4) ||
    (proto === ipProtocols.icmpv6 && frame.family === 6)
  ) {
    if (end < at + 2) return
    frame.icmpType = bytes[at] ?? -1
    frame.icmpCode = bytes[at + 1] ?? -1
    frame.payloadOffset = Math.min(end, at + 8)
  }
}

/** From a frame on the wire to the facts a verdict depends on. */
import type { Frame } from '#packet/decode.ts'
import { u16be, u32be } from '#core/bytes.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { firstBytes, type IpPacket, type Packet, type Part } from '#policy/packet.ts'
import { formatIp, formatIp4At, formatIp6At } from '#core/address.ts'

const { hopByHop, routing, fragment, authentication, destination, none } = ipProtocols
const advertisement = 136
const known = (value: number) => value >= 0

const target = ({ bytes, transportOffset: at }: Frame): string | undefined => {
  if (bytes.length < at + 24) return undefined
  let value = 0n
  for (let i = at + 8; i < at + 24; i++) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return formatIp(6, value)
}

const loose = 0x83
const strict = 0x89
/** Whether an IPv4 option is a source route (RFC 791, 3.1). */
const hasSourceRoute = ({ bytes, networkOffset }: Frame): boolean => {
  const end = networkOffset + ((bytes[networkOffset] ?? 0) & 15) * 4
  for (let at = networkOffset + 20; at < end;) {
    const option = bytes[at] ?? 0
    if (option === 0) return false
    if (option === loose || option === strict) return true
    at += option === 1 ? 1 : Math.max(2, bytes[at + 1] ?? 0)
  }
  return false
}

/** Whether the first routing header has segments left (RFC 8200, 4.4). */
const hasWayLeft = ({ bytes, networkOffset, end }: Frame): boolean => {
  let next = bytes[networkOffset + 6] ?? ipProtocols.none
  for (let at = networkOffset + 40; at + 8 <= end;) {
    if (next === ipProtocols.routing) return (bytes[at + 3] ?? 0) > 0
    const [following = ipProtocols.none, units = 0, high = 0, low = 0] = bytes.subarray(at, at + 4)
    if (next === ipProtocols.fragment) {
      if (((high << 8) | low) >> 3 !== 0) return false
      at += 8
    } else if (next === ipProtocols.authentication) at += (units + 2) * 4
    else if (next === ipProtocols.hopByHop || next === ipProtocols.destination) at += (units + 1) * 8
    else return false
    next = following
  }
  return false
}

/** Where the fragment header of an IPv6 packet is, and -1 without one (RFC 8200, 4.5). */
const fragmentHeader = ({ bytes, networkOffset, end }: Frame): number => {
  let next = bytes[networkOffset + 6] ?? none
  for (let at = networkOffset + 40; at + 8 <= end;) {
    if (next === fragment) return at
    const [following = none, units = 0] = bytes.subarray(at, at + 2)
    if (next === authentication) at += (units + 2) * 4
    else if (next === hopByHop || next === routing || next === destination) at += (units + 1) * 8
    else return -1
    next = following
  }
  return -1
}

/** Headers behind which the transport's may begin later than the first part ends, or a second fragment header. */
const extensions = new Set<number>([hopByHop, routing, fragment, destination])

const part4 = ({ bytes, networkOffset: at }: Frame): Part | undefined => {
  const [id, word] = [u16be(bytes, at + 4), u16be(bytes, at + 6)]
  const offset = (word & 0x1fff) * 8
  if ((word & 0x3fff) === 0) return undefined
  const isRight = offset === 0 ? u16be(bytes, at + 2) >= 20 + firstBytes : offset >= firstBytes
  return { place: isRight ? (offset === 0 ? 'first' : 'later') : 'unjudged', id }
}

const part6 = (frame: Frame): Part | undefined => {
  const { bytes, networkOffset } = frame
  const at = fragmentHeader(frame)
  if (at < 0) return undefined
  const [next = none, word, id] = [bytes[at], u16be(bytes, at + 2), u32be(bytes, at + 4)]
  const offset = word & 0xfff8
  if (offset > 0) return { place: offset >= firstBytes ? 'later' : 'unjudged', id }
  const isLast = !extensions.has(next)
  // A whole packet with a fragment header (RFC 6946).
  if ((word & 1) === 0) return isLast ? undefined : { place: 'unjudged', id }
  const isLong = at === networkOffset + 40 && u16be(bytes, networkOffset + 4) >= 8 + firstBytes
  return { place: isLong && isLast ? 'first' : 'unjudged', id }
}

/** Of an IP header that cannot be right the kernel's rules see the addresses, and whether it is a part. */
const damaged = (frame: Frame): IpPacket | undefined => {
  const { bytes, networkOffset: at, etherType } = frame
  const family = etherType === etherTypes.ipv4 ? 4 : 6
  if ((family === 6 && etherType !== etherTypes.ipv6) || bytes.length < at + (family === 4 ? 20 : 40)) return undefined
  const [src, dst] =
    family === 4
      ? [formatIp4At(bytes, at + 12), formatIp4At(bytes, at + 16)]
      : [formatIp6At(bytes, at + 8), formatIp6At(bytes, at + 24)]
  const part = family === 4 ? part4(frame) : part6(frame)
  return { family, src, dst, proto: -1, ...(part === undefined ? {} : { part }) }
}

const ipOf = (frame: Frame): IpPacket | undefined => {
  if (frame.family === 0) return damaged(frame)
  const part = frame.family === 4 ? part4(frame) : part6(frame)
  const advertised = frame.proto === ipProtocols.icmpv6 && frame.icmpType === advertisement ? target(frame) : undefined
  return {
    family: frame.family,
    src: frame.srcIp,
    dst: frame.dstIp,
    proto: frame.proto,
    ...(known(frame.sport) ? { sport: frame.sport } : {}),
    ...(known(frame.dport) ? { dport: frame.dport } : {}),
    ...(known(frame.tcpFlags) ? { flags: frame.tcpFlags } : {}),
    ...(known(frame.icmpType) ? { icmpType: frame.icmpType } : {}),
    ...(advertised === undefined ? {} : { target: advertised }),
    ...(part === undefined ? {} : { part }),
    ...((frame.family === 4 ? hasSourceRoute(frame) : hasWayLeft(frame)) ? { sourceRouted: true } : {}),
  }
}

/** EtherType behind the outermost tag, as the kernel sees it after taking that tag off. */
const innerType = ({ bytes, vlans, etherType }: Frame): number =>
  vlans.length > 1 ? ((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0) : etherType

/** Facts of a frame that enters by one device and leaves by another. */
export const packetOf = (frame: Frame, from: string, to: string): Packet => {
  const ip = frame.vlans.length > 1 ? undefined : ipOf(frame)
  const { arpOperation, arp, bytes } = frame
  return {
    in: from,
    out: to,
    srcMac: frame.src,
    dstMac: frame.dst,
    ...(frame.vlans.length === 0 ? {} : { tag: { vid: frame.vlan, tpid: ((bytes[12] ?? 0) << 8) | (bytes[13] ?? 0) } }),
    etherType: innerType(frame),
    ...(arpOperation < 0 ? {} : { arp: { senderMac: arp.senderMac, senderIp: arp.senderIp } }),
    ...(ip === undefined ? {} : { ip }),
  }
}

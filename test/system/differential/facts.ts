/** What a verdict depends on, read from a frame's bytes as the bridge's rules see them. */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { decodeFrame, macAt, type Frame } from '#packet/decode.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { markLength } from './wires.ts'
import type { Packet, Part } from '#policy/packet.ts'

const tpids: readonly number[] = [etherTypes.vlan, etherTypes.qinq]

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

const { hopByHop, routing, destination, authentication } = ipProtocols
const extensions: readonly number[] = [hopByHop, routing, destination, authentication]

/** RFC 791, 3.1; RFC 8200, 4.5. The fragment header of the frames made here is the last before the content. */
const partOf = (bytes: Uint8Array, frame: Frame): Part | undefined => {
  const at = frame.networkOffset
  if (frame.family === 4) {
    if (frame.fragment === 'none') return undefined
    const offset = (word(bytes, at + 6) & 0x1fff) * 8
    const isRight = offset === 0 ? word(bytes, at + 2) >= 84 : offset >= 64
    return { place: isRight ? (offset === 0 ? 'first' : 'later') : 'unjudged', id: word(bytes, at + 4) }
  }
  let header = bytes[at + 6]
  let here = at + 40
  for (let next = header; here + 8 <= frame.end; header = next) {
    if (header === ipProtocols.fragment) break
    if (!extensions.includes(header ?? 0)) return undefined
    next = bytes[here]
    here += header === ipProtocols.authentication ? 4 * ((bytes[here + 1] ?? 0) + 2) : 8 * ((bytes[here + 1] ?? 0) + 1)
  }
  if (header !== ipProtocols.fragment || frame.family !== 6) return undefined
  const offset = word(bytes, here + 2) & 0xfff8
  const isRight = offset === 0 ? header === bytes[at + 6] && word(bytes, at + 4) >= 72 : offset >= 64
  return { place: isRight ? (offset === 0 ? 'first' : 'later') : 'unjudged', id: word(bytes, here + 6) }
}

/** RFC 791, 3.1: a loose or a strict source route among the options. RFC 8200, 4.4: segments left in a routing header. */
const namesItsWay = (bytes: Uint8Array, { networkOffset: at, etherType, end }: Frame): boolean => {
  if (etherType === etherTypes.ipv4) {
    const options = at + ((bytes[at] ?? 0) & 15) * 4
    for (let here = at + 20; here < options; here += bytes[here] === 1 ? 1 : Math.max(2, bytes[here + 1] ?? 0)) {
      if (bytes[here] === 131 || bytes[here] === 137) return true
      if (bytes[here] === 0) return false
    }
    return false
  }
  let header = bytes[at + 6] ?? 0
  for (let here = at + 40; here + 8 <= end && extensions.includes(header);) {
    if (header === routing && (bytes[here + 3] ?? 0) > 0) return true
    const units = bytes[here + 1] ?? 0
    const next = bytes[here] ?? 0
    here += header === authentication ? 4 * (units + 2) : 8 * (units + 1)
    header = next
  }
  return false
}

/** The kernel takes one tag off; what is behind it, and no more, is the packet. */
export const packetOf = (bytes: Uint8Array, from: string, to: string): Packet => {
  const tpid = word(bytes, 12)
  const tagged = tpids.includes(tpid)
  const frame = decodeFrame(bytes)
  const packet: Packet = {
    in: from,
    out: to,
    srcMac: frame.src,
    dstMac: frame.dst,
    etherType: word(bytes, tagged ? 16 : 12),
    ...(tagged ? { tag: { vid: word(bytes, 14) & 0xfff, tpid } } : {}),
  }
  if (frame.vlans.length > (tagged ? 1 : 0)) return packet
  // Whatever it says to be of: Linux takes ARP of IEEE 802 networks for Ethernet's.
  const sender = frame.networkOffset + 8
  if (packet.etherType === etherTypes.arp && bytes.length >= sender + 20)
    return { ...packet, arp: { senderMac: macAt(bytes, sender), senderIp: formatIp4At(bytes, sender + 6) } }
  if (frame.family === 0) {
    // The header is wrong: no rule can read a protocol, but the addresses are where they always are.
    const at = frame.networkOffset
    const way = namesItsWay(bytes, frame) ? { sourceRouted: true } : {}
    if (packet.etherType === etherTypes.ipv4)
      return {
        ...packet,
        ip: { family: 4, src: formatIp4At(bytes, at + 12), dst: formatIp4At(bytes, at + 16), proto: -1, ...way },
      }
    if (packet.etherType === etherTypes.ipv6)
      return {
        ...packet,
        ip: { family: 6, src: formatIp6At(bytes, at + 8), dst: formatIp6At(bytes, at + 24), proto: -1, ...way },
      }
    return packet
  }
  const part = partOf(bytes, frame)
  const advertisement = frame.family === 6 && frame.icmpType === 136 && frame.proto === ipProtocols.icmpv6
  return {
    ...packet,
    ip: {
      family: frame.family,
      src: frame.srcIp,
      dst: frame.dstIp,
      proto: frame.proto,
      ...(frame.sport < 0 ? {} : { sport: frame.sport, dport: frame.dport }),
      ...(frame.tcpFlags < 0 ? {} : { flags: frame.tcpFlags }),
      ...(frame.icmpType < 0 ? {} : { icmpType: frame.icmpType }),
      ...(part === undefined ? {} : { part }),
      ...(namesItsWay(bytes, frame) ? { sourceRouted: true } : {}),
      ...(advertisement ? { target: formatIp6At(bytes, frame.transportOffset + 8) } : {}),
    },
  }
}

/** A UDP header in whose place the mark stands: its length and checksum are not right. */
export const isCutShort = (bytes: Uint8Array): boolean => {
  const { proto, transportOffset, end, family } = decodeFrame(bytes)
  return family !== 0 && proto === ipProtocols.udp && end < transportOffset + 8 + markLength
}

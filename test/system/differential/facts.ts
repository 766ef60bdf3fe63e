/** What a verdict depends on, read from a frame's bytes as the bridge's rules see them. */
import { formatIp6At } from '#core/address.ts'
import { decodeFrame } from '#packet/decode.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import type { Packet } from '#policy/packet.ts'

const tpids: readonly number[] = [etherTypes.vlan, etherTypes.qinq]

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)

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
  if (frame.arpOperation >= 0) {
    const { senderMac, senderIp } = frame.arp
    return { ...packet, arp: { senderMac, senderIp } }
  }
  if (frame.family === 0) return packet
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
      ...(advertisement ? { target: formatIp6At(bytes, frame.transportOffset + 8) } : {}),
    },
  }
}

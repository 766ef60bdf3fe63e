/** From a frame on the wire to the facts a verdict depends on. */
import type { Frame } from '#packet/decode.ts'
import { ipProtocols } from '#packet/numbers.ts'
import type { IpPacket, Packet } from '#policy/packet.ts'
import { formatIp } from '#core/address.ts'

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

const ipOf = (frame: Frame): IpPacket | undefined => {
  if (frame.family === 0) return undefined
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
    ...(frame.fragment === 'none' ? {} : { fragment: true }),
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

/** What a verdict depends on: the facts of one packet on the wire. */
import { isMulticast } from '#core/address.ts'
import type { Family, VlanId } from './plan.ts'

export interface Packet {
  /** Device it enters and leaves by. */
  readonly in: string
  readonly out: string
  readonly srcMac: string
  readonly dstMac: string
  /** Outermost VLAN tag; absent: untagged. */
  readonly tag?: { readonly vid: VlanId; readonly tpid: number }
  /** EtherType behind the outermost tag; below 0x600: LLC frame. */
  readonly etherType: number
  readonly arp?: { readonly senderMac: string; readonly senderIp: string }
  readonly ip?: IpPacket
}

export interface IpPacket {
  readonly family: Family
  /** Canonical text. */
  readonly src: string
  readonly dst: string
  /** IP protocol number, behind IPv6 extension headers; -1 where the header is wrong. */
  readonly proto: number
  readonly sport?: number
  readonly dport?: number
  /** TCP flags byte. */
  readonly flags?: number
  readonly icmpType?: number
  /** Target of a neighbour advertisement. */
  readonly target?: string
  /** It is no packet but a part of one. */
  readonly part?: Part
  /** It names its own way: IPv4 source route, IPv6 routing header with segments left. */
  readonly sourceRouted?: boolean
}

/**
 * Part of a packet (RFC 791, 3.2; RFC 8200, 4.5).
 * - `first`: with all that the packet is judged by
 * - `later`: where it cannot change that
 * - `unjudged`: neither; nobody sends it who means well
 */
export interface Part {
  readonly place: 'first' | 'later' | 'unjudged'
  /** The packet's number among those of its sender, receiver and protocol. */
  readonly id: number
}

/**
 * Bytes of a packet's content that only its first part may carry: ports, flags, and what an ICMP error says it is about. No network
 * makes parts so small: the least that each must carry is 68 bytes with the header (RFC 791, 3.2).
 */
export const firstBytes = 64

/** Addresses of one link (RFC 3927; RFC 4291, 2.5.6): they belong to no zone. */
export const linkLocal = { 4: '169.254.0.0/16', 6: 'fe80::/10' } as const satisfies Record<Family, string>

export const isGroupMac = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
/** Not for one receiver, at layer 2 or 3. */
export const isNotUnicast = (packet: Pick<Packet, 'dstMac'>, { dst }: Pick<IpPacket, 'dst'>): boolean =>
  isGroupMac(packet.dstMac) || isMulticast(dst) || dst === '255.255.255.255'
const fin = 1
const syn = 2
const rst = 4
const ack = 16
/** SYN without ACK: it opens a conversation and never passes as an answer. Flags that cannot be read are taken for it. */
export const isFirstSegment = ({ proto, flags = syn }: IpPacket): boolean =>
  proto === 6 && (flags & (syn | ack)) === syn
/** SYN and nothing else that closes or answers: the only TCP segment that may contain its sender. */
export const isPureSyn = ({ flags = 0 }: IpPacket): boolean => (flags & (fin | syn | rst | ack)) === syn

const firsts = { 4: new Set([8, 13, 15, 17]), 6: new Set([128]) } as const
const errors = { 4: new Set([3, 4, 5, 11, 12]), 6: new Set([1, 2, 3, 4]) } as const
const isIcmp = ({ family, proto }: IpPacket) => proto === (family === 4 ? 1 : 58)
export const isIcmpFirst = (ip: IpPacket): boolean => isIcmp(ip) && firsts[ip.family].has(ip.icmpType ?? -1)
export const isIcmpError = (ip: IpPacket): boolean => isIcmp(ip) && errors[ip.family].has(ip.icmpType ?? -1)
/** ICMP redirect: whoever may send it decides about the way of others. */
export const isRedirect = (ip: IpPacket): boolean => ip.family === 4 && isIcmp(ip) && ip.icmpType === 5
export const hasPorts = ({ proto }: IpPacket): boolean => proto === 6 || proto === 17

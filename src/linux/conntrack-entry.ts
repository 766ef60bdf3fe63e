import { addressBytes, addressText } from './socket-address.ts'
import {
  attribute,
  be16,
  be32,
  be64,
  nested,
  netfilterHeaderLength,
  parseAttributes,
  toBe16,
  toBe32,
  u8,
} from './netlink.ts'

/** One direction of a connection. Ports for TCP, UDP, SCTP and DCCP; `icmp` for ICMP and ICMPv6. */
export interface Tuple {
  readonly source: string
  readonly destination: string
  /** IP protocol number, e.g. 6 for TCP. */
  readonly protocol: number
  readonly sourcePort?: number
  readonly destinationPort?: number
  readonly icmp?: { readonly type: number; readonly code: number; readonly id: number }
}

export interface Counters {
  readonly packets: bigint
  readonly bytes: bigint
}

export interface Connection {
  readonly original: Tuple
  readonly reply?: Tuple
  /** Bits of `enum ip_conntrack_status`: 2 seen reply, 4 assured, 8 confirmed, 0x10 SNAT, 0x20 DNAT. */
  readonly status: number
  readonly mark: number
  /** Seconds until the entry is dropped. */
  readonly timeout?: number
  /** `enum tcp_conntrack`, e.g. 3 for established. */
  readonly tcpState?: number
  readonly id?: number
  readonly zone?: number
  /** Only with `net.netfilter.nf_conntrack_acct`. */
  readonly originalCounters?: Counters
  readonly replyCounters?: Counters
}

// enum ctattr_type and its nested kinds, linux/netfilter/nfnetlink_conntrack.h
const cta = {
  original: 1,
  reply: 2,
  status: 3,
  protoInfo: 4,
  timeout: 7,
  mark: 8,
  countersOriginal: 9,
  countersReply: 10,
  id: 12,
  zone: 18,
}
const tupleAttribute = { ip: 1, proto: 2 }
const ipAttribute = { v4Source: 1, v4Destination: 2, v6Source: 3, v6Destination: 4 }
const protoAttribute = {
  number: 1,
  sourcePort: 2,
  destinationPort: 3,
  icmpId: 4,
  icmpType: 5,
  icmpCode: 6,
  icmp6Id: 7,
  icmp6Type: 8,
  icmp6Code: 9,
}
const ICMPV6 = 58

const parseTuple = (bytes: Uint8Array | undefined): Tuple | undefined => {
  if (bytes === undefined) return undefined
  const parts = parseAttributes(bytes)
  const ip = parts.get(tupleAttribute.ip)
  const proto = parts.get(tupleAttribute.proto)
  if (ip === undefined || proto === undefined) return undefined
  const addresses = parseAttributes(ip)
  const source = addresses.get(ipAttribute.v4Source) ?? addresses.get(ipAttribute.v6Source)
  const destination = addresses.get(ipAttribute.v4Destination) ?? addresses.get(ipAttribute.v6Destination)
  const sourceText = source && addressText(source)
  const destinationText = destination && addressText(destination)
  const fields = parseAttributes(proto)
  const protocol = u8(fields.get(protoAttribute.number))
  if (sourceText === undefined || destinationText === undefined || protocol === undefined) return undefined
  const sourcePort = be16(fields.get(protoAttribute.sourcePort))
  const destinationPort = be16(fields.get(protoAttribute.destinationPort))
  const type = u8(fields.get(protoAttribute.icmpType) ?? fields.get(protoAttribute.icmp6Type))
  const code = u8(fields.get(protoAttribute.icmpCode) ?? fields.get(protoAttribute.icmp6Code))
  const id = be16(fields.get(protoAttribute.icmpId) ?? fields.get(protoAttribute.icmp6Id))
  return {
    source: sourceText,
    destination: destinationText,
    protocol,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(destinationPort === undefined ? {} : { destinationPort }),
    ...(type === undefined || code === undefined || id === undefined ? {} : { icmp: { type, code, id } }),
  }
}

const parseCounters = (bytes: Uint8Array | undefined): Counters | undefined => {
  if (bytes === undefined) return undefined
  const all = parseAttributes(bytes)
  const packets = be64(all.get(1))
  const octets = be64(all.get(2))
  return packets === undefined || octets === undefined ? undefined : { packets, bytes: octets }
}

/** Reads a conntrack message body. Never throws; `undefined` without an original tuple. */
export const parseConnection = (body: Uint8Array): Connection | undefined => {
  const all = parseAttributes(body, netfilterHeaderLength)
  const original = parseTuple(all.get(cta.original))
  if (original === undefined) return undefined
  const reply = parseTuple(all.get(cta.reply))
  const protoInfo = all.get(cta.protoInfo)
  const tcp = protoInfo && parseAttributes(protoInfo).get(1)
  const tcpState = tcp && u8(parseAttributes(tcp).get(1))
  const timeout = be32(all.get(cta.timeout))
  const id = be32(all.get(cta.id))
  const zone = be16(all.get(cta.zone))
  const originalCounters = parseCounters(all.get(cta.countersOriginal))
  const replyCounters = parseCounters(all.get(cta.countersReply))
  return {
    original,
    status: be32(all.get(cta.status)) ?? 0,
    mark: be32(all.get(cta.mark)) ?? 0,
    ...(reply === undefined ? {} : { reply }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(tcpState === undefined ? {} : { tcpState }),
    ...(id === undefined ? {} : { id }),
    ...(zone === undefined ? {} : { zone }),
    ...(originalCounters === undefined ? {} : { originalCounters }),
    ...(replyCounters === undefined ? {} : { replyCounters }),
  }
}

const field = (type: number, value: number | undefined) => (value === undefined ? [] : [attribute(type, toBe16(value))])

export const familyOf = (tuple: Tuple): number => (tuple.source.includes(':') ? 10 : 2)

const encodeTuple = (direction: number, tuple: Tuple): Uint8Array => {
  const v6 = familyOf(tuple) === 10
  const icmp = tuple.icmp
  const icmpFields =
    icmp === undefined
      ? []
      : [
          attribute(tuple.protocol === ICMPV6 ? protoAttribute.icmp6Id : protoAttribute.icmpId, toBe16(icmp.id)),
          attribute(
            tuple.protocol === ICMPV6 ? protoAttribute.icmp6Type : protoAttribute.icmpType,
            Uint8Array.of(icmp.type),
          ),
          attribute(
            tuple.protocol === ICMPV6 ? protoAttribute.icmp6Code : protoAttribute.icmpCode,
            Uint8Array.of(icmp.code),
          ),
        ]
  return nested(
    direction,
    nested(
      tupleAttribute.ip,
      attribute(v6 ? ipAttribute.v6Source : ipAttribute.v4Source, addressBytes(tuple.source)),
      attribute(v6 ? ipAttribute.v6Destination : ipAttribute.v4Destination, addressBytes(tuple.destination)),
    ),
    nested(
      tupleAttribute.proto,
      attribute(protoAttribute.number, Uint8Array.of(tuple.protocol)),
      ...field(protoAttribute.sourcePort, tuple.sourcePort),
      ...field(protoAttribute.destinationPort, tuple.destinationPort),
      ...icmpFields,
    ),
  )
}

/** Names one entry by what its answers look like. */
export const encodeReply = (tuple: Tuple): Uint8Array => encodeTuple(cta.reply, tuple)

/** The attributes that name one entry by its original tuple, and by its id so that a successor of the same tuple is spared. */
export const encodeKey = (tuple: Tuple, id?: number, zone?: number): Uint8Array[] => {
  const key = encodeTuple(cta.original, tuple)
  return [
    key,
    ...(id === undefined ? [] : [attribute(cta.id, toBe32(id))]),
    ...(zone === undefined ? [] : [attribute(cta.zone, toBe16(zone))]),
  ]
}

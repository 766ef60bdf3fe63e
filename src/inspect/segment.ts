/** Building TCP and UDP packets from those that were seen: rewritten ones, refusals, resets. */
import { putU16be, putU32be } from '#core/bytes.ts'
import { ip4HeaderChecksum, segmentChecksum } from '#packet/checksum.ts'
import type { Headers } from '#packet/headers.ts'

/** Sets lengths and checksums of a packet in `bytes` (RFC 9293, 3.1; RFC 768; RFC 8200, 8.1). */
export const finish = (
  bytes: Uint8Array,
  family: 4 | 6,
  ipHeaderLength: number,
  protocol: number,
  length: number,
): void => {
  if (family === 4) {
    putU16be(bytes, 2, length)
    putU16be(bytes, 10, ip4HeaderChecksum(bytes, 0, ipHeaderLength))
  } else putU16be(bytes, 4, length - 40)
  if (protocol === 17) putU16be(bytes, ipHeaderLength + 4, length - ipHeaderLength)
  const field = ipHeaderLength + (protocol === 6 ? 16 : 6)
  const addresses = family === 4 ? 12 : 8
  const checksum = segmentChecksum(bytes, addresses, family === 4 ? 8 : 32, protocol, ipHeaderLength, length, field)
  // A UDP checksum of zero would say that there is none.
  putU16be(bytes, field, protocol === 17 && checksum === 0 ? 0xffff : checksum)
}

/** Copies the headers of a packet, from its IP header on, to the beginning of `out`. @returns their length */
export const copyHeaders = (bytes: Uint8Array, headers: Headers, out: Uint8Array): number => {
  const count = headers.payloadOffset - headers.networkOffset
  for (let index = 0; index < count; index++) out[index] = bytes[headers.networkOffset + index] ?? 0
  return count
}

/** Turns SACK blocks into padding: they count bytes that the other end counts differently. */
export const blankSack = (headers: Headers, out: Uint8Array): void => {
  const { sackOffset, sackCount } = headers.options
  if (sackOffset < 0) return
  const from = sackOffset - headers.networkOffset - 2
  for (let index = 0; index < 2 + 8 * sackCount; index++) out[from + index] = 1
}

export interface TcpFields {
  readonly family: 4 | 6
  /** Addresses as words, most significant first, as Headers has them. */
  readonly src: readonly number[]
  readonly dst: readonly number[]
  readonly sport: number
  readonly dport: number
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly window: number
  /** Timestamp value and echo reply, where the connection uses them (RFC 7323). */
  readonly timestamps?: readonly [value: number, echo: number]
  readonly payload: Uint8Array
}

const ipHeader = (
  out: Uint8Array,
  { family, src, dst }: Pick<TcpFields, 'family' | 'src' | 'dst'>,
  protocol: number,
): number => {
  if (family === 4) {
    out[0] = 0x45
    putU16be(out, 6, 0x4000)
    out[8] = 64
    out[9] = protocol
    putU32be(out, 12, src[3] ?? 0)
    putU32be(out, 16, dst[3] ?? 0)
    return 20
  }
  out[0] = 0x60
  out[6] = protocol
  out[7] = 64
  for (let word = 0; word < 4; word++) {
    putU32be(out, 8 + 4 * word, src[word] ?? 0)
    putU32be(out, 24 + 4 * word, dst[word] ?? 0)
  }
  return 40
}

/** A TCP segment of its own, from the IP header on. */
export const tcpSegment = (fields: TcpFields): Uint8Array => {
  const { family, timestamps, payload } = fields
  const header = 20 + (timestamps === undefined ? 0 : 12)
  const ip = family === 4 ? 20 : 40
  const out = new Uint8Array(ip + header + payload.length)
  ipHeader(out, fields, 6)
  putU16be(out, ip, fields.sport)
  putU16be(out, ip + 2, fields.dport)
  putU32be(out, ip + 4, fields.seq)
  putU32be(out, ip + 8, fields.ack)
  out[ip + 12] = (header / 4) << 4
  out[ip + 13] = fields.flags
  putU16be(out, ip + 14, fields.window)
  if (timestamps !== undefined) {
    out.set([1, 1, 8, 10], ip + 20)
    putU32be(out, ip + 24, timestamps[0])
    putU32be(out, ip + 28, timestamps[1])
  }
  out.set(payload, ip + header)
  finish(out, family, ip, 6, out.length)
  return out
}

/** A UDP datagram of its own, from the IP header on. */
export const udpDatagram = (
  fields: Pick<TcpFields, 'family' | 'src' | 'dst' | 'sport' | 'dport' | 'payload'>,
): Uint8Array => {
  const ip = fields.family === 4 ? 20 : 40
  const out = new Uint8Array(ip + 8 + fields.payload.length)
  ipHeader(out, fields, 17)
  putU16be(out, ip, fields.sport)
  putU16be(out, ip + 2, fields.dport)
  out.set(fields.payload, ip + 8)
  finish(out, fields.family, ip, 17, out.length)
  return out
}

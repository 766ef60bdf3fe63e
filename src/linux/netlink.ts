import { endianness } from 'node:os'

// Netlink headers are in the host's byte order (netlink(7)); attribute payloads of netfilter are big-endian.
const little = endianness() === 'LE'
const headerLength = 16
const nestedFlag = 0x8000
const typeMask = 0x3fff // NLA_TYPE_MASK

export const messageType = { noop: 1, error: 2, done: 3, overrun: 4 } as const
export const messageFlag = {
  request: 1,
  multi: 2,
  ack: 4,
  interrupted: 0x10,
  dump: 0x300,
  excl: 0x200,
  create: 0x400,
} as const

export interface NetlinkMessage {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly portId: number
  /** What follows the header; shares memory with the buffer it came from. */
  readonly body: Uint8Array
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const align = (length: number): number => (length + 3) & ~3

/**
 * The messages of one datagram, in order. Stops at the first whose length does not fit what is left.
 */
export const parseMessages = (bytes: Uint8Array): NetlinkMessage[] => {
  const messages: NetlinkMessage[] = []
  const view = viewOf(bytes)
  let at = 0
  while (at + headerLength <= bytes.length) {
    const length = view.getUint32(at, little)
    if (length < headerLength || length > bytes.length - at) break
    messages.push({
      type: view.getUint16(at + 4, little),
      flags: view.getUint16(at + 6, little),
      sequence: view.getUint32(at + 8, little),
      portId: view.getUint32(at + 12, little),
      body: bytes.subarray(at + headerLength, at + length),
    })
    at += align(length)
  }
  return messages
}

/** Attributes by type; of a repeated type the last. Stops at the first that does not fit. Values share memory with `bytes`. */
export type Attributes = ReadonlyMap<number, Uint8Array>

/** Every attribute in order, repeated types included. */
export const listAttributes = (bytes: Uint8Array, offset = 0): (readonly [type: number, value: Uint8Array])[] => {
  const list: (readonly [number, Uint8Array])[] = []
  const view = viewOf(bytes)
  let at = offset
  while (at + 4 <= bytes.length) {
    const length = view.getUint16(at, little)
    if (length < 4 || length > bytes.length - at) break
    list.push([view.getUint16(at + 2, little) & typeMask, bytes.subarray(at + 4, at + length)])
    at += align(length)
  }
  return list
}

export const parseAttributes = (bytes: Uint8Array, offset = 0): Attributes => new Map(listAttributes(bytes, offset))

const number = <T>(value: Uint8Array | undefined, length: number, read: (view: DataView) => T): T | undefined =>
  value === undefined || value.length < length ? undefined : read(viewOf(value))
export const u8 = (value: Uint8Array | undefined): number | undefined => value?.[0]
export const be16 = (value: Uint8Array | undefined): number | undefined => number(value, 2, (v) => v.getUint16(0))
export const be32 = (value: Uint8Array | undefined): number | undefined => number(value, 4, (v) => v.getUint32(0))
export const be64 = (value: Uint8Array | undefined): bigint | undefined => number(value, 8, (v) => v.getBigUint64(0))
export const host32 = (value: Uint8Array | undefined): number | undefined =>
  number(value, 4, (v) => v.getUint32(0, little))

/** A string attribute, with or without its terminating NUL. */
export const text = (value: Uint8Array | undefined): string | undefined => {
  if (value === undefined) return undefined
  const end = value.indexOf(0)
  return Buffer.from(value.buffer, value.byteOffset, end < 0 ? value.length : end).toString('latin1')
}

const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** One attribute, padded to 4 bytes. */
export const attribute = (type: number, value: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(align(4 + value.length))
  const view = viewOf(bytes)
  view.setUint16(0, 4 + value.length, little)
  view.setUint16(2, type, little)
  bytes.set(value, 4)
  return bytes
}
export const nested = (type: number, ...inner: readonly Uint8Array[]): Uint8Array =>
  attribute(type | nestedFlag, concat(inner))

const encoded = (length: number, write: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(length)
  write(viewOf(bytes))
  return bytes
}
export const toBe16 = (value: number): Uint8Array => encoded(2, (v) => v.setUint16(0, value))
export const toBe32 = (value: number): Uint8Array => encoded(4, (v) => v.setUint32(0, value))
export const toBe64 = (value: bigint): Uint8Array => encoded(8, (v) => v.setBigUint64(0, value))

/** One message with its header; `body` parts are joined (each already padded). */
export const encodeMessage = (
  head: { type: number; flags: number; sequence: number },
  ...body: readonly Uint8Array[]
): Uint8Array => {
  const header = new Uint8Array(headerLength)
  const bytes = concat([header, ...body])
  const view = viewOf(bytes)
  view.setUint32(0, bytes.length, little)
  view.setUint16(4, head.type, little)
  view.setUint16(6, head.flags, little)
  view.setUint32(8, head.sequence, little)
  return bytes
}

/** The error number of an error or done message: 0 is success. */
export const errorOf = (message: NetlinkMessage): number => {
  if (message.body.length < 4) return 0
  return 0 - viewOf(message.body).getInt32(0, little)
}

/** `struct nfgenmsg`, the fixed part of every netfilter message (linux/netfilter/nfnetlink.h). */
export const netfilterHeader = (family: number, resource: number): Uint8Array =>
  Uint8Array.of(family, 0, (resource >> 8) & 0xff, resource & 0xff)
export const netfilterHeaderLength = 4

/** The outermost layer: OPC 10000-6, 7.1.2 (connection protocol) and 6.7.2 (chunks of a secure channel). */
import { u32le } from '#core/bytes.ts'

/** Three letters as one number, in the order of the wire. */
const type = (letters: string): number =>
  letters.charCodeAt(0) * 0x1_0000 + letters.charCodeAt(1) * 0x100 + letters.charCodeAt(2)
export const types = {
  hello: type('HEL'),
  acknowledge: type('ACK'),
  error: type('ERR'),
  reverseHello: type('RHE'),
  open: type('OPN'),
  message: type('MSG'),
  close: type('CLO'),
} as const
const all = Object.values(types)

export const typeOf = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) * 0x1_0000 + (bytes[at + 1] ?? 0) * 0x100 + (bytes[at + 2] ?? 0)

/** Whether a chunk is the final one, one of several, or the sign that those before are abandoned. */
export const kinds = { final: 0x46, intermediate: 0x43, abort: 0x41 } as const

/** Message header: type, kind and size. */
export const header = 8
/** Message header, channel, token, sequence number and request: what is before the body of MSG and CLO. */
export const secureHeader = 24
/** Twice the 64 KiB that stacks agree on. A larger chunk is nothing that a controller sends. */
export const longest = 131_072

/** The first `there` letters begin a type. */
const begins = (bytes: Uint8Array, at: number, there: number): boolean => {
  const shift = there >= 3 ? 0 : 8 * (3 - there)
  const given = typeOf(bytes, at) >> shift
  for (let index = 0; index < all.length; index++) if ((all[index] ?? 0) >> shift === given) return true
  return false
}

export const frame = (bytes: Uint8Array, at: number, end: number): number => {
  const there = end - at
  if (there <= 0) return 0
  if (!begins(bytes, at, there)) return -1
  if (there < 4) return 0
  const kind = bytes[at + 3]
  const chunked = kind === kinds.intermediate || kind === kinds.abort
  if (kind !== kinds.final && !(chunked && typeOf(bytes, at) === types.message)) return -1
  if (there < header) return 0
  const size = u32le(bytes, at + 4)
  return size < header || size > longest ? -1 : size
}

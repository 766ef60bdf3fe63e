/** The fragment of a response as it grows: IEEE Std 1815-2012, 4.2.2.6 and 4.2.2.7. */
import { putU16le } from '#core/bytes.ts'

/** Octets that a fragment has at most (4.1.2). */
const longestFragment = 2048
const header = 4

/** Internal indications, first and second octet as one number of 16 bits. */
export const iin = {
  broadcast: 0x0001,
  local: 0x0020,
  function: 0x0100,
  object: 0x0200,
  parameter: 0x0400,
} as const

export interface Dnp3Response {
  readonly bytes: Uint8Array
  indications: number
  /** @returns where so many octets go; -1 when there is no room, which the response then says */
  room(octets: number): number
  /** A header whose range is from `first` to `last`. @returns as `room`, for the objects */
  range(group: number, variation: number, first: number, last: number, octets: number): number
  /** A header of `count` objects with their index before each, in two octets. */
  indexed(group: number, variation: number, count: number, octets: number): number
  /** The fragment, under the sequence number of the request. */
  finish(sequence: number): Uint8Array
}

export const responseOf = (): Dnp3Response => {
  const bytes = new Uint8Array(longestFragment)
  let next = header
  const response: Dnp3Response = {
    bytes,
    indications: 0,
    room: (octets) => {
      if (next + octets > longestFragment) {
        response.indications |= iin.parameter
        return -1
      }
      const at = next
      next += octets
      return at
    },
    range: (group, variation, first, last, octets) => {
      const isShort = last < 256
      const size = isShort ? 5 : 7
      const at = response.room(size + octets)
      if (at < 0) return -1
      bytes[at] = group
      bytes[at + 1] = variation
      bytes[at + 2] = isShort ? 0 : 1
      if (isShort) {
        bytes[at + 3] = first
        bytes[at + 4] = last
      } else {
        putU16le(bytes, at + 3, first)
        putU16le(bytes, at + 5, last)
      }
      return at + size
    },
    indexed: (group, variation, count, octets) => {
      const at = response.room(5 + count * (2 + octets))
      if (at < 0) return -1
      bytes[at] = group
      bytes[at + 1] = variation
      bytes[at + 2] = 0x28
      putU16le(bytes, at + 3, count)
      return at + 5
    },
    finish: (sequence) => {
      bytes[0] = 0xc0 | sequence
      bytes[1] = 129
      putU16le(bytes, 2, response.indications)
      return bytes.slice(0, next)
    },
  }
  return response
}

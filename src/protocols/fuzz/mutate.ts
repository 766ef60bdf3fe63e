/** Ways to spoil bytes. Each gives new bytes and leaves those it was given. */
import type { Codec } from '#core/codec.ts'
import type { Transport } from '#core/protocol.ts'
import type { Random } from './random.ts'

/** Bytes of a spoilt unit at most: more than any unit of a protocol that is read needs to be to break a bound. */
const longestInput = 70_000

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const noise = (random: Random, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => (random.once(3) ? 0 : random.below(256)))

const extremes = [0, 1, 2, 3, 4, 7, 8, 0x0f, 0x10, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff] as const

/** A number of one, two or four bytes, in either order, where a length or a count may stand. */
const extremeNumber: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  const at = random.below(Math.min(copy.length, random.once(2) ? 16 : copy.length))
  const width = random.pick([1, 2, 4])
  const value = random.pick([
    0,
    1,
    2,
    bytes.length,
    bytes.length - at,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    0x7fffffff,
    0xffffffff,
  ])
  const little = random.once(2)
  for (let index = 0; index < width && at + index < copy.length; index++)
    copy[at + index] = value >>> (8 * (little ? index : width - 1 - index))
  return copy
}

const repeatedPart: Mutation = (bytes, random) => {
  const from = random.below(bytes.length)
  const to = from + 1 + random.below(Math.min(64, bytes.length - from))
  const part = bytes.subarray(from, to)
  const times = random.once(20) ? 2000 : 1 + random.below(8)
  return joined(bytes.subarray(0, to), ...Array.from({ length: times }, () => part), bytes.subarray(to))
}

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const copy = bytes.slice()
    const at = random.below(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
    return copy
  },
  (bytes, random) => {
    const copy = bytes.slice()
    copy[random.below(copy.length)] = random.once(2) ? random.pick(extremes) : random.below(256)
    return copy
  },
  extremeNumber,
  extremeNumber,
  repeatedPart,
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  (bytes, random) => joined(bytes, noise(random, 1 + random.below(random.once(8) ? 600 : 12))),
  (bytes, random, other) =>
    joined(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))),
  (bytes, random, other) => {
    const at = random.below(bytes.length)
    return joined(bytes.subarray(0, at), other.subarray(0, random.below(other.length)), bytes.subarray(at))
  },
  (bytes, random) => {
    const at = random.below(bytes.length)
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8)))
  },
  (bytes, _random, other) => joined(bytes, other),
]

/** Bytes changed in one to four ways. */
export const mutated = (bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array => {
  let result = bytes
  for (let left = 1 + random.below(4); left > 0; left--) {
    if (result.length === 0) result = noise(random, 1 + random.below(64))
    const next = random.pick(mutations)(result, random, other)
    result = next.length > longestInput ? next.slice(0, longestInput) : next
  }
  return result
}

export const randomBytes = (random: Random): Uint8Array => noise(random, random.below(random.once(10) ? 2000 : 80))

/** Where lengths stand, by width and order. */
const shapes = [
  [1, false],
  [2, false],
  [2, true],
  [4, true],
  [4, false],
] as const

const add = (bytes: Uint8Array, at: number, [width, little]: (typeof shapes)[number], delta: number): void => {
  let carry = delta
  for (let index = 0; index < width; index++) {
    const place = at + (little ? index : width - 1 - index)
    const sum = (bytes[place] ?? 0) + carry
    bytes[place] = sum
    carry = Math.floor(sum / 256)
  }
}

/**
 * Makes the length field of a unit tell the truth, so that what was changed behind it is read at all: the field is the one that,
 * changed by what is missing, makes the codec find the whole.
 */
export const fitted = (codec: Codec, bytes: Uint8Array, transport: Transport): Uint8Array => {
  const length = codec.frame(bytes, 0, bytes.length, transport)
  if (length <= 0 || length === bytes.length) return bytes
  for (let at = 0; at < 12; at++)
    for (const shape of shapes) {
      if (at + shape[0] > bytes.length) continue
      const copy = bytes.slice()
      add(copy, at, shape, bytes.length - length)
      if (codec.frame(copy, 0, copy.length, transport) === copy.length) return copy
    }
  return bytes
}

/**
 * Numbers that nobody can tell without the site's secret, and that never repeat: a permutation of counters under a key, so that
 * what is made of them is unique by construction.
 */
import { createHmac } from 'node:crypto'

/** A pseudo-random function of two numbers of 32 bits. */
export type Prf = (a: number, b: number) => number

const rotated = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

/** HalfSipHash-2-4 (Aumasson and Bernstein) of two words, little-endian, under a key of two words. */
export const halfSipHash =
  (k0: number, k1: number): Prf =>
  (a, b) => {
    let [v0, v1, v2, v3] = [k0, k1, 0x6c796765 ^ k0, 0x74656462 ^ k1]
    const rounds = (count: number): void => {
      for (let i = 0; i < count; i++) {
        v0 = (v0 + v1) | 0
        v1 = rotated(v1, 5) ^ v0
        v0 = rotated(v0, 16)
        v2 = (v2 + v3) | 0
        v3 = rotated(v3, 8) ^ v2
        v0 = (v0 + v3) | 0
        v3 = rotated(v3, 7) ^ v0
        v2 = (v2 + v1) | 0
        v1 = rotated(v1, 13) ^ v2
        v2 = rotated(v2, 16)
      }
    }
    // The last word holds the length, 8 bytes, in its highest byte.
    for (const word of [a | 0, b | 0, 8 << 24]) {
      v3 ^= word
      rounds(2)
      v0 ^= word
    }
    v2 ^= 0xff
    rounds(4)
    return (v1 ^ v3) >>> 0
  }

/** A function of the seed's own for each purpose. */
export const prf = (seed: Uint8Array, purpose: string): Prf => {
  const key = createHmac('sha256', seed).update(purpose).digest()
  return halfSipHash(key.readInt32LE(0), key.readInt32LE(4))
}

const feistelRounds = 6

/**
 * A permutation of the numbers from 0 to `size` - 1: a balanced Feistel network over the next even number of bits, walked until it is
 * inside again.
 * @param size 1 to 2^32
 */
export const permutation = (size: number, random: Prf): ((index: number) => number) => {
  const half = Math.max(1, Math.ceil(Math.log2(Math.max(2, size)) / 2))
  const base = 2 ** half
  const once = (value: number): number => {
    let [left, right] = [Math.floor(value / base), value % base]
    for (let round = 0; round < feistelRounds; round++)
      [left, right] = [right, (left ^ (random(round, right) % base)) >>> 0]
    return left * base + right
  }
  return (index) => {
    let value = once(index % size)
    while (value >= size) value = once(value)
    return value
  }
}

/** The same things in an order that only the key tells. */
export const shuffled = <T>(things: readonly T[], random: Prf): T[] => {
  const out = [...things]
  for (let i = out.length - 1; i > 0; i--) {
    const j = random(i, 0) % (i + 1)
    ;[out[i], out[j]] = [out[j]!, out[i]!]
  }
  return out
}

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { halfSipHash, permutation, prf, shuffled } from './permutation.ts'

const seed = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)

test('HalfSipHash-2-4 gives what its authors publish for the key 00…07 and the message 00…07', () => {
  const value = halfSipHash(0x03020100, 0x07060504)(0x03020100, 0x07060504)
  assert.equal(
    Buffer.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24).toString('hex'),
    'd0b8848f',
  )
})

describe('a permutation', () => {
  for (const size of [1, 2, 3, 10, 255, 256, 257, 10_000])
    test(`of ${size} numbers gives each once, in another order for another purpose`, () => {
      const order = (purpose: string) => {
        const at = permutation(size, prf(seed, purpose))
        return Array.from({ length: size }, (_, i) => at(i))
      }
      const found = order('a')
      assert.deepEqual(
        found.toSorted((a, b) => a - b),
        Array.from({ length: size }, (_, i) => i),
      )
      if (size >= 10) assert.notDeepEqual(found, order('b'))
    })

  test('of 2^32 numbers repeats none of the first 100,000, and spreads them', () => {
    const at = permutation(2 ** 32, prf(seed, 'wide'))
    const found = Array.from({ length: 100_000 }, (_, i) => at(i))
    assert.equal(new Set(found).size, found.length)
    assert.ok(found.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32))
    const mean = found.reduce((sum, value) => sum + value, 0) / found.length / 2 ** 32
    // The mean of so many even values is 0.5 within five standard errors of 0.00091.
    assert.ok(Math.abs(mean - 0.5) < 0.0046, String(mean))
  })
})

test('an order that only the key tells has everything once', () => {
  const things = Array.from({ length: 100 }, (_, i) => i)
  const found = shuffled(things, prf(seed, 'x'))
  assert.deepEqual(
    found.toSorted((a, b) => a - b),
    things,
  )
  assert.notDeepEqual(found, things)
  assert.notDeepEqual(found, shuffled(things, prf(seed, 'y')))
  assert.deepEqual(shuffled([], prf(seed, 'x')), [])
})

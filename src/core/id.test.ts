import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idPattern, idTime, nextId } from './id.ts'

const zeros = new Uint8Array(10)
const ones = new Uint8Array(10).fill(255)
const at2026 = Date.UTC(2026, 10, 21)

test('an id is 26 characters of base 32 and tells its time', () => {
  const id = nextId(undefined, at2026, ones)
  assert.match(id, idPattern)
  assert.equal(idTime(id), at2026)
})

const orders: readonly [name: string, times: readonly number[]][] = [
  ['a clock that runs', [at2026, at2026 + 1, at2026 + 2]],
  ['a clock that stands still', [at2026, at2026, at2026]],
  ['a clock that falls back to 1970', [at2026, 0, 5]],
  ['a clock that starts in 1970', [0, 0, 1]],
  ['a clock before 1970', [-1000, -5, 0]],
]
for (const [name, times] of orders) {
  test(`ids rise and differ with ${name}, whatever the random part`, () => {
    for (const randoms of [
      [zeros, zeros, zeros],
      [ones, zeros, ones],
      [ones, ones, zeros],
    ]) {
      const ids: string[] = []
      for (const [at, time] of times.entries()) ids.push(nextId(ids.at(-1), time, randoms[at] ?? zeros))
      assert.deepEqual(ids.toSorted(), ids)
      assert.equal(new Set(ids).size, ids.length)
    }
  })
}

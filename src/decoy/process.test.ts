import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { processOf } from './process.ts'

const begin = Date.UTC(2026, 10, 26)
const minutes = Array.from({ length: 600 }, (_, index) => begin + index * 1000)

describe('the process of a decoy', () => {
  test('shows the same value to everybody who asks at one moment', () => {
    assert.equal(processOf(7).analog(0, begin), processOf(7).analog(0, begin))
  })
  test('differs between decoys', () => {
    assert.notEqual(processOf(7).analog(0, begin), processOf(8).analog(0, begin))
  })
  for (const point of [0, 1, 2, 3, 4, 17])
    test(`moves at point ${point}, within its range and without a jump that no device makes`, () => {
      const values = minutes.map((at) => processOf(11).analog(point, at))
      assert.ok(new Set(values.map((value) => value.toFixed(3))).size > 10)
      assert.ok(values.every((value) => value >= 0 && value <= 100))
      if (point !== 1 && point !== 3)
        assert.ok(values.every((value, index) => index === 0 || Math.abs(value - (values[index - 1] ?? 0)) < 4))
    })
  test('fills its tank while the inlet is open and empties it while it is closed', () => {
    const tank = processOf(3)
    const mean = (at: number) => [0, 1, 2, 3, 4].reduce((sum, s) => sum + tank.analog(0, at + s * 1000), 0) / 5
    const steps = minutes.filter((at) => tank.digital(0, at) === tank.digital(0, at + 15_000))
    const right = steps.filter((at) => mean(at + 10_000) > mean(at) === tank.digital(0, at))
    assert.ok(right.length > steps.length * 0.9, `${right.length} of ${steps.length}`)
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { randomFrom } from '../propose/random-plant.ts'
import { joinOutermost, Outermost } from './outermost.ts'

const of = (sign: 1 | -1, values: readonly number[]) => {
  const one = new Outermost(sign)
  for (const value of values) one.take(value)
  return one.all
}

describe('the outermost of what was written:', () => {
  const rows: readonly (readonly [name: string, values: readonly number[], low: number[][], high: number[][]])[] = [
    ['nothing', [], [], []],
    ['one value again and again', [7, 7, 7], [[7, 3]], [[7, 3]]],
    [
      'what stands out at one end',
      [5, 4, 5, 900, 6, 5],
      [
        [4, 1],
        [5, 3],
        [6, 1],
        [900, 1],
      ],
      [
        [900, 1],
        [6, 1],
        [5, 3],
        [4, 1],
      ],
    ],
    ['what is no number', [Number.NaN, 1], [[1, 1]], [[1, 1]]],
  ]
  for (const [name, values, low, high] of rows)
    test(name, () => {
      assert.deepEqual(of(1, values), low)
      assert.deepEqual(of(-1, values), high)
    })

  test('it is what counting all of them says, in one recording or in two', () => {
    const random = randomFrom(3)
    for (let round = 0; round < 200; round++) {
      const values = Array.from({ length: random(60) }, () => random(12) - 6)
      const cut = random(values.length + 1)
      for (const sign of [1, -1] as const) {
        const counts = [...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length] as const)
        const expected = counts.toSorted(([a], [b]) => (a - b) * sign).slice(0, 4)
        assert.deepEqual(of(sign, values), expected)
        const parts = [of(sign, values.slice(0, cut)), of(sign, values.slice(cut))] as const
        assert.deepEqual(joinOutermost(parts[0], parts[1], sign), expected)
        assert.deepEqual(joinOutermost(parts[1], parts[0], sign), expected)
      }
    }
  })
})

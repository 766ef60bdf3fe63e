import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cutting } from './cutting.ts'

/** Units that begin with their length; 0 is no unit. */
const frame = (bytes: Uint8Array, at: number): number => (bytes[at] === 0 ? -1 : (bytes[at] ?? 0))
const cutOf = (...pieces: readonly (readonly number[])[]): readonly [units: number[][], went: boolean[]] => {
  const cut = cutting(frame, 5)
  const units: number[][] = []
  const each = (unit: Uint8Array): boolean => units.push([...unit]) > 0 && unit[1] !== 99
  return [units, pieces.map((piece) => cut(Uint8Array.from(piece), each))]
}

describe('cutting bytes into units', () => {
  const rows: readonly (readonly [string, readonly (readonly number[])[], readonly number[][], readonly boolean[]])[] =
    [
      [
        'gives units that came together one by one',
        [[2, 1, 3, 1, 2]],
        [
          [2, 1],
          [3, 1, 2],
        ],
        [true],
      ],
      ['keeps what is incomplete', [[3], [1], [2]], [[3, 1, 2]], [true, true, true]],
      [
        'gives a unit whose end came with the next one',
        [
          [2, 1, 3],
          [1, 2, 1],
        ],
        [[2, 1], [3, 1, 2], [1]],
        [true, true],
      ],
      ['ends at what is no unit, and takes nothing afterwards', [[1, 0, 1], [1]], [[1]], [false, false]],
      ['ends at a unit that is too long before the whole of it came', [[6, 1]], [], [false]],
      ['ends when it is told to', [[2, 99, 1], [1]], [[2, 99]], [false, false]],
    ]
  for (const [name, pieces, units, went] of rows) test(name, () => assert.deepEqual(cutOf(...pieces), [units, went]))

  test('gives units that are no part of what came, whose memory is another’s', () => {
    const came = Buffer.from([2, 7])
    const units: Uint8Array[] = []
    cutting(frame, 5)(came, (unit) => units.push(unit) > 0)
    came.fill(9)
    assert.deepEqual(units, [Uint8Array.of(2, 7)])
  })
})

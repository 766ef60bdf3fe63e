import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Watched } from './watched.ts'

const hour = 3_600_000
const rows: readonly [name: string, seen: readonly number[], spans: readonly (readonly [number, number])[]][] = [
  ['nothing', [], []],
  ['a recording without a pause', [0, 0.5, 1.2, 2], []],
  [
    'two days put together',
    [0, 1, 48, 49],
    [
      [0, 1],
      [48, 49],
    ],
  ],
  [
    'the same in the other order',
    [48, 49, 0, 1],
    [
      [0, 1],
      [48, 49],
    ],
  ],
  ['a pause that a later packet fills', [0, 1.5, 0.9], []],
  [
    'packets of two days by turns',
    [0, 48, 0.5, 48.5, 1],
    [
      [0, 1],
      [48, 48.5],
    ],
  ],
]
for (const [name, seen, spans] of rows)
  test(`what was watched: ${name}`, () => {
    const watched = new Watched()
    for (const at of seen) watched.see(at * hour)
    assert.deepEqual(
      watched.spans,
      spans.map(([first, last]) => ({ first: first * hour, last: last * hour })),
    )
  })

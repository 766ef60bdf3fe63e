import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { snapshotLimit, type ToEdgeOf } from '#schema/link-frames.ts'
import { joinParts } from './parts.ts'

type StateFrame = ToEdgeOf<'state'>
const signed = (body: string) => ({ key: '0'.repeat(64), signature: body, body })
const frame = (
  head: string | undefined,
  bodies: readonly string[],
  more?: true,
  stream: StateFrame['stream'] = 'orders',
) =>
  ({
    type: 'state',
    stream,
    from: 0,
    to: 9,
    ...(head === undefined ? {} : { snapshot: signed(head) }),
    ...(more === undefined ? {} : { more }),
    objects: bodies.map(signed),
  }) satisfies StateFrame

/** What each frame gives: the bodies of what is whole, nothing yet, or words. */
const given = (frames: readonly StateFrame[]) => {
  const join = joinParts()
  return frames.map((one) => {
    const found = join(one)
    return typeof found === 'object' ? found.objects.map(({ body }) => body).join('') : found
  })
}

describe('a snapshot', () => {
  const rows: readonly [name: string, frames: readonly StateFrame[], given: readonly (string | undefined)[]][] = [
    ['in one frame is whole', [frame('s', ['a', 'b'])], ['ab']],
    [
      'in three is whole with the last',
      [frame('s', ['a'], true), frame('s', ['b'], true), frame('s', ['c'])],
      [undefined, undefined, 'abc'],
    ],
    [
      'does not mix with one of another stream',
      [frame('s', ['a'], true), frame('r', ['x'], undefined, 'risk'), frame('s', ['b'])],
      [undefined, 'x', 'ab'],
    ],
    ['that another takes the place of is forgotten', [frame('s', ['a'], true), frame('t', ['b'])], [undefined, 'b']],
    [
      'is forgotten when a change comes in between',
      [frame('s', ['a'], true), frame(undefined, ['x']), frame('s', ['b'])],
      [undefined, 'x', 'b'],
    ],
  ]
  for (const [name, frames, wanted] of rows) it(name, () => assert.deepEqual(given(frames), wanted))
  it('is not gathered without end', () => {
    const much = Array.from({ length: snapshotLimit }, () => 'a')
    const [first, second, third] = given([frame('s', much, true), frame('s', ['a'], true), frame('s', ['b'])])
    assert.deepEqual([first, second, third], [undefined, 'a snapshot of orders with more than 20000 objects', 'b'])
  })
  it('is no change', () =>
    assert.deepEqual(given([frame(undefined, ['a'], true)]), ['a change of orders that does not end']))
})

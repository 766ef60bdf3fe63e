import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buckets } from './bucket.ts'

const clock = () => {
  const time = { now: 1000 }
  return { time, now: () => time.now }
}

test('a full bucket gives its burst, then what flows in, to each source for itself', () => {
  const { time, now } = clock()
  const bucket = buckets(10, 5, 100, now)
  const taken = (key: string): number => Array.from({ length: 50 }, () => bucket.take(key)).filter(Boolean).length
  assert.equal(taken('a'), 5)
  assert.equal(taken('b'), 5)
  time.now += 250
  assert.equal(taken('a'), 2)
  time.now += 100_000
  assert.equal(taken('a'), 5)
})

test('a clock that goes back gives nothing', () => {
  const { time, now } = clock()
  const bucket = buckets(10, 1, 100, now)
  assert.equal(bucket.take('a'), true)
  time.now -= 100_000
  assert.equal(bucket.take('a'), false)
})

test('who waits is told how long, in turn, up to a longest', () => {
  const { time, now } = clock()
  const bucket = buckets(10, 1, 100, now)
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => bucket.wait('a', 300)),
    [0, 100, 200, 300, undefined],
  )
  time.now += 100
  assert.deepEqual([bucket.wait('a', 300), bucket.wait('a', 300)], [300, undefined])
})

test('more sources than are remembered: the one that was idle longest begins anew', () => {
  const { now } = clock()
  const bucket = buckets(1, 1, 2, now)
  for (const key of ['a', 'b', 'c']) assert.equal(bucket.take(key), true)
  assert.deepEqual([bucket.take('b'), bucket.take('c'), bucket.take('a')], [false, false, true])
})

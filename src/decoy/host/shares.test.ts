import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shares } from './shares.ts'

const with25in100 = () => {
  const time = { now: 0 }
  return { time, it: shares(25, 100, () => time.now) }
}

test('a source within its share never waits', () => {
  const { it, time } = with25in100()
  for (let turn = 0; turn < 100; turn++, time.now += 10) {
    assert.equal(it.wait('a'), 0)
    it.spend('a', 2)
  }
})

test('a source beyond its share waits for the next window, another one does not', () => {
  const { it, time } = with25in100()
  it.spend('a', 30)
  assert.deepEqual([it.wait('a'), it.wait('b')], [100, 0])
  time.now = 100
  assert.equal(it.wait('a'), 0)
})

test('one long answer is paid for over as many windows as it took shares', () => {
  const { it, time } = with25in100()
  it.spend('a', 250)
  let waited = 0
  while (it.wait('a') > 0 && waited < 5000) {
    time.now += 100
    waited += 100
  }
  assert.equal(waited, 1000)
})

test('over any time a source that always asks gets its part', () => {
  const { it, time } = with25in100()
  let spent = 0
  while (time.now < 10_000) {
    const ms = it.wait('a')
    if (ms > 0) time.now += ms
    else {
      it.spend('a', 7)
      spent += 7
      time.now += 7
    }
  }
  assert.ok(spent >= 2000 && spent <= 3200, `${spent} of 10,000 ms`)
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { clocks, lateness } from './lateness.ts'

describe('lateness of the event loop', () => {
  const rows: readonly [name: string, passed: number, computed: number, late: boolean][] = [
    ['is none in time', 50, 50, false],
    ['is none up to the limit', 250, 250, false],
    ['is there when it computed all the time', 251, 251, true],
    ['is there when it had a third of a processor', 600, 200, true],
    ['is none when the machine stood still', 5000, 2, false],
    ['is none when others had the processor', 600, 60, false],
  ]
  for (const [name, passed, computed, late] of rows)
    it(name, () => {
      const time = { now: 1000, computed: 70 }
      const loop = lateness(50, 200, { now: () => time.now, computed: () => time.computed })
      time.now += passed
      time.computed += computed
      assert.equal(loop.look(), late)
      time.now += 50
      time.computed += 50
      assert.equal(loop.look(), false, 'each look is about the time since the last')
    })

  it('forgets what was done before', () => {
    const time = { now: 1000, computed: 0 }
    const loop = lateness(50, 200, { now: () => time.now, computed: () => time.computed })
    time.now += 900
    time.computed += 900
    loop.forget()
    time.now += 50
    assert.equal(loop.look(), false)
  })

  it('counts what this thread computes', () => {
    const before = clocks.computed()
    for (const until = clocks.now() + 60; clocks.now() < until;);
    assert.ok(clocks.computed() > before)
  })
})

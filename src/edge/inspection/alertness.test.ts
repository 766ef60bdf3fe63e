import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stayAwake, wakeLimit } from '#linux/cpu-latency.ts'
import { Alertness } from './alertness.ts'

/** What an inspector's processors do after each second of so many packets. */
const after = (rates: readonly number[], refused = false) => {
  let [awake, asked] = [false, 0]
  const alertness = new Alertness(() => {
    asked++
    if (refused) return undefined
    awake = true
    return () => (awake = false)
  })
  const states = rates.map((rate, second) => {
    // In ten parts, as they come.
    for (let part = 1; part <= 10; part++) alertness.judged(rate / 10, 1000 * second + part * 100)
    return awake
  })
  return { states, asked }
}

const rows: readonly [name: string, rates: readonly number[], states: readonly boolean[]][] = [
  ['sleep while little is judged', [0, 100, 900, 400], [false, false, false, false]],
  ['stay awake while much is', [2000, 2000], [true, true]],
  ['are let sleep when it is over', [2000, 100, 0], [true, false, false]],
  [
    'do not go to and fro between the two limits',
    [2000, 700, 900, 600, 400, 900],
    [true, true, true, true, false, false],
  ],
]

describe('processors of an inspector', () => {
  for (const [name, rates, states] of rows) it(name, () => assert.deepEqual(after(rates).states, states))

  it('are asked once where the machine does not let them', () => {
    assert.deepEqual(after([2000, 2000, 2000], true), { states: [false, false, false], asked: 1 })
  })

  it('are held by the kernel, and no longer than they are asked to', (test) => {
    const before = wakeLimit()
    const sleep = stayAwake()
    if (before === undefined || sleep === undefined)
      return test.skip('this machine has no CPU latency limit, or only for root')
    const held = wakeLimit()
    sleep()
    assert.ok(held !== undefined && held <= Math.min(2, before), `${held} µs`)
    assert.equal(wakeLimit(), before)
  })
})

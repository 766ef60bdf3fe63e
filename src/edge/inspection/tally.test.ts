/** What an inspector tells is told until somebody took it down: an answer that comes late loses nothing, and tells nothing twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flow } from '#inspect/flow.ts'
import { planOf, Wire } from '#inspect/wire.ts'
import { Tally } from './tally.ts'

const flowOf = (): Flow => {
  const wire = new Wire(planOf({ allow: ['read'] }))
  wire.open()
  wire.tcp('client', 1000, 5000, '0001 0000 0006 01 03 0064 0001')
  const [flow] = [...wire.inspector.flows]
  assert.ok(flow)
  return flow
}

/** Numbers of batches with what each of them says. */
const shown = (batches: ReturnType<Tally['untold']>) =>
  batches.map(({ number, noticed }) => [number, ...noticed.map(({ text, count }) => `${text} ${count}`)])

test('what was not taken down is told again, before what came since', () => {
  const tally = new Tally()
  const flow = flowOf()
  const notice = (text: string) => tally.noticed(flow, 'run', text)
  assert.deepEqual(shown(tally.untold(0)), [])
  notice('a')
  notice('a')
  assert.deepEqual(shown(tally.untold(0)), [[1, 'a 2']])
  notice('a')
  assert.deepEqual(shown(tally.untold(0)), [
    [1, 'a 2'],
    [2, 'a 1'],
  ])
  notice('b')
  assert.deepEqual(shown(tally.untold(2)), [[3, 'b 1']])
  assert.deepEqual(shown(tally.untold(3)), [])
})

test('for one who asks and never hears, batches do not add up without limit, and nothing is lost', () => {
  const tally = new Tally()
  const flow = flowOf()
  for (let second = 0; second < 100; second++) {
    tally.noticed(flow, 'run', 'a')
    tally.untold(0)
  }
  const batches = tally.untold(0)
  assert.equal(batches.length, 8)
  const rest = tally.untold(8)
  const count = [...batches, ...rest].flatMap(({ noticed }) => noticed).reduce((sum, one) => sum + one.count, 0)
  assert.equal(count, 100)
})

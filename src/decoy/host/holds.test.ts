import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds } from './holds.ts'

test('what waits for a source is decided together, and nothing of another one', async () => {
  const waiting = holds(1000)
  const all = [waiting.wait('a'), waiting.wait('a'), waiting.wait('b')]
  waiting.decide('a', 'go-on')
  assert.equal(waiting.size, 1)
  waiting.decide('b', 'cut')
  assert.deepEqual(await Promise.all(all), ['go-on', 'go-on', 'cut'])
})

test('nobody decides: it is late, and a decision afterwards decides nothing', async () => {
  const waiting = holds(20)
  assert.equal(await waiting.wait('a'), 'late')
  waiting.decide('a', 'go-on')
  assert.equal(waiting.size, 0)
  assert.equal(await waiting.wait('a'), 'late')
})

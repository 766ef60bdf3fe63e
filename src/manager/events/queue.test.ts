import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StoredEvent } from '#schema/manager-events.ts'
import { openLane } from './queue.ts'
import type { ReadBatch } from './read.ts'

const time = '2026-11-21T10:00:10.000Z'
const denial: StoredEvent = {
  id: '01KAJ4A7000000000000000000',
  class: 'P1',
  kind: 'denial',
  site: 's',
  edge: 'e',
  count: 1,
  text: 'x',
  time,
  first: time,
  last: time,
}
const batch = (store: string, bytes = 1, events = 1): ReadBatch => {
  const event = { sent: { seq: 1, body: '' }, event: denial, at: 0 }
  return {
    edge: { id: 1, site: 's', edge: 'e' },
    store,
    class: 'P1',
    events: Array.from({ length: events }, () => event),
    bytes,
  }
}
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** A lane whose writes wait until they are let go. */
const held = (fails: (names: readonly string[]) => Error | undefined = () => undefined) => {
  const groups: string[][] = []
  const gates: (() => void)[] = []
  const lane = openLane(
    async (batches) => {
      const names = batches.map(({ store }) => store)
      groups.push(names)
      await new Promise<void>((resolve) => gates.push(resolve))
      const failure = fails(names)
      if (failure !== undefined) throw failure
      return names
    },
    (error) => error instanceof Error && error.message === 'away',
  )
  const go = async (): Promise<void> => {
    await turn()
    gates.shift()?.()
    await turn()
  }
  return { lane, groups, go }
}

describe('a lane', () => {
  it('combines what comes while it writes', async () => {
    const { lane, groups, go } = held()
    const answers = Promise.all(['a', 'b', 'c'].map((name) => lane.put(batch(name))))
    await go()
    await go()
    assert.deepEqual(await answers, ['a', 'b', 'c'])
    assert.deepEqual(groups, [['a'], ['b', 'c']])
  })
  it('writes no more than 1000 events at once', async () => {
    const { lane, groups, go } = held()
    const answers = Promise.all(['a', 'b', 'c', 'd'].map((name) => lane.put(batch(name, 1, 500))))
    for (let n = 0; n < 3; n++) await go()
    await answers
    assert.deepEqual(groups, [['a'], ['b', 'c'], ['d']])
  })
  it('lets in no more than 32 MB, the rest in its order', async () => {
    const { lane, groups, go } = held()
    const answers = Promise.all(['a', 'b', 'c', 'd'].map((name) => lane.put(batch(name, 20 << 20))))
    await go()
    assert.equal(lane.waitingBytes(), 40 << 20)
    for (let n = 0; n < 3; n++) await go()
    assert.deepEqual(await answers, ['a', 'b', 'c', 'd'])
    assert.deepEqual(groups.flat(), ['a', 'b', 'c', 'd'])
    assert.equal(lane.waitingBytes(), 0)
  })
  it('lets one bad batch fail by itself', async () => {
    const { lane, groups, go } = held((names) => (names.includes('bad') ? new Error('bad') : undefined))
    const answers = Promise.allSettled(['a', 'bad', 'c'].map((name) => lane.put(batch(name))))
    for (let n = 0; n < 4; n++) await go()
    assert.deepEqual(
      (await answers).map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(groups, [['a'], ['bad', 'c'], ['bad'], ['c']])
  })
  it('lets all fail when the database is away, and goes on', async () => {
    let away = true
    const { lane, go } = held(() => (away ? new Error('away') : undefined))
    const answers = Promise.allSettled(['a', 'b', 'c'].map((name) => lane.put(batch(name))))
    await go()
    await go()
    assert.deepEqual(
      (await answers).map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    )
    away = false
    const again = lane.put(batch('a'))
    await go()
    assert.equal(await again, 'a')
  })
})

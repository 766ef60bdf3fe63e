import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, it } from 'node:test'
import { Fault } from '#core/errors.ts'
import { turns } from './turns.ts'

/** What began, in that order, and what ends the oldest of it. */
const stage = (atOnce: number) => {
  const of = turns(atOnce)
  const began: string[] = []
  const ends: (() => void)[] = []
  const ask = (holder: string): Promise<void> =>
    of.take(holder, () => {
      began.push(holder)
      return new Promise((resolve) => void ends.push(resolve))
    })
  const end = async (): Promise<void> => {
    ends.shift()?.()
    await turn()
  }
  return { ask, began, end }
}

describe('turns', () => {
  it('are had by so many at a time, and by the others afterwards', async () => {
    const { ask, began, end } = stage(2)
    const all = ['ann', 'ann', 'ann'].map(ask)
    await turn()
    assert.equal(began.length, 2)
    await end()
    assert.equal(began.length, 3)
    await end()
    await end()
    await Promise.all(all)
    void ask('bob')
    await turn()
    assert.equal(began.length, 4)
  })
  it('go round: who asks once does not wait for all that another asks', async () => {
    const { ask, began, end } = stage(1)
    for (const holder of ['ann', 'ann', 'ann', 'bob', 'eve']) void ask(holder)
    for (let n = 0; n < 5; n++) await end()
    assert.deepEqual(began, ['ann', 'ann', 'bob', 'eve', 'ann'])
  })
  it('end also with what failed', async () => {
    const of = turns(1)
    await assert.rejects(of.take('ann', () => Promise.reject(new Error('no'))))
    assert.equal(await of.take('ann', () => Promise.resolve(1)), 1)
  })
  it('are refused to whoever has too many waiting, and to nobody else', async () => {
    const { ask } = stage(1)
    for (let n = 0; n < 33; n++) void ask('ann')
    await assert.rejects(ask('ann'), (error) => error instanceof Fault && error.code === 'too-many-requests')
    void ask('bob')
  })
})

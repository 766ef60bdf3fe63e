import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Budget } from '#schema/decoys.ts'
import { ledger, type Step } from './budget.ts'

const connected: Step = { first: false, exchanges: 0 }
const packet: Step = { first: true, exchanges: 0 }
const asked = (exchanges: number): Step => ({ first: false, exchanges })

describe('budgets', () => {
  for (const [title, budget, steps, outcomes] of [
    ['observe is never spent', 'observe', [packet, asked(1), asked(1000)], ['within', 'within', 'within']],
    ['first is not spent by a handshake', 'first', [connected], ['within']],
    ['first is spent by the first packet', 'first', [connected, packet], ['within', 'spent']],
    ['first is not spent by exchanges once it was let go on', 'first', [asked(3)], ['within']],
    [
      'after 3 is spent by the third exchange',
      { after: 3 },
      [asked(1), asked(1), asked(1)],
      ['within', 'within', 'spent'],
    ],
    ['after 3 is spent by five at once', { after: 3 }, [packet, asked(5)], ['within', 'spent']],
    ['what is spent is held, and said once', { after: 1 }, [asked(1), connected, asked(1)], ['spent', 'held', 'held']],
  ] as const satisfies readonly (readonly [string, Budget, readonly Step[], readonly string[]])[])
    test(title, () => {
      const book = ledger(100)
      assert.deepEqual(
        steps.map((step) => book.step('a', 'd', budget, step)),
        outcomes,
      )
    })

  test('who is let go on may do as much once more, at every decoy where it was spent', () => {
    const book = ledger(100)
    const budget = { after: 2 }
    for (const decoy of ['d', 'e']) assert.equal(book.step('a', decoy, budget, asked(2)), 'spent')
    book.renew('a')
    for (const decoy of ['d', 'e']) {
      assert.equal(book.step('a', decoy, budget, asked(1)), 'within')
      assert.equal(book.step('a', decoy, budget, asked(1)), 'spent')
    }
    assert.equal(book.exchanges('a', 'd'), 4)
  })

  test('nobody decided: the next step spends it once more', () => {
    const book = ledger(100)
    assert.equal(book.step('a', 'd', { after: 1 }, asked(1)), 'spent')
    book.lapse('a', 'd')
    assert.equal(book.step('a', 'd', { after: 1 }, connected), 'spent')
  })

  test('sources and decoys have accounts of their own', () => {
    const book = ledger(100)
    for (const [source, decoy] of [
      ['a', 'd'],
      ['a', 'e'],
      ['b', 'd'],
    ] as const)
      assert.equal(book.step(source, decoy, { after: 2 }, asked(1)), 'within')
    assert.equal(book.step('a', 'd', { after: 2 }, asked(1)), 'spent')
    assert.equal(book.exchanges('b', 'd'), 1)
  })

  describe('who goes from decoy to decoy', () => {
    const visit = (count: number, budget: Budget = { after: 3 }, step: Step = connected): string[] => {
      const book = ledger(100)
      return Array.from({ length: count }, (_, at) => book.step('a', `d${at}`, budget, step))
    }
    test('may be at as many as he may ask one, and at no further one, though he only connects', () =>
      assert.deepEqual(visit(5), ['within', 'within', 'within', 'spent', 'spent']))
    test('may be at any number of those that observe', () =>
      assert.ok(visit(50, 'observe', asked(9)).every((outcome) => outcome === 'within')))
    test('is at one decoy, however often he connects to it', () => {
      const book = ledger(100)
      for (let time = 0; time < 50; time++) assert.equal(book.step('a', 'd', { after: 3 }, connected), 'within')
    })
    test('and was let go on may be at as many once more', () => {
      const book = ledger(100)
      const at = (decoy: string) => book.step('a', decoy, { after: 2 }, connected)
      assert.deepEqual(['d', 'e', 'f'].map(at), ['within', 'within', 'spent'])
      book.renew('a')
      assert.deepEqual(['d', 'e', 'f'].map(at), ['within', 'within', 'spent'])
    })
  })

  test('more pairs than are remembered: the source that was idle longest goes, then the oldest decoys of the last one', () => {
    const book = ledger(10)
    for (let source = 0; source < 5; source++)
      for (let decoy = 0; decoy < 3; decoy++) book.step(`s${source}`, `d${decoy}`, 'observe', asked(1))
    assert.ok(book.size <= 10)
    assert.equal(book.exchanges('s0', 'd0'), 0)
    assert.equal(book.exchanges('s4', 'd0'), 1)
    for (let decoy = 0; decoy < 50; decoy++) book.step('s4', `e${decoy}`, 'observe', asked(1))
    assert.equal(book.size, 10)
    assert.equal(book.exchanges('s4', 'e49'), 1)
  })
})

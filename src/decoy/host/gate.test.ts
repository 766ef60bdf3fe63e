import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gate } from './gate.ts'
import { limits as standard, type Limits } from './limits.ts'

const gateWith = (given: Partial<Limits>) => {
  const time = { now: 5000 }
  return { time, gate: gate({ ...standard, ...given }, () => time.now) }
}

describe('the gate', () => {
  test('so many of one source at a time; one that ended makes room', () => {
    const { gate: it } = gateWith({ perSource: 2, newPerSource: 100 })
    assert.deepEqual([it.admit('a'), it.admit('a'), it.admit('a'), it.admit('b')], [true, true, false, true])
    it.release('a')
    assert.equal(it.admit('a'), true)
    assert.equal(it.open, 3)
  })

  test('a release of what was never let in frees nothing', () => {
    const { gate: it } = gateWith({})
    it.release('a')
    assert.equal(it.open, 0)
  })

  test('so many in all', () => {
    const { gate: it } = gateWith({ connections: 3 })
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((source) => it.admit(source)),
      [true, true, true, false],
    )
  })

  test('so many new ones a second, of one source and of all', () => {
    const { gate: it, time } = gateWith({ newPerSource: 2, newInAll: 100 })
    assert.deepEqual(
      ['a', 'a', 'a'].map((source) => it.admit(source)),
      [true, true, false],
    )
    const admitted = (): number =>
      Array.from({ length: 60 }, (_, index) => it.admit(`s${index}`)).filter(Boolean).length
    assert.equal(admitted(), 18)
    time.now += 100
    assert.equal(admitted(), 10)
    time.now += 10_000
    assert.equal(it.admit('a'), true)
    assert.equal(admitted(), 19)
  })

  test('who was cut is refused for five seconds', () => {
    const { gate: it, time } = gateWith({})
    it.cut('a')
    assert.deepEqual([it.admit('a'), it.isCut('a'), it.admit('b')], [false, true, true])
    time.now += 4999
    assert.equal(it.admit('a'), false)
    time.now += 1
    assert.equal(it.admit('a'), true)
  })

  test('a handshake vouches for an address for a minute, also when it was refused', () => {
    const { gate: it, time } = gateWith({ perSource: 0 })
    assert.equal(it.isProven('a'), false)
    it.admit('a')
    assert.equal(it.isProven('a'), true)
    time.now += 60_000
    assert.equal(it.isProven('a'), false)
  })

  test('while it is shut nobody new is let in', () => {
    const { gate: it } = gateWith({})
    it.shut('memory', true)
    it.shut('time', true)
    it.shut('memory', false)
    assert.equal(it.admit('a'), false)
    it.shut('time', false)
    assert.equal(it.admit('a'), true)
  })
})

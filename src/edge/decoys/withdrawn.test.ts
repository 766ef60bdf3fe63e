import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Withdrawn } from './withdrawn.ts'

const rowsOf = (count: number, since = 1) =>
  Array.from({ length: count }, (_, at) => ({
    address: `198.18.${at >> 8}.${at & 255}`,
    since,
    until: since + 1000,
    cause: 'probed for it',
  }))

/** A store that counts what is written. */
const opened = () => {
  let stored: unknown
  let written = 0
  const withdrawn = new Withdrawn({
    get: () => undefined,
    set: (_, value) => {
      stored = value
      written++
    },
  })
  return { withdrawn, stored: () => stored, written: () => written }
}

describe('addresses that decoys left', () => {
  it('are written once, however many were claimed together', () => {
    const { withdrawn, written } = opened()
    withdrawn.add(rowsOf(4096))
    assert.equal(withdrawn.rows.length, 4096)
    assert.equal(written(), 1)
  })

  it('stay away from the last claim on, and are known since the first', () => {
    const { withdrawn, stored } = opened()
    withdrawn.add(rowsOf(2, 1))
    withdrawn.add(rowsOf(1, 500))
    assert.deepEqual(
      withdrawn.rows.map(({ address, since, until }) => [address, since, until]),
      [
        ['198.18.0.1', 1, 1001],
        ['198.18.0.0', 1, 1500],
      ],
    )
    assert.deepEqual(stored(), withdrawn.rows)
  })

  it('are free when their time is over', () => {
    const { withdrawn } = opened()
    withdrawn.add(rowsOf(3, 1))
    withdrawn.add(rowsOf(1, 500))
    assert.deepEqual(
      withdrawn.settle(1001).map(({ address }) => address),
      ['198.18.0.1', '198.18.0.2'],
    )
    assert.deepEqual([...withdrawn.addresses()], ['198.18.0.0'])
  })

  it('keep the time that was agreed, from now on, when the clock was ahead at that time', () => {
    const { withdrawn, stored } = opened()
    withdrawn.add([...rowsOf(1, 500), ...rowsOf(2, 9_000_000).slice(1)])
    withdrawn.setBack(600)
    assert.deepEqual(
      withdrawn.rows.map(({ since, until }) => [since, until]),
      [
        [500, 1500],
        [600, 1600],
      ],
    )
    assert.deepEqual(stored(), withdrawn.rows)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Fault } from '#core/errors.ts'
import { returnedText, returning } from './returning.ts'

const now = 1_000_000
/** Claimed addresses, and how many seconds ago somebody was heard there. */
const heard: Readonly<Record<string, number>> = { '198.18.1.40': 3600, '198.18.1.41': 60, '198.18.1.42': 59 }
const rows = Object.keys(heard).map((address) => ({ address, since: 0, until: 2_000_000, cause: 'probed for it' }))
const of = (...addresses: string[]) =>
  returning(addresses, rows, {
    now,
    quiet: 60,
    heardLast: ({ address }) => now - (heard[address] ?? 0) * 1000,
  })

describe('decoys that come back by order', () => {
  it('come where nobody was heard for as long as is listened', () =>
    assert.deepEqual(of(), {
      returned: ['198.18.1.40', '198.18.1.41'],
      used: [{ address: '198.18.1.42', seconds: 59 }],
      quiet: 60,
    }))

  it('come to those that are named alone', () => assert.deepEqual(of('198.18.1.41').returned, ['198.18.1.41']))

  it('are refused where somebody is', () =>
    assert.throws(
      () => of('198.18.1.42'),
      (error) =>
        error instanceof Fault &&
        error.code === 'refused' &&
        /Somebody was heard at 198\.18\.1\.42 59 s ago: no decoy/.test(error.message),
    ))

  it('are not found where nobody claimed', () =>
    assert.throws(
      () => of('198.18.1.40', '198.18.1.50'),
      (error) => error instanceof Fault && error.code === 'not-found' && error.message.includes('198.18.1.50'),
    ))

  it('are none where nothing is claimed', () =>
    assert.deepEqual(returning([], [], { now, quiet: 60, heardLast: () => now }), {
      returned: [],
      used: [],
      quiet: 60,
    }))

  it('are told', () => {
    assert.equal(
      returnedText(['198.18.1.40'], 'gone'),
      'Decoys may stand again at 198.18.1.40, which was claimed: gone.',
    )
    assert.match(returnedText(['a', 'b'], 'gone'), /at 2 addresses, which were claimed/)
  })
})

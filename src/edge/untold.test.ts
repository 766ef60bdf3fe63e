import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Untold } from './untold.ts'

const at = Date.parse('2026-11-26T20:00:00Z')

test('an event of the audit trail is told later, with the time at which it happened', () => {
  const untold = new Untold()
  untold.keep([{ kind: 'rollback', by: 'deadline', text: 'x' }], at)
  assert.equal(untold.waiting, 1)
  const time = '2026-11-26T20:00:00.000Z'
  assert.deepEqual(untold.drafts(at + 5000), [{ kind: 'rollback', by: 'deadline', text: 'x', first: time, last: time }])
  untold.told()
  assert.deepEqual([untold.waiting, untold.lostInAll, untold.drafts(at)], [0, 0, []])
})

test('of other events the number is told', () => {
  const untold = new Untold()
  untold.keep([{ kind: 'denial' }, { kind: 'denial' }], at)
  untold.keep([{ kind: 'apply', by: 'test' }], at + 1000)
  const drafts = untold.drafts(at + 5000)
  assert.deepEqual(
    drafts.map(({ kind, first, details }) => [kind, first, details?.['events']]),
    [
      ['apply', '2026-11-26T20:00:01.000Z', undefined],
      ['gap', '2026-11-26T20:00:00.000Z', 2],
    ],
  )
  untold.told()
  assert.deepEqual([untold.waiting, untold.lostInAll], [0, 2])
})

test('more than memory holds is a number, too', () => {
  const untold = new Untold()
  for (let count = 0; count < 1500; count++) untold.keep([{ kind: 'release' }], at)
  const drafts = untold.drafts(at)
  assert.deepEqual([drafts.length, drafts.at(-1)?.details?.['events']], [1001, 500])
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Answer } from '#core/personality.ts'
import { inUnits } from './units.ts'

/** Units that begin with their length; 0 is no unit, 200 one whose length is not told yet. */
const frame = ([first = 0]: Uint8Array): number => (first === 0 ? -1 : first === 200 ? 0 : first)
const echo = (unit: Uint8Array): Answer => ({
  send: [unit],
  exchanges: 1,
  notes: ['asked'],
  ...(unit[1] === 99 && { close: true }),
  ...(unit[1] === 98 && { tls: true }),
  ...(unit[1] === 97 && { delay: unit[2] ?? 0, attempts: [{ user: '', secret: { kind: 'none' } }] }),
})
const taking = (answer = echo) => inUnits({ longest: 5, frame, answer, otherwise: () => echo(Uint8Array.of(0)) })

/** What is said to each piece: units with a dash between them, and whether it closes. */
const toEach = (...pieces: readonly (readonly number[])[]): readonly string[] => {
  const take = taking()
  return pieces.map((piece) => {
    const { send, close } = take(Uint8Array.from(piece))
    return `${send.map((unit) => unit.join(' ')).join(' - ')}${close === true ? ' .' : ''}`
  })
}

describe('units of a connection', () => {
  const rows: readonly (readonly [string, readonly (readonly number[])[], readonly string[]])[] = [
    ['are answered one by one when they come together', [[2, 1, 3, 1, 2]], ['2 1 - 3 1 2']],
    ['are waited for', [[3], [1], [2]], ['', '', '3 1 2']],
    [
      'may end where the next one begins',
      [
        [2, 1, 3],
        [1, 2, 1],
      ],
      ['2 1', '3 1 2 - 1'],
    ],
    [
      'end at what is none, after an answer to those before, and none is taken then',
      [[1, 0, 1], [1]],
      ['1 - 0 .', ' .'],
    ],
    ['end at one that is too long before the whole of it came', [[6, 1]], ['0 .']],
    ['end at one that does not tell its length in time', [[200, 1, 1, 1, 1], [1]], ['', '0 .']],
    ['end where an answer says so', [[2, 99, 1], [1]], ['2 99 .', ' .']],
    [
      'in the clear do not follow a request for TLS',
      [
        [2, 98, 3, 1],
        [2, 1],
      ],
      ['2 98', '2 1'],
    ],
  ]
  for (const [name, pieces, said] of rows) test(name, () => assert.deepEqual(toEach(...pieces), said))

  test('have memory of their own, whatever came and whoever uses it again', () => {
    const came = Buffer.from([2, 7, 3, 1])
    const kept: Uint8Array[] = []
    const take = taking((unit) => ({ send: [], exchanges: kept.push(unit) }))
    take(came)
    came.fill(9)
    take(Uint8Array.of(2))
    assert.deepEqual(kept, [Uint8Array.of(2, 7), Uint8Array.of(3, 1, 2)])
    assert.ok(kept.every((unit) => !Buffer.isBuffer(unit)))
  })
  test('are answered as one, with the longest delay and all attempts', () => {
    const answer = taking()(Uint8Array.of(3, 97, 20, 3, 97, 10, 1))
    assert.deepEqual([answer.exchanges, answer.delay, answer.attempts?.length], [3, 20, 2])
  })
  test('are answered with at most 16 notes', () => {
    assert.equal(taking()(new Uint8Array(100).fill(1)).notes?.length, 16)
  })
  test('beyond 512 at once close the connection', () => {
    const { exchanges, close } = taking()(new Uint8Array(513).fill(1))
    assert.deepEqual([exchanges, close], [512, true])
    assert.equal(taking()(new Uint8Array(512).fill(1)).close, undefined)
  })
  test('answered with more than 256 kB at once close the connection', () => {
    const large = new Uint8Array(100_000)
    const { send, close } = taking(() => ({ send: [large], exchanges: 1 }))(new Uint8Array(10).fill(1))
    assert.deepEqual([send.length, close], [3, true])
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { silence } from '#core/personality.ts'
import { inUnits } from '../units.ts'
import { lines } from './lines.ts'

const read = (...pieces: readonly string[]): readonly string[] => {
  const { frame, lineOf } = lines(8)
  const found: string[] = []
  const answer = (piece: Uint8Array) => {
    const line = lineOf(piece)
    if (line !== undefined) found.push(line)
    return silence
  }
  const take = inUnits({ longest: 8, frame, answer })
  for (const piece of pieces) take(Buffer.from(piece, 'latin1'))
  return found
}

describe('lines', () => {
  const rows: readonly (readonly [sentence: string, typed: string, found: readonly string[]])[] = [
    ['end with CR LF', 'USER\r\nPASS\r\n', ['USER', 'PASS']],
    ['end with LF alone', 'USER\n\nPASS\n', ['USER', '', 'PASS']],
    ['without an end are waited for', 'USER', []],
    ['as long as may be are given', '1234567\nx\n', ['1234567', 'x']],
    ['that are too long are given as far as they may be, once', '123456789abcdefghijklmn\nx\n', ['12345678', 'x']],
    ['of just the limit are given once', '12345678\nx\n', ['12345678', 'x']],
  ]
  for (const [sentence, typed, found] of rows) {
    test(sentence, () => assert.deepEqual(read(typed), found))
    test(`${sentence}, byte by byte`, () => assert.deepEqual(read(...typed.split('')), found))
  }
})

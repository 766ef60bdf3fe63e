import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentOf } from './moment.ts'

const now = Date.UTC(2026, 10, 21, 12)
const moments: readonly [text: string, at: number | undefined][] = [
  ['2h', Date.UTC(2026, 10, 21, 10)],
  ['30m', Date.UTC(2026, 10, 21, 11, 30)],
  ['2026-11-21T10:00Z', Date.UTC(2026, 10, 21, 10)],
  ['2026-11-21T10:00:05.250+01:00', Date.UTC(2026, 10, 21, 9, 0, 5, 250)],
  ['2026-11-21T10:00', new Date(2026, 10, 21, 10).getTime()],
  ['2026-11-21 10:00', new Date(2026, 10, 21, 10).getTime()],
  ['2026-11-21', new Date(2026, 10, 21).getTime()],
  ['1970-01-01', new Date(1970, 0, 1).getTime()],
  ['2026-13-45', undefined],
  ['yesterday', undefined],
  ['2', undefined],
  ['', undefined],
]
for (const [text, at] of moments) {
  test(`"${text}" is ${at === undefined ? 'no time' : 'a time'}`, () => assert.equal(momentOf(text, now), at))
}

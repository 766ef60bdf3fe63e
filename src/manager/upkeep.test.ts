import assert from 'node:assert/strict'
import { it } from 'node:test'
import { surelyNow } from './upkeep.ts'

const begun = { now: 1_000_000, steady: 50 }
for (const [what, now, expected] of [
  ['a clock that is right', 1_003_600, 1_003_600],
  ['a clock that was set a year ahead since', 1_003_600 + 31_536_000_000, 1_003_600],
  ['a clock that was wrong at the start and was set back', 400_000, 400_000],
] as const)
  it(`what is over is found by ${what}`, () => assert.equal(surelyNow(begun, now, 3650), expected))

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { timeoutOf } from './timeout.ts'

const rows: readonly [name: string, seconds: number, expect: string][] = [
  ['a fraction of a second', 0.25, 'timeout 250ms'],
  ['nothing at all is the shortest there is', 0, 'timeout 1ms'],
  ['a whole second', 1, 'timeout 1s'],
  ['seconds and milliseconds', 61.0015, 'timeout 61s2ms'],
  ['a day and more stays within eight digits per unit', 30 * 86_400 + 0.5, 'timeout 2592000s500ms'],
]
for (const [name, seconds, expect] of rows) it(`timeout: ${name}`, () => assert.equal(timeoutOf(seconds), expect))

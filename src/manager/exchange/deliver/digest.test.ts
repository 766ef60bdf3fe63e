import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '#schema/event.ts'
import { short } from './digest.ts'
import type { Totals } from './outlet.ts'

const event = (text: string): Event => ({
  id: '01KAJ4A7000000000000000000',
  time: '2026-11-21T10:00:00.000Z',
  class: 'P0',
  kind: 'containment',
  site: 'north',
  edge: 'cell-1',
  count: 1,
  first: '2026-11-21T10:00:00.000Z',
  last: '2026-11-21T10:00:00.000Z',
  text,
})
const totals: Totals = { events: 1, kinds: new Map([['containment', 1]]) }

const rows: readonly [name: string, text: string, said: string][] = [
  ['is one line', 'a\nb\u001B[2J\u202Ec', 'Bulkhead north: a b [2J c'],
  ['hides nothing', 'a\u3164b\u2800c', 'Bulkhead north: a b c'],
  ['ends with a whole character', `${'x'.repeat(143)}🏭`, `Bulkhead north: ${'x'.repeat(143)} `],
]
for (const [name, text, said] of rows)
  test(`a short message ${name}`, () => assert.equal(short([event(text)], totals), said))

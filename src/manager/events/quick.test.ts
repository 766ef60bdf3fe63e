import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StoredEvent } from '#schema/manager-events.ts'
import { isPlainEvent } from './quick.ts'

const usual = {
  id: '01KAJ4A7000000000000000000',
  time: '2026-11-21T10:00:10.000Z',
  class: 'P1',
  kind: 'denial',
  site: 'north',
  edge: 'cell-1',
  count: 12,
  first: '2026-11-21T10:00:00.120Z',
  last: '2026-11-21T10:00:09.870Z',
  text: 'Denied.',
}
const whole = {
  ...usual,
  zone: 'cell-1',
  conduit: 'c1',
  reason: 'no-conduit',
  source: { ip: '198.18.1.72', mac: '00:1b:1b:aa:00:72', vlan: 0, port: 'plant', asset: 'ews-1' },
  destination: { ip: '2001:db8::1' },
  protocol: 'tcp',
  port: 102,
  by: 'kernel',
  details: { summary: true, bytes: 1.5, mode: 'enforce' },
  technique: 'T0846',
}
/** What a member may be replaced by, of every sort. */
const values: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  2 ** 53,
  65_536,
  4095,
  '',
  'x',
  'x'.repeat(17),
  'x'.repeat(65),
  'x'.repeat(201),
  'x'.repeat(501),
  'P9',
  'Denial',
  'T2000',
  '198.18.1.300',
  'fe80::1%eth0',
  '00:1B:1B:AA:00:72',
  '2026-02-29T10:00:10.000Z',
  '2024-02-29T10:00:10.000Z',
  '2026-04-31T10:00:10.000Z',
  '2026-12-31T24:00:10.000Z',
  '2026-11-21T10:00:60.000Z',
  '2026-11-21T10:00:10Z',
  '0026-11-21T10:00:10.000Z',
  '01KAJ4A700000000000000000I',
  [],
  {},
  { ip: 'nowhere' },
  { ip: '::1', more: 1 },
  { vlan: 4095 },
  { mac: '00-1b-1b-aa-00-72' },
  { port: '' },
  { a: { b: 1 } },
  { a: [1, 'x', null] },
  { a: null },
  { a: 'x'.repeat(501) },
  { ['x'.repeat(65)]: 1 },
  Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`x${at}`, 'y'.repeat(32)])),
  Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`x${at}`, 'y'.repeat(32)])),
]

describe('the quick yes', () => {
  for (const [name, event] of Object.entries({ 'the least': usual, 'the most': whole }))
    it(`is said to ${name} that an event usually has`, () => {
      assert.ok(isPlainEvent(event))
      assert.deepEqual(StoredEvent.parse(event), event)
    })
  for (const name of [...Object.keys(whole), 'other', '__proto__'])
    it(`is said to nothing that the schema refuses or changes, whatever ${name} is`, () => {
      let refused = 0
      for (const value of values) {
        const event: unknown = JSON.parse(JSON.stringify({ ...whole, [name]: value }))
        const parsed = StoredEvent.safeParse(event)
        if (!parsed.success) refused++
        if (isPlainEvent(event)) assert.deepEqual(parsed.data, event, JSON.stringify(value))
      }
      assert.ok(refused > 20, `the schema refused ${refused}`)
    })
  it('is not said to what is no record', () => {
    for (const value of values) assert.equal(isPlainEvent(value), false)
  })
  it('knows every day of a year', () => {
    for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2027, 0, 1); day += 86_400_000)
      assert.ok(isPlainEvent({ ...usual, time: new Date(day).toISOString() }), new Date(day).toISOString())
  })
})

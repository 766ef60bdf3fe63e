import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { attackPattern, identity, indicates, indicator, sighting, uuid } from './stix.ts'
import { news, type Shown } from './publish.ts'

const teller = { key: 'ab'.repeat(32), since: Date.UTC(2026, 0, 1) }
const now = Date.UTC(2026, 10, 21, 10)
const held = {
  ip: '203.0.113.7',
  created: now,
  modified: now,
  from: now - 1000,
  until: now + 60_000,
  reason: 'A decoy.',
}

/** STIX 2.1, 2.9, 2.1 and 3.2: what every object has. */
const idForm = /^[a-z-]+--[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const it7 = indicator(teller, held)
const all = [
  identity(teller),
  it7,
  sighting(teller, { indicator: it7.id, event: 'E', at: now, first: now, last: now - 5, count: 2 ** 40 }),
  attackPattern(teller, 'T0859'),
  attackPattern(teller, 'T9999'),
  indicates(teller, it7.id, 'T0859', now),
]
for (const object of all)
  it(`${object.type} has what STIX 2.1 asks of every object`, () => {
    assert.match(object.id, idForm)
    assert.ok(object.id.startsWith(`${object.type}--`))
    assert.equal(object.spec_version, '2.1')
    for (const time of [object.created, object.modified]) assert.match(time, timeForm)
    assert.ok(object.created <= object.modified)
    const refs = Object.entries(object).filter(([key]) => key.endsWith('_ref'))
    for (const [, ref] of refs) assert.match(String(ref), idForm)
  })
it('an indicator says what, since when, and until when', () => {
  assert.deepEqual(
    [it7['pattern'], it7['pattern_type'], it7['valid_from'], it7['valid_until'], it7['indicator_types']],
    [
      "[ipv4-addr:value = '203.0.113.7']",
      'stix',
      '2026-11-21T09:59:59.000Z',
      '2026-11-21T10:01:00.000Z',
      ['malicious-activity'],
    ],
  )
})
it('a sighting is no longer than its bounds', () => {
  const { count, first_seen, last_seen } = all[2]!
  assert.equal(count, 999_999_999)
  assert.ok(String(first_seen) <= String(last_seen))
})
it('a technique is named as MITRE names it', () =>
  assert.deepEqual(all[3]!['external_references'], [
    { source_name: 'mitre-attack', external_id: 'T0859', url: 'https://attack.mitre.org/techniques/T0859/' },
  ]))
it('ids are the same for the same, and others for another manager', () => {
  assert.equal(uuid('a', 'b'), uuid('a', 'b'))
  assert.notEqual(uuid('a', 'b'), uuid('c', 'b'))
})

describe('what is told', () => {
  const shown = (more: Partial<Shown> = {}): ReadonlyMap<string, Shown> => new Map([[held.ip, { ...held, ...more }]])
  const wanted = { ip: held.ip, at: held.from, expires: held.until, reason: held.reason }
  const told = (before: ReadonlyMap<string, Shown>, after: readonly (typeof wanted)[]) =>
    news(teller, before, after, now + 5).objects.map(({ id, revoked, valid_until }) => [
      id === it7.id,
      revoked ?? false,
      valid_until,
    ])
  const end = '2026-11-21T10:01:00.000Z'
  it('a new address is', () => assert.deepEqual(told(new Map(), [wanted]), [[true, false, end]]))
  it('what is told already is not', () => assert.deepEqual(told(shown(), [wanted]), []))
  it('another end is', () => assert.deepEqual(told(shown({ until: now + 1 }), [wanted]), [[true, false, end]]))
  it('what is gone is taken back', () => assert.deepEqual(told(shown(), []), [[true, true, end]]))
})

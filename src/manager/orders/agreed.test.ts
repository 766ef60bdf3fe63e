import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePolicy } from '#policy/parse.ts'
import { agreedOn, agreedOnScan, type Agreement } from './agreed.ts'
import { describeSite } from './published.ts'

const siteWith = (responses: string, mode = 'contain') =>
  describeSite(
    'north',
    3,
    parsePolicy(`
version: 1
site: north
edges: {}
zones:
  cell: { level: 1, networks: [198.18.1.0/26], mode: ${mode} }
assets:
  ews: { ips: [198.18.1.9], zone: cell, kind: engineering }
responses: [${responses}]
`).site!,
  )
const row = (event: string, what: string): string => `{ zone: cell, event: ${event}, ${what}, agreed-by: [ops, it] }`
const says = (one: Agreement): string =>
  one.does === 'contain' ? `${one.seconds} s ${one.level} by ${one.evidence}` : one.does

interface Case {
  readonly name: string
  readonly rows: string
  readonly reason?: string
  readonly zone?: string | null
  readonly ip?: string
  readonly named?: 'scan' | 'decoy'
  readonly says: string
}
const cases: readonly Case[] = [
  {
    name: 'a stranger is stopped as far as its row says',
    rows: row('out-of-scope', 'stranger: contain 1h site'),
    says: '3600 s site by out-of-scope',
  },
  {
    name: 'and in the whole fleet where that was agreed',
    rows: row('out-of-scope', 'stranger: contain 30m fleet'),
    says: '1800 s fleet by out-of-scope',
  },
  { name: 'an edge alone was agreed', rows: row('out-of-scope', 'stranger: contain 1h edge'), says: 'stay' },
  { name: 'no reach was agreed', rows: row('out-of-scope', 'stranger: contain'), says: 'stay' },
  { name: 'nobody agreed on anything', rows: '', says: 'ask' },
  { name: 'another thing was agreed', rows: row('out-of-scope', 'stranger: deny'), says: 'ask' },
  { name: 'another zone agreed', rows: row('out-of-scope', 'stranger: contain 1h site'), zone: 'dmz', says: 'ask' },
  { name: 'the zone is not told', rows: row('out-of-scope', 'stranger: contain 1h site'), zone: null, says: 'ask' },
  {
    name: 'what holds for strangers holds for no asset',
    rows: row('out-of-scope', 'stranger: contain 1h site'),
    ip: '198.18.1.9',
    says: 'ask',
  },
  {
    name: 'an asset has its own word',
    rows: row('out-of-scope', 'known: contain 5m site'),
    ip: '198.18.1.9',
    reason: 'agreed-response',
    says: '300 s site by out-of-scope',
  },
  {
    name: 'a spent budget at a decoy has its row',
    rows: `${row('decoy', 'stranger: contain 2h fleet')}, ${row('out-of-scope', 'stranger: contain 1h site')}`,
    reason: 'decoy-contact',
    says: '7200 s fleet by decoy',
  },
  {
    name: 'where two rows may be meant, the nearer holds',
    rows: `${row('scan', 'stranger: contain 2h fleet')}, ${row('rate', 'stranger: contain 5m site')}`,
    reason: 'agreed-response',
    says: '300 s site by rate',
  },
  {
    name: 'where two rows may be meant, an edge alone holds',
    rows: `${row('scan', 'stranger: contain 2h fleet')}, ${row('out-of-scope', 'stranger: contain 5m')}`,
    reason: 'agreed-response',
    says: 'stay',
  },
  {
    name: 'unless it is told which',
    rows: `${row('scan', 'stranger: contain 2h fleet')}, ${row('rate', 'stranger: contain 5m site')}`,
    reason: 'agreed-response',
    named: 'scan',
    says: '7200 s fleet by scan',
  },
]

describe('what was agreed on a containment', () => {
  for (const {
    name,
    rows,
    reason = 'stranger-contained',
    zone = 'cell',
    ip = '198.18.1.40',
    named,
    says: want,
  } of cases)
    it(name, () => {
      const fact = { kind: 'containment', reason, zone: zone ?? undefined, ip }
      assert.equal(says(agreedOn(siteWith(rows), fact, named)), want)
    })
  it('without a policy nobody agreed', () =>
    assert.equal(says(agreedOn(undefined, { kind: 'containment', zone: 'cell', ip: '198.18.1.40' })), 'ask'))
})

describe('what was agreed on a scan', () => {
  const fact = { kind: 'scan', zone: 'cell', ip: '198.18.1.40' }
  const rows: readonly [name: string, rows: string, mode: string, says: string][] = [
    ['its row says how far', row('scan', 'stranger: contain 1h site'), 'contain', '3600 s site by scan'],
    [
      'the row of any sensor does, too',
      row('sensor', 'stranger: contain 1h fleet'),
      'contain',
      '3600 s fleet by sensor',
    ],
    [
      'its own row comes first',
      `${row('sensor', 'stranger: contain 1h fleet')}, ${row('scan', 'stranger: alert')}`,
      'contain',
      'stay',
    ],
    ['a zone that does not contain is told', row('scan', 'stranger: contain 1h site'), 'enforce', 'stay'],
    ['without a row it is told', '', 'contain', 'stay'],
  ]
  for (const [name, text, mode, want] of rows)
    it(name, () => assert.equal(says(agreedOnScan(siteWith(text, mode), fact)), want))
})

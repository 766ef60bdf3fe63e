import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explain, type Running } from './explain.ts'
import { plansOf } from './judge.ts'
import { loadPolicyText } from './load.ts'
import { failureLines, runTests } from './test.ts'

const now = Date.UTC(2026, 10, 21, 12)
const policy = (tests = '') => `version: 1
site: test
edges: { e: { bridge: br0, address: 198.18.1.254/24, ports: { a: { zones: [office] }, b: { zones: [cell] } } } }
zones:
  office: { level: 3, networks: [198.18.1.64/26], mode: contain }
  cell: { level: 1, networks: [198.18.1.0/26], mode: contain }
assets:
  hmi: { ips: [198.18.1.70], macs: ["00:1b:1b:00:00:70"], zone: office, kind: hmi }
  his: { ips: [198.18.1.71], macs: ["00:1b:1b:00:00:71"], zone: office, kind: historian }
  plc: { ips: [198.18.1.10], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc }
conduits:
  - { id: operate, from: hmi, to: plc, service: modbus }
responses:
  - { zone: cell, event: out-of-scope, stranger: deceive, known: deceive, agreed-by: [ops] }
decoys:
  deny: [198.18.1.30]
  pools:
    - { id: dark, zone: cell, approved: [198.18.1.20-198.18.1.40], personas: { modicon-m340: rest }, approved-by: [ops] }
  deceive:
    - { id: copy, to: plc, ports: [tcp/502], persona: modicon-m340 }
${tests}`
const { site, source } = loadPolicyText(policy(), 'site.yaml', now)
const lineOf = (part: string) => policy().slice(0, policy().indexOf(part)).split('\n').length
const [plan] = plansOf(site)
assert.ok(plan !== undefined)

const rows: readonly {
  name: string
  to: string
  running?: Running
  answer: string
  because: string
  rule: string
  line: number
  trace: string
}[] = [
  {
    name: 'an address of a pool, where decoys may stand',
    to: '198.18.1.25',
    answer: 'decoy',
    because: 'it is the address of a decoy',
    rule: 'pool dark',
    line: lineOf('- { id: dark'),
    trace: 'decoys: 198.18.1.25 is in pool dark: decoys may stand there',
  },
  {
    name: 'an address where the running edge has one',
    to: '198.18.1.25',
    running: { plan, state: { decoys: new Set(['198.18.1.25']) } },
    answer: 'decoy',
    because: 'it is the address of a decoy',
    rule: 'pool dark',
    line: lineOf('- { id: dark'),
    trace: 'decoys: one stands at 198.18.1.25',
  },
  {
    name: 'an address where the running edge has none at the moment',
    to: '198.18.1.25',
    running: { plan, state: { decoys: new Set() } },
    answer: 'deny',
    because: 'no conduit permits it',
    rule: 'zone cell',
    line: lineOf('cell: { level'),
    trace: 'zone default: cell denies by default; mode contain',
  },
  {
    name: 'an asset that a decoy stands in for',
    to: 'plc',
    answer: 'decoy',
    because: 'nothing permits it, and a decoy answers in place of the asset',
    rule: 'deceive copy',
    line: lineOf('- { id: copy'),
    trace: 'decoys: copy sends it to a decoy of persona modicon-m340',
  },
]

describe('explained is', () => {
  for (const { name, to, running, answer, because, rule, line, trace } of rows)
    it(name, () => {
      const { explanations } = explain(site, source, { from: 'his', to, service: 'modbus' }, now, running)
      const said = explanations[0]?.now
      assert.deepEqual([said?.answer, said?.because], [answer, because])
      assert.deepEqual(said?.rule, { kind: rule.split(' ')[0], id: rule.split(' ')[1], line })
      const last = said?.trace.at(-1)
      assert.equal(`${last?.check}: ${last?.result}`, trace)
      assert.equal(last?.line, line)
    })
})

describe('a test that expects a decoy says why none answers', () => {
  const failing: readonly [name: string, test: string, why: string][] = [
    [
      'an address that is denied',
      '{ from: his, to: 198.18.1.30, service: modbus',
      '198.18.1.30 is in no pool, or is denied there',
    ],
    [
      'another port',
      '{ from: his, to: plc, service: tcp/22',
      'what stands in for plc, where nothing permits it: copy tcp/502',
    ],
    [
      'what is permitted',
      '{ from: hmi, to: plc, service: modbus',
      'what stands in for plc, where nothing permits it: copy tcp/502',
    ],
    [
      'an asset that none stands in for',
      '{ from: plc, to: hmi, service: modbus',
      'no row of `decoys.deceive` stands in for hmi',
    ],
  ]
  for (const [name, test, why] of failing)
    it(name, () => {
      const document = policy(`tests:\n  - ${test}, expect: decoy }\n`)
      const loaded = loadPolicyText(document, 'site.yaml', now)
      const [result] = runTests(loaded.site, loaded.source, now)
      assert.ok(result !== undefined && !result.ok)
      const lines = failureLines('site.yaml', result)
      assert.match(lines, /expected decoy, got (deny|contain|permit)/)
      assert.equal(lines.split('\n').at(-1)?.trim(), `decoys: ${why}`)
    })
  it('and nothing where one does', () => {
    const loaded = loadPolicyText(
      policy('tests:\n  - { from: his, to: plc, service: modbus, expect: decoy }\n'),
      'x',
      now,
    )
    assert.deepEqual(
      runTests(loaded.site, loaded.source, now).map(({ ok, detail }) => [ok, detail]),
      [[true, 'deceive copy']],
    )
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compile } from './compile.ts'
import { diffPolicies } from './diff.ts'
import { evaluate } from './evaluate.ts'
import { explain } from './explain.ts'
import { loadPolicyText } from './load.ts'
import { ruleset } from './nft/ruleset.ts'
import type { IpPacket, Packet } from './packet.ts'
import { parsePolicy } from './parse.ts'
import type { ReasonId } from './reasons.ts'
import { sentence } from './report.ts'
import { initialState } from './state.ts'
import { runTests } from './test.ts'

/** Saturday, 2026-11-28, 03:00 in Berlin. */
const now = Date.parse('2026-11-28T02:00:00Z')

const document = (when: string, more = '') => `version: 1
site: test
timezone: Europe/Berlin
edges: { e: { bridge: br0, ports: { a: { zones: [office] }, b: { zones: [cell] } } } }
zones:
  office: { level: 3, networks: [198.18.0.0/24], mode: enforce }
  cell: { level: 1, networks: [198.18.1.0/24], mode: enforce }
assets:
  ews: { ips: [198.18.0.11], macs: ["00:1b:1b:00:00:11"], zone: office, kind: engineering }
  hmi: { ips: [198.18.0.12], macs: ["00:1b:1b:00:00:12"], zone: office, kind: hmi }
  plc: { ips: [198.18.1.10], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc }
groups:
  maintenance: { times: [{ days: [sat], from: "02:00", to: "04:00" }] }
conduits:
  - { id: poll, from: hmi, to: plc, service: tcp/502 }
  - { id: fix, from: ews, to: plc, service: tcp/102, when: ${when} }
  - { id: net, from: office, to: plc, service: tcp/8000-8100, when: { risk-below: 60 } }
${more}`
const siteOf = (text: string) => loadPolicyText(text, 'site.yaml', now).site
const planOf = (when: string) => {
  const plan = compile(siteOf(document(when)), 'e')
  assert.ok(plan)
  return plan
}

describe('the form of `when`', () => {
  const mistakes: readonly (readonly [name: string, when: string, at: string, says: RegExp])[] = [
    [
      'a risk below the lowest that decides',
      '{ risk-below: 5 }',
      '16:74',
      /`risk-below` is the number 5.*not below 10/,
    ],
    ['a risk above 100', '{ risk-below: 101 }', '16:74', /`risk-below` is the number 101.*not above 100/],
    ['a risk that is no whole number', '{ risk-below: 40.5 }', '16:74', /`risk-below` is the number 40\.5/],
    ['a risk that is text', '{ risk-below: low }', '16:74', /`risk-below` is "low"; expected a number/],
    ['a condition that does not exist', '{ risk: 40 }', '16:62', /unknown key `risk` in `when`.*`risk-below`/],
    ['no condition at all', '{}', '16:60', /`times`, `risk-below` or both/],
    ['a list', '[maintenance]', '16:60', /`when` is a list/],
  ]
  for (const [name, when, at, says] of mistakes)
    test(`${name} is told with its place`, () => {
      const { problems } = parsePolicy(document(when), 'site.yaml')
      const told = problems.map((problem) => `${problem.line}:${problem.column} ${sentence(problem)}`)
      assert.equal(told.length, 1, told.join('\n'))
      assert.ok(told[0]?.startsWith(`${at} `), told[0])
      assert.match(told[0] ?? '', says)
    })
  test('a group of times stays a name', () => assert.equal(planOf('maintenance').conduits[1]?.riskBelow, undefined))
  test('both conditions become a window and a risk', () => {
    const { conduits, windows } = planOf('{ times: maintenance, risk-below: 40 }')
    assert.deepEqual([conduits[1]?.window, conduits[1]?.riskBelow, windows[0]?.id], [0, 40, 'maintenance'])
  })
})

const packet = (ip: Partial<IpPacket>): Packet => ({
  in: 'a',
  out: 'b',
  srcMac: '00:1b:1b:00:00:11',
  dstMac: '00:1b:1b:00:01:10',
  etherType: 0x0800,
  ip: { family: 4, src: '198.18.0.11', dst: '198.18.1.10', proto: 6, sport: 40_000, dport: 102, flags: 2, ...ip },
})
const answer = (ip: Partial<IpPacket> = {}): Packet => ({
  ...packet({ src: '198.18.1.10', dst: '198.18.0.11', sport: 102, dport: 40_000, flags: 16, ...ip }),
  in: 'b',
  out: 'a',
  srcMac: '00:1b:1b:00:01:10',
  dstMac: '00:1b:1b:00:00:11',
})

describe('a conduit with risk-below: 40', () => {
  const poll = packet({ src: '198.18.0.12', dport: 502 })
  const rows: readonly (readonly [name: string, score: number | undefined, Packet, ReasonId])[] = [
    ['permits a source of which nothing is known', undefined, packet({}), 'permitted'],
    ['permits a source just below', 39, packet({}), 'permitted'],
    ['denies a source at it', 40, packet({}), 'out-of-scope'],
    ['denies data on a connection that is open', 100, packet({ flags: 16 }), 'out-of-scope'],
    ['permits the answer to a source below it', 39, answer(), 'answer'],
    ['denies the answer to a source at it', 40, answer(), 'out-of-scope'],
    ['over a network denies by its own limit', 60, packet({ dport: 8000 }), 'out-of-scope'],
    ['over a network permits below its own limit', 59, packet({ dport: 8000 }), 'permitted'],
    ['leaves other conduits alone', 100, { ...poll, srcMac: '00:1b:1b:00:00:12' }, 'permitted'],
  ]
  for (const [name, score, given, reason] of rows)
    test(name, () => {
      const risks = new Map(score === undefined ? [] : [['198.18.0.11', score] as const])
      assert.equal(evaluate(planOf('{ risk-below: 40 }'), initialState({ risks }), given).reason, reason)
    })
  test('and times asks for both', () => {
    const plan = planOf('{ times: maintenance, risk-below: 40 }')
    const verdict = (open: boolean, score: number) =>
      evaluate(
        plan,
        initialState({ openWindows: new Set(open ? [0] : []), risks: new Map([['198.18.0.11', score]]) }),
        packet({}),
      ).outcome
    assert.deepEqual(
      [verdict(true, 0), verdict(false, 0), verdict(true, 40), verdict(false, 40)],
      ['permit', 'deny', 'deny', 'deny'],
    )
  })
})

test('explain names the condition that failed, with its line', () => {
  const { site, source } = loadPolicyText(document('{ times: maintenance, risk-below: 40 }'), 'site.yaml', now)
  const ask = (risk: number, at?: string) =>
    explain(site, source, { from: 'ews', to: 'plc', service: 'tcp/102', risk, at }, now).explanations[0]
  assert.equal(ask(39)?.now.answer, 'permit')
  const denied = ask(55)
  assert.equal(denied?.now.reason, 'risk-too-high')
  assert.deepEqual(denied.nearest, {
    conduit: 'fix',
    line: 16,
    failed: [{ condition: 'risk-below', detail: 'risk 55 is not below 40', line: 16 }],
  })
  assert.equal(ask(55, '2026-11-29T03:00')?.now.reason, 'window-closed')
})

test('a policy test may say a risk', () => {
  const tests = `tests:
  - { from: ews, to: plc, service: tcp/102, risk: 39, expect: permit }
  - { from: ews, to: plc, service: tcp/102, risk: 40, expect: deny }`
  const { site, source } = loadPolicyText(document('{ risk-below: 40 }', tests), 'site.yaml', now)
  assert.deepEqual(
    runTests(site, source, now).map(({ ok }) => ok),
    [true, true],
  )
})

test('diff tells a stricter condition as denied and a milder one as permitted', () => {
  const changed = (before: string, after: string) => {
    const { permitted, denied } = diffPolicies(siteOf(document(before)), siteOf(document(after)), now)
    return { permitted: permitted.map(({ when }) => when), denied: denied.map(({ when }) => when) }
  }
  const same = { permitted: [], denied: [] }
  assert.deepEqual(changed('{ risk-below: 40 }', '{ risk-below: 40 }'), same)
  assert.deepEqual(changed('maintenance', '{ times: maintenance }'), same)
  assert.deepEqual(changed('{ risk-below: 60 }', '{ risk-below: 40 }'), {
    permitted: [],
    denied: ['{ risk-below: 60 }'],
  })
  assert.deepEqual(changed('{ times: maintenance, risk-below: 40 }', 'maintenance'), {
    permitted: ['maintenance'],
    denied: [],
  })
})

describe('in the kernel', () => {
  const text = (when: string) => ruleset(planOf(when), { generation: 7 }).prepare.join('')
  test('permits that ask for a risk have maps and sets of their own, and both directions ask', () => {
    const all = text('{ risk-below: 40 }')
    assert.ok(all.includes('set risk40_4 { type ipv4_addr; size 65536; flags timeout; }'), all)
    assert.ok(all.includes('add element bridge bulkhead g7_permit_r40_4 { 0 . 198.18.0.11 . 198.18.1.10 . 6 . 102'))
    const rules = all.split('\n').filter((line) => line.includes('@g7_permit_r40_4'))
    assert.deepEqual(
      rules.map((rule) => rule.trim().split(' counter ')[0]),
      ['ip daddr != @risk40_4', 'ip saddr != @risk40_4'],
    )
  })
  test('a network asks in its rule', () => {
    const rules = text('maintenance')
      .split('\n')
      .filter((line) => line.includes('"c-net"') && line.includes('accept'))
    assert.match(rules[0] ?? '', /^\s*ip daddr != @risk60_4 /)
    assert.match(rules[1] ?? '', /^\s*ip saddr != @risk60_4 /)
  })
  test('a policy that asks for none has no word of it', () => {
    const site = siteOf(document('maintenance').replace(', when: { risk-below: 60 }', ''))
    const plan = compile(site, 'e')
    assert.ok(plan)
    assert.doesNotMatch(ruleset(plan, { generation: 7 }).prepare.join(''), /risk\d/)
  })
})

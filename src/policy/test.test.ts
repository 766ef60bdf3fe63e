import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readdirSync } from 'node:fs'
import { examinePolicy, loadPolicy, loadPolicyText } from './load.ts'
import { sentence } from './report.ts'
import { failureLines, runTests } from './test.ts'

const examples = new URL('../../examples/', import.meta.url)
const now = Date.UTC(2026, 10, 21, 12)

for (const file of readdirSync(examples).filter((name) => name.endsWith('.yaml')))
  describe(`the example ${file}`, () => {
    const path = new URL(file, examples).pathname
    test('has no problems', () => assert.deepEqual(examinePolicy(path, now).problems.map(sentence), []))
    test('passes its own tests', () => {
      const { site, source } = loadPolicy(path, now)
      const results = runTests(site, source, now)
      assert.ok(results.length >= 2)
      assert.deepEqual(
        results.filter(({ ok }) => !ok).map((result) => failureLines(file, result)),
        [],
      )
    })
  })

const policy = (tests: string, extra = '') => `version: 1
site: test
timezone: Europe/Berlin
edges:
  e: { bridge: br0, ports: { a: { zones: [office], vlans: [untagged, 20], routers: ["00:00:5e:00:01:01"] }, b: { zones: [cell, store], vlans: [untagged, 20] } } }
zones:
  office: { level: 3, networks: [198.18.0.0/24, "fd00:198:18::/64"], mode: shadow }
  cell: { level: 1, networks: [198.18.1.0/24, "fd00:198:18:1::/64"], mode: contain }
  store: { level: 1, networks: [198.18.2.0/24], mode: enforce, intra: deny }
assets:
  hmi: { ips: [198.18.0.10, "fd00:198:18::10"], macs: ["00:1b:1b:00:00:10"], zone: office, kind: hmi }
  ews: { ips: [198.18.0.11], macs: ["00:1b:1b:00:00:11"], zone: office, kind: engineering }
  plc: { ips: [198.18.1.10, "fd00:198:18:1::10"], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc, qualified: true }
  plc-2: { ips: [198.18.1.11], macs: ["00:1b:1b:00:01:11"], zone: cell, kind: plc }
  robot: { ips: [198.18.2.10], macs: ["00:1b:1b:00:02:10"], zone: store, kind: robot }
groups:
  plcs: { kinds: [plc] }
  nights: { times: [{ days: [fri], from: "22:00", to: "06:00" }] }
conduits:
  - { id: operate, from: hmi, to: plc, service: modbus, allow: [read, { op: write-single-register, registers: 100-119, step: 50 }] }
  - { id: nightly, from: ews, to: plcs, service: s7comm, allow: [program], when: nights }
  - { id: ask, from: hmi, to: robot, service: tcp/9000-9010 }
  - { id: report, from: plc, to: hmi, service: udp/514 }
  - { id: soon, from: ews, to: plc, service: tcp/7, expires: 2026-11-22 }
  - { id: motion, from: hmi, to: plc, service: profinet }
  - { id: ping, from: hmi, to: plcs, service: icmp }
denies:
  - { id: no-nine, from: any, to: store, service: tcp/9009 }
${extra}tests:
  ${tests}
`

const passing: readonly { name: string; test: string }[] = [
  { name: 'a whole conversation', test: '{ from: hmi, to: plc, service: modbus, expect: permit }' },
  { name: 'a port of a range', test: '{ from: hmi, to: robot, service: tcp/9010, expect: permit }' },
  {
    name: 'a port that a deny takes out of the range',
    test: '{ from: hmi, to: robot, service: tcp/9009, expect: deny }',
  },
  { name: 'the other direction', test: '{ from: plc, to: hmi, service: modbus, expect: deny }' },
  { name: 'a zone in shadow, judged as enforced', test: '{ from: plc, to: hmi, service: tcp/514, expect: deny }' },
  { name: 'IPv6 by its address', test: '{ from: hmi, to: "fd00:198:18:1::10", service: modbus, expect: permit }' },
  {
    name: 'an address without a conduit in its family',
    test: '{ from: "fd00:198:18::99", to: "fd00:198:18:1::10", service: modbus, expect: contain }',
  },
  {
    name: 'a stranger towards a zone that contains',
    test: '{ from: 198.18.0.99, to: plc, service: modbus, expect: contain }',
  },
  {
    name: 'a stranger towards a zone that only enforces',
    test: '{ from: 198.18.0.99, to: robot, service: tcp/1, expect: deny }',
  },
  { name: 'somebody of the zone', test: '{ from: office, to: plc, service: modbus, expect: contain }' },
  { name: 'anybody', test: '{ from: any, to: plc, service: modbus, expect: contain }' },
  {
    name: 'every member of a group',
    test: '{ from: ews, to: plcs, service: s7comm, at: "2026-11-28T05:00", expect: permit }',
  },
  {
    name: 'a window before it opens',
    test: '{ from: ews, to: plcs, service: s7comm, at: "2026-11-27T21:59", expect: deny }',
  },
  { name: 'a window without a time', test: '{ from: ews, to: plcs, service: s7comm, expect: deny }' },
  { name: 'a conduit not yet expired', test: '{ from: ews, to: plc, service: tcp/7, expect: permit }' },
  {
    name: 'a conduit on the day it expires',
    test: '{ from: ews, to: plc, service: tcp/7, at: "2026-11-22T00:00", expect: deny }',
  },
  { name: 'a command of a class', test: '{ from: hmi, to: plc, service: modbus, op: read-coils, expect: permit }' },
  {
    name: 'a command not allowed',
    test: '{ from: hmi, to: plc, service: modbus, op: write-single-coil, coil: 1, expect: deny }',
  },
  {
    name: 'a narrowed command',
    test: '{ from: hmi, to: plc, service: modbus, op: write-single-register, register: 119, value: 1, expect: permit }',
  },
  {
    name: 'a narrowed command with registers written as a range',
    test: '{ from: hmi, to: plc, service: modbus, op: write-single-register, registers: 119-120, expect: deny }',
  },
  {
    name: 'a step from what was given',
    test: '{ from: hmi, to: plc, service: modbus, op: write-single-register, register: 100, value: 351, given: register 100 = 300, expect: deny }',
  },
  {
    name: 'a spoofed Ethernet address',
    test: '{ from: hmi, mac: "02:00:00:00:00:01", to: plc, service: modbus, expect: spoof }',
  },
  { name: 'a spoofed place', test: '{ from: plc-2, port: a, to: plc, service: modbus, expect: spoof }' },
  {
    name: 'a router’s Ethernet address',
    test: '{ from: hmi, mac: "00:00:5E:00:01:01", to: plc, service: modbus, expect: permit }',
  },
  { name: 'another VLAN of both ports', test: '{ from: hmi, vlan: 20, to: plc, service: modbus, expect: permit }' },
  { name: 'an EtherType between two assets', test: '{ from: hmi, to: plc, service: profinet, expect: permit }' },
  { name: 'an EtherType nobody allowed', test: '{ from: hmi, to: plc, service: goose, expect: deny }' },
  { name: 'a ping', test: '{ from: hmi, to: plcs, service: icmp, expect: permit }' },
]

const run = (line: string) => {
  const { site, source } = loadPolicyText(policy(`- ${line}`), 'site.yaml', now)
  return runTests(site, source, now)[0]!
}

describe('a policy test asks about', () => {
  for (const { name, test: line } of passing)
    test(name, () => {
      const result = run(line)
      assert.ok(result.ok, failureLines('site.yaml', result))
      for (const other of ['permit', 'deny', 'contain', 'redirect', 'spoof'].filter(
        (answer) => answer !== result.expected,
      ))
        assert.equal(run(line.replace(/expect: \w+/, `expect: ${other}`)).ok, false, `also passes with ${other}`)
    })
})

test('a failing test says what it expected, what it got, why, and its line', () => {
  const result = run(
    '{ from: hmi, to: plc, service: modbus, op: write-single-register, register: 120, expect: permit }',
  )
  assert.equal(
    failureLines('site.yaml', result),
    [
      'site.yaml:30:5: test failed: hmi to plc, modbus write-single-register: expected permit, got deny (constraint-broken: registers 120 is not within 100-119)',
      '  hmi (198.18.0.10) to plc (198.18.1.10) on edge e',
      '    identity: known asset, in its place',
      '    conduits: permitted by conduit operate',
      '    allow[0]: command-not-allowed: allows read',
      '    allow[1]: constraint-broken: registers 120 is not within 100-119',
    ].join('\n'),
  )
})

const unproven: readonly {
  name: string
  test: string
  asked: RegExp
  detail: RegExp
  replace?: readonly [string, string]
}[] = [
  {
    name: 'one port of many that is denied',
    test: '{ from: hmi, to: robot, service: tcp/9000-9010, expect: permit }',
    asked: /, tcp\/9009$/,
    detail: /deny no-nine/,
  },
  {
    name: 'some ports of many that are permitted',
    test: '{ from: hmi, to: robot, service: tcp/8000-9005, expect: deny }',
    asked: /, tcp\/9000$/,
    detail: /conduit ask/,
  },
  {
    name: 'one protocol of all that is permitted',
    test: '{ from: plc, to: hmi, service: any, expect: deny }',
    asked: /, udp\/514$/,
    detail: /conduit report/,
  },
  {
    name: 'a group of ports beyond its first',
    test: '{ from: hmi, to: robot, service: web, expect: deny }',
    replace: ['  nights:', '  web: { ports: [tcp/80, tcp/9001] }\n  nights:'],
    asked: /, tcp\/9001$/,
    detail: /conduit ask/,
  },
  {
    name: 'the transport that is not the first of its protocol',
    test: '{ from: ews, to: plc, service: dnp3, expect: deny }',
    replace: ['denies:', '  - { id: by-udp, from: ews, to: plc, service: udp/20000 }\ndenies:'],
    asked: /, udp\/20000$/,
    detail: /conduit by-udp/,
  },
  {
    name: 'the other IP version',
    test: '{ from: hmi, to: plc, service: modbus, expect: permit }',
    replace: ['to: plc, service: modbus', 'to: 198.18.1.10, service: modbus'],
    asked: /fd00:198:18:1::10/,
    detail: /zone cell/,
  },
  {
    name: 'a second address',
    test: '{ from: ews, to: robot, service: tcp/22, expect: deny }',
    replace: ['ips: [198.18.2.10]', 'ips: [198.18.2.10, 198.18.2.11]'],
    asked: /198\.18\.2\.11/,
    detail: /conduit second/,
  },
]

describe('a test does not pass by what it asks first, but for', () => {
  for (const { name, test: line, asked, detail, replace = ['', ''] } of unproven)
    test(name, () => {
      const text = policy(`- ${line}`).replace(
        'denies:',
        '  - { id: second, from: ews, to: 198.18.2.11, service: tcp/22 }\ndenies:',
      )
      assert.ok(text.includes(replace[0]))
      const { site, source } = loadPolicyText(text.replace(replace[0], replace[1]), 'site.yaml', now)
      const [result] = runTests(site, source, now)
      assert.equal(result?.ok, false)
      assert.match(result.asked, asked)
      assert.match(result.detail, detail)
    })
})

test('a command is not denied for want of what the test does not say', () => {
  const ask = (fields: string) => run(`{ from: hmi, to: plc, service: modbus, op: write-single-register, ${fields} }`)
  const result = ask('value: 5, expect: deny')
  assert.deepEqual([result.ok, result.got], [false, 'none'])
  assert.match(result.detail, /depends on `registers`, which the test does not say/)
  assert.equal(ask('register: 90, expect: deny').ok, true, 'it is denied whatever the value')
  const other = ask('coil: 3, expect: deny')
  assert.deepEqual([other.ok, other.got], [false, 'none'])
  assert.match(other.detail, /`write-single-register` has no `coil`/)
})

test('an essential conduit that passes a deny takes no commands of others with it', () => {
  const ask = '{ from: hmi, to: plc, service: modbus, op: write-single-coil, coil: 1, expect: deny }'
  const text = policy(`- ${ask}`)
    .replace('id: operate,', 'id: operate, essential: true,')
    .replace(
      'denies:\n',
      '  - { id: all, from: office, to: cell, service: modbus, allow: [write] }\ndenies:\n  - { id: not-cell, from: any, to: cell, service: modbus }\n',
    )
  const { site, source } = loadPolicyText(text, 'site.yaml', now)
  assert.deepEqual(
    runTests(site, source, now).map(({ got }) => got),
    ['deny'],
  )
})

test('a group fails by the member that differs', () => {
  const result = run('{ from: hmi, to: plcs, service: modbus, expect: permit }')
  assert.equal(result.ok, false)
  assert.match(result.asked, /plc-2 \(198\.18\.1\.11\)/)
})

test('a conversation that no edge sees has no answer', () => {
  const result = run('{ from: hmi, to: ews, service: modbus, expect: permit }')
  assert.deepEqual([result.ok, result.got], [false, 'none'])
  assert.match(failureLines('site.yaml', result), /got no answer \(no edge stands between/)
})

test('redirects are asked about with and without a login', () => {
  const extra =
    'redirects:\n  - { id: r, from: office, to: plcs, ports: [tcp/80], when: unauthenticated, target: ews }\n'
  const text = policy(
    '- { from: hmi, to: plc, service: tcp/80, expect: redirect }\n  - { from: hmi, to: plc, service: tcp/80, authenticated: true, expect: deny }',
    extra,
  ).replace('bridge: br0,', 'bridge: br0, address: 198.18.0.250/24,')
  const { site, source } = loadPolicyText(text, 'site.yaml', now)
  assert.deepEqual(
    runTests(site, source, now).map(({ got }) => got),
    ['redirect', 'deny'],
  )
})

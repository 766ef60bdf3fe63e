import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sentence } from '../report.ts'
import { checks } from './index.ts'
import { asset, conduit, copies, policy, problemsOf, sections, type Sections } from './trial.ts'

test('a sound policy has no problems', () => assert.deepEqual(problemsOf(policy()).map(sentence), []))

test('no two checks have one code', () => assert.equal(new Set(checks.map(({ code }) => code)).size, checks.length))

const fine: readonly { name: string; with: Sections }[] = [
  {
    name: 'one address in two zones with a VLAN each',
    with: {
      zones:
        sections.zones
          .replace('mode: contain', 'mode: contain, vlan: 20')
          .replace('mode: enforce', 'mode: enforce, vlan: untagged') +
        '\n  twin: { level: 1, networks: [198.18.1.0/24], vlan: untagged }',
      edges: sections.edges.replace('[cell]', '[cell, twin]'),
      assets: `${sections.assets}\n  x: { ips: [198.18.1.10], macs: ["00:1b:1b:00:02:10"], zone: twin }`,
    },
  },
  {
    name: 'a redundant pair on one address',
    with: {
      assets: `${sections.assets}\n  s1: { ips: [198.18.1.50], zone: cell, virtual: redundant-pair }\n  s2: { ips: [198.18.1.50], zone: cell, virtual: redundant-pair }`,
    },
  },
  {
    name: 'one zone behind ports of two edges',
    with: { edges: `${sections.edges}\n  f: { bridge: br1, ports: { c: { zones: [office] }, d: { zones: [cell] } } }` },
  },
  {
    name: 'reading a safety system by a command of class read',
    with: conduit('from: ews, to: sis, service: modbus, allow: [{ op: read-holding-registers, registers: 1-5 }]'),
  },
  {
    name: 'conduits with different commands to one device',
    with: conduit('from: ews, to: plc, service: modbus, allow: [write]'),
  },
  {
    name: 'a source of a virtual address',
    with: {
      ...asset('gw: { ips: [198.18.0.1], zone: office, kind: router, virtual: vrrp }'),
      ...conduit('from: gw, to: plc, service: icmp'),
    },
  },
  {
    name: 'conduits into cells with the same addresses, of which one has a safety system',
    with: {
      ...copies,
      conduits: `- { id: first, from: ews, to: one, service: modbus, allow: [read] }
  - { id: second, from: ews, to: two, service: s7comm }`,
      denies: '- { id: no-files, from: any, to: copy-1, service: tcp/102 }',
    },
  },
  {
    name: 'a conduit that expires in a year',
    with: conduit('from: ews, to: plc, service: tcp/1, expires: 2027-11-30, when: nights'),
  },
]

describe('check accepts', () => {
  for (const { name, with: changes } of fine)
    test(name, () => assert.deepEqual(problemsOf(policy(changes)).map(sentence), []))
})

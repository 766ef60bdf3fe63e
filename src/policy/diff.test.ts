import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { diffPolicies, isSamePolicy, type Conversations } from './diff.ts'
import { loadPolicyText } from './load.ts'
import { processorMs } from '../../test/fixtures/processor.ts'

const now = Date.UTC(2026, 10, 21, 12)

const base = `version: 1
site: test
edges: { e: { bridge: br0, ports: { a: { zones: [office] }, b: { zones: [cell] } } } }
zones:
  office: { level: 3, networks: [198.18.0.0/24], mode: shadow }
  cell: { level: 1, networks: [198.18.1.0/24], mode: contain }
assets:
  hmi: { ips: [198.18.0.10], macs: ["00:1b:1b:00:00:10"], zone: office, kind: hmi }
  ews: { ips: [198.18.0.11], macs: ["00:1b:1b:00:00:11"], zone: office, kind: engineering }
  plc: { ips: [198.18.1.10], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc }
  plc-2: { ips: [198.18.1.11], macs: ["00:1b:1b:00:01:11"], zone: cell, kind: plc }
groups:
  plcs: { kinds: [plc] }
  nights: { times: [{ from: "22:00", to: "06:00" }] }
conduits:
  - { id: operate, from: hmi, to: plcs, service: modbus, allow: [read, { op: write-single-register, registers: 100-119 }] }
  - { id: fix, from: ews, to: plc, service: s7comm, when: nights, expires: 2027-06-01 }
  - { id: files, from: office, to: cell, service: tcp/4000-4009 }
denies:
  - { id: no-smb, from: any, to: cell, service: tcp/445 }
`

const words = ({ from, to, service, ops, when, expires, conduit }: Conversations) =>
  [from.join('+'), to.join('+'), service, ops.join('+'), when, expires, `(${conduit})`]
    .filter((part) => part !== undefined && part !== '')
    .join(' ')

interface Row {
  readonly name: string
  readonly replace: readonly (readonly [string, string])[]
  /** What the first policy has otherwise than the base. */
  readonly with?: readonly (readonly [string, string])[]
  readonly permitted?: readonly string[]
  readonly denied?: readonly string[]
  readonly modes?: readonly string[]
  readonly zones?: readonly string[]
  readonly assets?: readonly string[]
  readonly other?: Readonly<Record<string, readonly string[]>>
}

const redirects = (...targets: readonly string[]): readonly (readonly [string, string])[] => [
  ['bridge: br0,', 'bridge: br0, address: 198.18.0.2/24,'],
  [
    'denies:',
    `redirects:${targets.map((target) => `\n  - { id: to-${target}, from: office, to: cell, ports: [tcp/80], target: ${target} }`).join('')}\ndenies:`,
  ],
]

/** A second and a third cell that are copies of each other, and a conduit into one. */
const copies = (to: string): readonly (readonly [string, string])[] => [
  [
    'b: { zones: [cell] }',
    'b: { zones: [cell], vlans: [untagged, 10, 20] }, c: { zones: [copy-1, copy-2], vlans: [10, 20] }',
  ],
  [
    'assets:',
    '  copy-1: { level: 1, networks: [198.18.2.0/24], vlan: 10 }\n  copy-2: { level: 1, networks: [198.18.2.0/24], vlan: 20 }\nassets:\n  one: { ips: [198.18.2.10], zone: copy-1, kind: drive }\n  two: { ips: [198.18.2.10], zone: copy-2, kind: drive }',
  ],
  ['denies:', `  - { id: copy, from: hmi, ${to}, service: tcp/80 }\ndenies:`],
]

const rows: readonly Row[] = [
  { name: 'a comment changes nothing', replace: [['version: 1', 'version: 1 # one']] },
  {
    name: 'the order of conduits changes nothing',
    replace: [
      [
        'allow: [read, { op: write-single-register, registers: 100-119 }]',
        'allow: [{ op: write-single-register, registers: 100-119 }, read]',
      ],
    ],
  },
  {
    name: 'a group narrowed to a vendor that only one of its assets has',
    replace: [
      ['plcs: { kinds: [plc] }', 'plcs: { kinds: [plc], vendors: [siemens] }'],
      ['plc: { ips: [198.18.1.10],', 'plc: { vendor: Siemens AG, ips: [198.18.1.10],'],
    ],
    denied: ['hmi plc-2 modbus read+write-single-register (registers 100-119) (operate)'],
    assets: ['plc changed'],
    other: { groups: ['plcs changed'] },
  },
  {
    name: 'a new conduit',
    replace: [['denies:', '  - { id: new, from: ews, to: plc-2, service: tcp/22 }\ndenies:']],
    permitted: ['ews plc-2 tcp/22 (new)'],
  },
  {
    name: 'a conduit less',
    replace: [['  - { id: files, from: office, to: cell, service: tcp/4000-4009 }\n', '']],
    denied: ['office cell tcp/4000-4009 (files)'],
  },
  {
    name: 'a new conduit that another covers already is no new conversation',
    replace: [['denies:', '  - { id: new, from: ews, to: plc, service: tcp/4003 }\ndenies:']],
  },
  {
    name: 'a renamed conduit is the same conversation',
    replace: [['id: files', 'id: transfers']],
  },
  {
    name: 'wider ports',
    replace: [['tcp/4000-4009', 'tcp/4000-4019']],
    permitted: ['office cell tcp/4010-4019 (files)'],
  },
  {
    name: 'a source less',
    replace: [['from: office', 'from: 198.18.0.0/25']],
    denied: ['198.18.0.128-198.18.0.255 cell tcp/4000-4009 (files)'],
  },
  {
    name: 'one target of a group less',
    replace: [['from: hmi, to: plcs', 'from: hmi, to: plc']],
    denied: ['hmi plc-2 modbus read+write-single-register (registers 100-119) (operate)'],
  },
  {
    name: 'a class of commands more',
    replace: [['allow: [read,', 'allow: [read, discover,']],
    permitted: ['hmi plcs modbus discover (operate)'],
  },
  {
    name: 'a wider range of registers',
    replace: [['registers: 100-119', 'registers: 100-120']],
    permitted: ['hmi plcs modbus write-single-register (registers 100-120) (operate)'],
    denied: ['hmi plcs modbus write-single-register (registers 100-119) (operate)'],
  },
  {
    name: 'a constraint less only permits more',
    replace: [[', { op: write-single-register, registers: 100-119 }', ', write-single-register']],
    permitted: ['hmi plcs modbus write-single-register (operate)'],
  },
  {
    name: 'commands of a service that was whole',
    replace: [['service: s7comm,', 'service: s7comm, allow: [read],']],
    denied: ['ews plc s7comm write+control+program+discover+anything else nights 2027-06-01 (fix)'],
  },
  {
    name: 'commands that come with any other, written out',
    replace: [['allow: [read,', 'allow: [read, session,']],
  },
  {
    name: 'the order of what narrows a command changes nothing',
    replace: [['registers: 100-119 }', 'values: 0-9, registers: 100-119 }']],
    with: [['registers: 100-119 }', 'registers: 100-119, values: 0-9 }']],
  },
  { name: 'no window any more', replace: [['when: nights, ', '']], permitted: ['ews plc s7comm 2027-06-01 (fix)'] },
  {
    name: 'a later end',
    replace: [['2027-06-01', '2027-07-01']],
    permitted: ['ews plc s7comm nights 2027-07-01 (fix)'],
  },
  {
    name: 'an end that has come',
    replace: [['2027-06-01', '2026-01-01']],
    denied: ['ews plc s7comm nights 2027-06-01 (fix)'],
  },
  {
    name: 'another meaning of the window',
    replace: [['from: "22:00"', 'from: "21:00"']],
    permitted: ['ews plc s7comm nights 2027-06-01 (fix)'],
    denied: ['ews plc s7comm nights 2027-06-01 (fix)'],
    other: { groups: ['nights changed'] },
  },
  {
    name: 'a deny over part of a conduit',
    replace: [['service: tcp/445', 'service: tcp/4005']],
    denied: ['office cell tcp/4005 (files)'],
    other: { denies: ['no-smb changed'] },
  },
  {
    name: 'a deny does not touch an essential conduit',
    replace: [
      ['service: tcp/445', 'service: tcp/4005'],
      ['id: files,', 'id: files, essential: true,'],
    ],
    other: { conduits: ['files changed'], denies: ['no-smb changed'] },
  },
  { name: 'a mode', replace: [['mode: shadow', 'mode: enforce']], modes: ['zone office mode: shadow → enforce'] },
  {
    name: 'the mode of a conduit',
    replace: [['id: files,', 'id: files, mode: observe,']],
    modes: ['conduit files mode: none → observe'],
  },
  {
    name: 'an asset on another address',
    replace: [['198.18.0.11', '198.18.0.12']],
    permitted: ['ews plc s7comm nights 2027-06-01 (fix)'],
    denied: ['ews plc s7comm nights 2027-06-01 (fix)'],
    assets: ['ews changed'],
  },
  {
    name: 'an asset more, through its group',
    replace: [['groups:', '  plc-3: { ips: [198.18.1.12], zone: cell, kind: plc }\ngroups:']],
    permitted: ['hmi plc-3 modbus read+write-single-register (registers 100-119) (operate)'],
    assets: ['plc-3 added'],
  },
  {
    name: 'a conduit that permits nothing more, with a mode for all else between its ends',
    replace: [['denies:', '  - { id: new, from: hmi, to: plc, service: tcp/4003, mode: observe }\ndenies:']],
    modes: ['conduit new mode: observe'],
  },
  {
    name: 'a conduit that permits nothing more and lets every command pass',
    replace: [
      ['denies:', '  - { id: new, from: hmi, to: plc, service: modbus, allow: [read], deny-action: log }\ndenies:'],
    ],
    other: { conduits: ['new added deny-action: log'] },
  },
  {
    name: 'another name with other settings',
    replace: [
      ['id: operate,', 'id: operators, on-failure: closed,'],
      ['id: files,', 'id: transfers, mode: observe,'],
    ],
    modes: ['conduit transfers mode: observe'],
    other: { conduits: ['operators added on-failure: closed'] },
  },
  {
    name: 'a conduit of two names with the same settings changes nothing',
    replace: [['id: operate,', 'id: operators, deny-action: log, on-failure: { dead: closed },']],
    with: [['id: operate,', 'id: operate, deny-action: log, on-failure: { dead: closed },']],
  },
  {
    name: 'one more conduit that has the same rate for itself',
    replace: [
      ['registers: 100-119 }', 'registers: 100-119, rate: 6/min }'],
      [
        'denies:',
        '  - { id: new, from: hmi, to: plcs, service: modbus, allow: [{ op: write-single-register, rate: 6/min, registers: 100-119 }] }\ndenies:',
      ],
    ],
    with: [['registers: 100-119 }', 'registers: 100-119, rate: 6/min }']],
    other: { conduits: ['new added rates: write-single-register 6/min'] },
  },
  {
    name: 'a row less of two about one zone',
    replace: [['denies:', 'layer2: [{ zones: [cell], allow: [goose] }]\ndenies:']],
    with: [['denies:', 'layer2: [{ zones: [cell], allow: [profinet] }, { zones: [cell], allow: [goose] }]\ndenies:']],
    other: {
      layer2: ['cell changed allow: ["profinet"] → ["goose"]', 'cell (2) removed allow: ["goose"]'],
    },
  },
  {
    name: 'which of two redirects is the first',
    replace: redirects('ews', 'hmi'),
    with: redirects('hmi', 'ews'),
    other: { redirects: ['order changed to-hmi, to-ews → to-ews, to-hmi'] },
  },
  {
    name: 'a zone more, with its mode',
    replace: [['assets:', '  hall: { level: 2, networks: [198.18.2.0/24], mode: shadow }\nassets:']],
    modes: ['zone hall mode: shadow'],
    zones: ['hall added'],
  },
  {
    name: 'the other of two cells with the same addresses',
    replace: copies('to: two'),
    with: copies('to: one'),
    permitted: ['hmi two tcp/80 (copy)'],
    denied: ['hmi one tcp/80 (copy)'],
  },
  {
    name: 'both of two cells with the same addresses, by the address that they share',
    replace: copies('to: 198.18.2.10'),
    with: copies('to: one'),
    permitted: ['hmi 198.18.2.10+two tcp/80 (copy)'],
  },
  {
    name: 'one cell of two with the same addresses, by a deny',
    replace: [
      ...copies('to: 198.18.2.10'),
      ['denies:', 'denies:\n  - { id: not-two, from: any, to: copy-2, service: any }'],
    ],
    with: copies('to: 198.18.2.10'),
    denied: ['hmi two tcp/80 (copy)'],
    other: { denies: ['not-two added from: any; to: copy-2; service: any'] },
  },
  {
    name: 'who answers for a conduit',
    replace: [['id: files,', 'id: files, owner: it,']],
    other: { conduits: ['files changed'] },
  },
]

const edited = (edits: readonly (readonly [string, string])[]): string => {
  let text = base
  for (const [from, to] of edits) {
    assert.ok(text.includes(from), from)
    text = text.replace(from, to)
  }
  return text
}

const load = (text: string) => loadPolicyText(text, 'site.yaml', now).site

describe('diff tells', () => {
  for (const {
    name,
    replace,
    with: otherwise = [],
    permitted = [],
    denied = [],
    modes = [],
    zones = [],
    assets = [],
    other = {},
  } of rows)
    test(name, () => {
      const [first, text] = [edited(otherwise), edited(replace)]
      const difference = diffPolicies(load(first), load(text), now)
      assert.deepEqual(difference.permitted.map(words), permitted)
      assert.deepEqual(difference.denied.map(words), denied)
      assert.deepEqual(
        difference.modes.map(({ name: of, fields }) => `${of} ${fields.join('; ')}`),
        modes,
      )
      assert.deepEqual(
        difference.zones.map(({ name: of, change }) => `${of} ${change}`),
        zones,
      )
      assert.deepEqual(
        difference.assets.map(({ name: of, change }) => `${of} ${change}`),
        assets,
      )
      assert.deepEqual(
        Object.fromEntries(
          Object.entries(difference.other).map(([list, changes]) => [
            list,
            changes.map(({ name: of, change, fields }, i) => {
              const said = other[list]?.[i] ?? ''
              const whole = `${of} ${change} ${fields.join('; ')}`
              return said === `${of} ${change}` ? said : whole
            }),
          ]),
        ),
        other,
      )
      assert.equal(
        isSamePolicy(difference),
        [permitted, denied, modes, zones, assets, Object.keys(other)].every((list) => list.length === 0),
      )

      const back = diffPolicies(load(text), load(first), now)
      assert.deepEqual(
        [back.permitted.map(words), back.denied.map(words)],
        [denied, permitted],
        'the way back is the reverse',
      )
    })
})

const many = process.env['BULKHEAD_TEST'] === 'long' ? 10_000 : 2500
const large = (port: number) =>
  base.replace(
    'denies:',
    `${Array.from({ length: many }, (_, i) => `  - { id: c-${i}, from: 198.18.0.${i % 200}, to: 198.18.1.${1 + (i % 250)}, service: tcp/${port + (i % 1000)} }`).join('\n')}\ndenies:`,
  )

test(`${many} conduits are compared in seconds, also when each has changed`, () => {
  const [before, after] = [load(large(10_000)), load(large(20_000))]
  const started = processorMs()
  const { permitted, denied } = diffPolicies(before, after, now)
  const spent = processorMs() - started
  assert.ok(permitted.length >= many / 10 && denied.length >= many / 10)
  assert.ok(spent < 10_000, `${spent} ms`)
})

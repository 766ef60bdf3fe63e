import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sentence } from '../report.ts'
import { parsePolicy } from '../parse.ts'
import { check, checks, decoys } from './index.ts'
import { processorMs } from '../../../test/fixtures/processor.ts'

/** 2026-11-21, noon in UTC. */
const now = Date.UTC(2026, 10, 21, 12)

const sections = {
  edges:
    'e: { bridge: br0, address: 198.18.0.250/24, ports: { a: { zones: [office], vlans: [untagged, 20] }, b: { zones: [cell], vlans: [untagged, 20] } } }',
  zones: `office: { level: 3, networks: [198.18.0.0/24], mode: enforce }
  cell: { level: 1, networks: [198.18.1.0/24], mode: contain }`,
  assets: `hmi: { ips: [198.18.0.10], macs: ["00:1b:1b:00:00:10"], zone: office, kind: hmi }
  ews: { ips: [198.18.0.11], macs: ["00:1b:1b:00:00:11"], zone: office, kind: engineering }
  plc: { ips: [198.18.1.10], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc }
  sis: { ips: [198.18.1.12], macs: ["00:1b:1b:00:01:12"], zone: cell, kind: sis }`,
  groups: `tools: { kinds: [engineering] }
  web: { ports: [tcp/80, tcp/443] }
  nights: { times: [{ from: "22:00", to: "06:00" }] }`,
  conduits: `- { id: operate, from: hmi, to: plc, service: modbus, allow: [read] }`,
  denies: '',
  broadcast: '',
  layer2: '',
  sensors: '',
  responses: '',
  redirects: '',
  exceptions: '',
  tests: '',
}
type Sections = Partial<Record<keyof typeof sections, string>>

const policy = (changes: Sections = {}, timezone = 'Europe/Berlin') => {
  const lines = ['version: 1', 'site: test', `timezone: ${timezone}`]
  for (const [name, text] of Object.entries({ ...sections, ...changes }))
    if (text !== '') lines.push(`${name}:\n  ${text}`)
  return lines.join('\n')
}

const problemsOf = (text: string) => {
  const { site, source, problems } = parsePolicy(text, 'site.yaml')
  assert.deepEqual(problems.map(sentence), [])
  return check(site!, source, now)
}

interface Row {
  readonly name: string
  readonly code: string
  readonly with: Sections
  readonly says: RegExp
  /** Text that the position points to. */
  readonly at: string
  readonly timezone?: string
}

/** Two cells that are copies of each other. */
const copies: Sections = {
  edges: `e: { bridge: br0, address: 198.18.0.250/24, ports: { a: { zones: [office], vlans: [untagged, 10, 20] }, b: { zones: [cell, copy-1, copy-2], vlans: [untagged, 10, 20] } } }`,
  zones: `${sections.zones}
  copy-1: { level: 1, networks: [198.18.2.0/24], mode: contain, vlan: 10 }
  copy-2: { level: 1, networks: [198.18.2.0/24], mode: contain, vlan: 20 }`,
  assets: `${sections.assets}
  one: { ips: [198.18.2.10], macs: ["00:1b:1b:00:02:10"], zone: copy-1, kind: sis }
  two: { ips: [198.18.2.10], macs: ["00:1b:1b:00:02:20"], zone: copy-2, kind: plc }`,
}

const conduit = (text: string): Sections => ({ conduits: `${sections.conduits}\n  - { id: other, ${text} }` })
const asset = (text: string): Sections => ({ assets: `${sections.assets}\n  ${text}` })

const rows: readonly Row[] = [
  {
    name: 'a conduit from nobody',
    code: 'unknown-end',
    with: conduit('from: hmj, to: plc, service: tcp/1'),
    at: 'hmj',
    says: /unknown asset, group, zone or address `hmj`.*`hmi`/,
  },
  {
    name: 'a letter of another alphabet',
    code: 'unknown-end',
    with: conduit('from: hm\u0456, to: plc, service: tcp/1'),
    at: 'hm',
    says: /unknown asset, group, zone or address `hm\u0456`, with U\+0456 in it.*`hmi`/,
  },
  {
    name: 'a letter that cannot be seen',
    code: 'unknown-end',
    with: conduit('from: hmi\u200b, to: plc, service: tcp/1'),
    at: 'hmi',
    says: /`hmi·`, with U\+200B in it.*`hmi`/,
  },
  {
    name: 'an asset with something behind its name',
    code: 'unknown-end',
    with: conduit('from: hmi-left, to: plc, service: tcp/1'),
    at: 'hmi-left',
    says: /did you mean `hmi`/,
  },
  {
    name: 'the short name of a protocol',
    code: 'unknown-service',
    with: conduit('from: hmi, to: plc, service: s7'),
    at: 's7',
    says: /did you mean `s7comm`/,
  },
  {
    name: 'a port written otherwise',
    code: 'unknown-service',
    with: conduit('from: hmi, to: plc, service: "TCP:445"'),
    at: '"TCP:445"',
    says: /unknown service `TCP:445`; did you mean `tcp\/445`/,
  },
  {
    name: 'a port out of range',
    code: 'unknown-service',
    with: conduit('from: hmi, to: plc, service: tcp/70000'),
    at: 'tcp/70000',
    says: /unknown service `tcp\/70000`; expected ports from 1 to 65535, the lower one first/,
  },
  {
    name: 'a command of another protocol',
    code: 'unknown-op',
    with: conduit('from: hmi, to: plc, service: modbus, allow: [write-var]'),
    at: 'write-var',
    says: /modbus has no command `write-var`; it is one of s7comm/,
  },
  {
    name: 'a command by its function code',
    code: 'unknown-op',
    with: conduit('from: hmi, to: plc, service: modbus, allow: [FC6]'),
    at: 'FC6',
    says: /did you mean `write-single-register`/,
  },
  {
    name: 'a deny to nowhere',
    code: 'unknown-end',
    with: { denies: '- { id: d, from: any, to: sell, service: tcp/1 }' },
    at: 'sell',
    says: /`cell`/,
  },
  {
    name: 'a network with a wrong length',
    code: 'unknown-end',
    with: conduit('from: 198.18.0.0/33, to: plc, service: tcp/1'),
    at: '198.18.0.0/33',
    says: /unknown/,
  },
  {
    name: 'a port with an unknown zone',
    code: 'unknown-zone',
    with: { edges: sections.edges.replace('[cell]', '[cell, cll]') },
    at: 'cll',
    says: /unknown zone `cll`.*`cell`/,
  },
  {
    name: 'an asset in an unknown zone',
    code: 'unknown-zone',
    with: asset('x: { ips: [198.18.1.77], zone: basement }'),
    at: 'basement',
    says: /one of office, cell/,
  },
  {
    name: 'a response for an unknown zone',
    code: 'unknown-zone',
    with: { responses: '- { zone: cel, event: scan, agreed-by: [a] }' },
    at: 'cel',
    says: /`cell`/,
  },
  {
    name: 'a zone named constructor',
    code: 'unknown-zone',
    with: { broadcast: '- { zone: constructor, allow: [profinet-dcp] }' },
    at: 'constructor',
    says: /unknown zone `constructor`/,
  },
  {
    name: 'a group of an unknown asset',
    code: 'unknown-asset',
    with: { groups: `${sections.groups}\n  g: { assets: [plc, plcc] }` },
    at: 'plcc',
    says: /`plc`/,
  },
  {
    name: 'an unknown service',
    code: 'unknown-service',
    with: conduit('from: ews, to: plc, service: modbuss'),
    at: 'modbuss',
    says: /`modbus`/,
  },
  {
    name: 'a port beyond 65535',
    code: 'unknown-service',
    with: conduit('from: ews, to: plc, service: tcp/65536'),
    at: 'tcp/65536',
    says: /unknown service/,
  },
  {
    name: 'an unknown window',
    code: 'unknown-window',
    with: conduit('from: ews, to: plc, service: tcp/1, when: nigths'),
    at: 'nigths',
    says: /`nights`/,
  },
  {
    name: 'a window that is a group of assets',
    code: 'unknown-window',
    with: conduit('from: ews, to: plc, service: tcp/1, when: tools'),
    at: 'tools }',
    says: /group `tools` has no `times`/,
  },
  {
    name: 'an unknown broadcast service',
    code: 'unknown-broadcast',
    with: { broadcast: '- { zone: cell, allow: [profinet-dpc] }' },
    at: 'profinet-dpc',
    says: /`profinet-dcp`/,
  },
  {
    name: 'an unknown EtherType',
    code: 'unknown-ethertype',
    with: { layer2: '- { zones: [cell], allow: [profinett] }' },
    at: 'profinett',
    says: /`profinet`/,
  },
  {
    name: 'an exception for an unknown conduit',
    code: 'unknown-conduit',
    with: { exceptions: '- { id: x, conduit: operat, reason: r, owner: o, expires: 2027-06-01 }' },
    at: 'operat,',
    says: /`operate`/,
  },
  {
    name: 'a redirect to nothing',
    code: 'unknown-target',
    with: { redirects: '- { id: r, from: any, to: plc, ports: [tcp/80], target: portal }' },
    at: 'portal',
    says: /unknown redirect target/,
  },
  {
    name: 'an unknown time zone',
    code: 'unknown-timezone',
    with: {},
    timezone: 'Europe/Berln',
    at: 'Europe/Berln',
    says: /`Europe\/Berlin`/,
  },

  {
    name: 'an id used twice',
    code: 'duplicate-id',
    with: { conduits: `${sections.conduits}\n  - { id: operate, from: ews, to: plc, service: tcp/1 }` },
    at: 'operate, from: ews',
    says: /used twice/,
  },
  {
    name: 'a name that is an asset and a zone',
    code: 'ambiguous-name',
    with: asset('cell: { ips: [198.18.1.77], zone: cell }'),
    at: 'cell: { level',
    says: /a zone and an asset/,
  },
  {
    name: 'a group named as a protocol',
    code: 'ambiguous-name',
    with: { groups: `${sections.groups}\n  modbus: { ports: [tcp/502] }` },
    at: 'modbus: {',
    says: /service of its own/,
  },
  {
    name: 'an asset named any',
    code: 'ambiguous-name',
    with: asset('any: { ips: [198.18.1.77], zone: cell }'),
    at: 'any: {',
    says: /every address/,
  },
  {
    name: 'an address of two assets',
    code: 'duplicate-ip',
    with: asset('x: { ips: [198.18.1.10], zone: cell }'),
    at: '198.18.1.10], zone: cell }',
    says: /belongs to asset `plc` already/,
  },
  {
    name: 'an address of two assets, one virtual',
    code: 'duplicate-ip',
    with: asset('x: { ips: [198.18.1.10], zone: cell, virtual: vrrp }'),
    at: '198.18.1.10], zone: cell, v',
    says: /already/,
  },
  {
    name: 'one IPv6 address in two spellings',
    code: 'duplicate-ip',
    with: {
      zones: `${sections.zones}\n  six: { level: 1, networks: ["fd00::/64"] }`,
      assets: `${sections.assets}\n  x: { ips: ["fd00::1"], zone: six }\n  y: { ips: ["fd00:0::0001"], zone: six }`,
    },
    at: '"fd00:0::0001"',
    says: /`x` already/,
  },
  {
    name: 'an Ethernet address of two assets',
    code: 'duplicate-mac',
    with: asset('x: { ips: [198.18.1.77], macs: ["00-1B-1B-00-01-10"], zone: cell }'),
    at: '"00-1B',
    says: /`plc` already/,
  },
  {
    name: 'a group address as a device',
    code: 'group-mac',
    with: asset('x: { ips: [198.18.1.77], macs: ["01:00:5e:00:00:01"], zone: cell }'),
    at: '"01:00',
    says: /group address/,
  },

  {
    name: 'host bits in a zone',
    code: 'host-bits',
    with: { zones: sections.zones.replace('198.18.1.0/24', '198.18.1.7/24') },
    at: '198.18.1.7/24',
    says: /expected 198\.18\.1\.0\/24/,
  },
  {
    name: 'host bits in an IPv6 group',
    code: 'host-bits',
    with: { groups: `${sections.groups}\n  g: { networks: ["fd00::1/64"] }` },
    at: '"fd00::1/64"',
    says: /expected fd00::\/64/,
  },
  {
    name: 'host bits in a conduit',
    code: 'host-bits',
    with: conduit('from: 198.18.0.9/28, to: plc, service: tcp/1'),
    at: '198.18.0.9/28',
    says: /expected 198\.18\.0\.0\/28/,
  },
  {
    name: 'an asset outside its zone',
    code: 'asset-outside-zone',
    with: asset('x: { ips: [198.18.0.77], zone: cell }'),
    at: '198.18.0.77',
    says: /not in zone `cell` but in `office`; expected an address in 198\.18\.1\.0\/24/,
  },
  {
    name: 'zones that overlap',
    code: 'zones-overlap',
    with: { zones: `${sections.zones}\n  part: { level: 1, networks: [198.18.1.128/25] }` },
    at: '198.18.1.128/25',
    says: /overlaps 198\.18\.1\.0\/24 of zone `cell`/,
  },
  {
    name: 'a zone behind no port',
    code: 'zone-without-port',
    with: { zones: `${sections.zones}\n  attic: { level: 1, networks: [198.18.7.0/24] }` },
    at: 'attic:',
    says: /behind no port/,
  },
  {
    name: 'a zone in a VLAN its port does not carry',
    code: 'zone-vlan',
    with: { zones: sections.zones.replace('mode: contain', 'mode: contain, vlan: 30') },
    at: 'cell], vlans',
    says: /VLAN 30, which port `b` does not carry/,
  },
  {
    name: 'two ports on one interface',
    code: 'duplicate-device',
    with: { edges: sections.edges.replace('b: {', 'b: { device: a,') },
    at: 'b: { device',
    says: /interface a, which is port `a`/,
  },
  {
    name: 'a port whose name no interface can have',
    code: 'device-name',
    with: { edges: sections.edges.replace('b: {', 'uplink-of-cell-1: {') },
    at: 'uplink-of-cell-1',
    says: /more than 15 characters/,
  },
  {
    name: 'VLANs of an edge that routes',
    code: 'routed-vlan',
    with: { edges: sections.edges.replace('bridge: br0,', '') },
    at: '[untagged, 20]',
    says: /routes, and sees no VLAN tags/,
  },
  {
    name: 'the same addresses twice behind an edge that routes',
    code: 'zones-overlap',
    with: {
      edges: 'e: { ports: { a: { zones: [office] }, b: { zones: [cell] } } }',
      zones: `office: { level: 3, networks: [198.18.0.0/23], mode: enforce, vlan: 20 }
  cell: { level: 1, networks: [198.18.1.0/24], mode: contain, vlan: 30 }`,
    },
    at: '198.18.1.0/24',
    says: /overlaps 198\.18\.0\.0\/23/,
  },
  {
    name: 'a bridge whose address is none',
    code: 'bridge-address',
    with: { edges: sections.edges.replace('198.18.0.250/24', '198.18.0/99') },
    at: '198.18.0/99',
    says: /no address in CIDR notation/,
  },
  {
    name: 'a group that names constructor as an asset',
    code: 'unknown-asset',
    with: { groups: `${sections.groups}\n  odd: { assets: [constructor] }` },
    at: 'constructor',
    says: /unknown asset `constructor`/,
  },
  {
    name: 'a port that is the bridge',
    code: 'duplicate-device',
    with: { edges: sections.edges.replace('b: {', 'br0: {') },
    at: 'br0: {',
    says: /the bridge/,
  },

  {
    name: 'commands of a bare port',
    code: 'allow-without-protocol',
    with: conduit('from: ews, to: plc, service: tcp/502, allow: [read]'),
    at: 'allow: [read] }',
    says: /cannot be judged/,
  },
  {
    name: 'an unknown command',
    code: 'unknown-op',
    with: conduit('from: ews, to: plc, service: modbus, allow: [read-holding-register]'),
    at: 'read-holding-register]',
    says: /`read-holding-registers`/,
  },
  {
    name: 'an unknown command in a mapping',
    code: 'unknown-op',
    with: conduit('from: ews, to: plc, service: s7comm, allow: [{ op: write }]'),
    at: 'write }',
    says: /s7comm has no command `write`/,
  },
  {
    name: 'a constraint of another command',
    code: 'unknown-constraint',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: read-coils, registers: 1 }]'),
    at: 'registers: 1',
    says: /this command has no `registers`/,
  },
  {
    name: 'a misspelt constraint',
    code: 'unknown-constraint',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, registres: 1 }]'),
    at: 'registres',
    says: /`registers`/,
  },
  {
    name: 'a constraint out of range',
    code: 'invalid-constraint',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, registers: 1-65536 }]'),
    at: '1-65536',
    says: /out of range; expected .* from 0 to 65535/,
  },
  {
    name: 'a range that falls',
    code: 'invalid-constraint',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, registers: 9-5 }]'),
    at: '9-5',
    says: /ranges that rise/,
  },
  {
    name: 'a name the protocol does not have',
    code: 'invalid-constraint',
    with: conduit('from: ews, to: plc, service: s7comm, allow: [{ op: read-var, area: XX }]'),
    at: 'XX',
    says: /does not know/,
  },
  {
    name: 'a while without a value',
    code: 'invalid-while',
    with: conduit(
      'from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, while: { register: 4 } }]',
    ),
    at: 'while',
    says: /which value/,
  },
  {
    name: 'a while about an unknown point',
    code: 'invalid-while',
    with: conduit(
      'from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, while: { regster: 4, equals: 1 } }]',
    ),
    at: 'regster',
    says: /no point `regster`/,
  },
  {
    name: 'a step without a value',
    code: 'step-without-value',
    with: conduit('from: ews, to: plc, service: modbus, allow: [{ op: mask-write-register, step: 4 }]'),
    at: 'step',
    says: /carries no value/,
  },
  {
    name: 'a limit on values of any type',
    code: 'value-without-type',
    with: conduit(
      'from: ews, to: plc, service: s7comm, allow: [{ op: write-var, db: 1, bytes: 10-11, values: 0-500 }]',
    ),
    at: 'values',
    says: /whatever type/,
  },
  {
    name: 'a condition on a value of any type',
    code: 'value-without-type',
    with: conduit(
      'from: ews, to: plc, service: s7comm, allow: [{ op: write-var, type: int, step: 9, while: { db: 1, byte: 4, equals: 1 } }]',
    ),
    at: 'while',
    says: /whatever type/,
  },
  {
    name: 'a step that each unit has its own of',
    code: 'value-of-any',
    with: conduit(
      'from: ews, to: plc, service: modbus, allow: [{ op: write-single-register, registers: 1-5, step: 9 }]',
    ),
    at: 'step',
    says: /any `unit`/,
  },
  {
    name: 'a condition that any station meets',
    code: 'value-of-any',
    with: conduit(
      'from: ews, to: plc, service: iec104, allow: [{ op: single-command, common-address: 3, while: { ioa: 4, equals: 1 } }]',
    ),
    at: 'while',
    says: /any `common-address`/,
  },
  {
    name: 'a failure mode without commands',
    code: 'without-allow',
    with: conduit('from: ews, to: plc, service: modbus, on-failure: open'),
    at: 'on-failure',
    says: /no effect without `allow`/,
  },

  {
    name: 'a conduit from an empty group',
    code: 'conduit-dead',
    with: {
      groups: `${sections.groups}\n  none: { kinds: [robot] }`,
      ...conduit('from: none, to: plc, service: tcp/1'),
    },
    at: '{ id: other',
    says: /stands for no address/,
  },
  {
    name: 'a conduit within one port',
    code: 'conduit-dead',
    with: conduit('from: ews, to: hmi, service: tcp/1'),
    at: '{ id: other',
    says: /no edge stands between/,
  },
  {
    name: 'a conduit to itself',
    code: 'conduit-dead',
    with: conduit('from: plc, to: plc, service: tcp/1'),
    at: '{ id: other',
    says: /same address/,
  },
  {
    name: 'a conduit from IPv4 to IPv6',
    code: 'conduit-dead',
    with: conduit('from: ews, to: "fd00::1", service: tcp/1'),
    at: '{ id: other',
    says: /only IPv4/,
  },
  {
    name: 'a conduit that has expired today',
    code: 'conduit-expired',
    with: conduit('from: ews, to: plc, service: tcp/1, expires: 2026-11-21'),
    at: '2026-11-21',
    says: /expired on 2026-11-21/,
  },
  {
    name: 'a conduit that expires in 30 days',
    code: 'conduit-expires-soon',
    with: conduit('from: ews, to: plc, service: tcp/1, expires: 2026-12-21'),
    at: '2026-12-21',
    says: /within 30 days/,
  },
  {
    name: 'an essential conduit that expires',
    code: 'essential-limited',
    with: conduit('from: ews, to: plc, service: tcp/1, essential: true, expires: 2030-01-01'),
    at: 'expires',
    says: /may not have `expires`/,
  },
  {
    name: 'an essential conduit with times',
    code: 'essential-limited',
    with: conduit('from: ews, to: plc, service: tcp/1, essential: true, when: nights'),
    at: 'when',
    says: /may not have `when`/,
  },
  {
    name: 'an essential conduit that asks for a risk',
    code: 'essential-limited',
    with: conduit('from: ews, to: plc, service: tcp/1, essential: true, when: { risk-below: 40 }'),
    at: 'when',
    says: /may not have `when`.*or for a score/,
  },
  {
    name: 'a group of times that does not exist, beside a risk',
    code: 'unknown-window',
    with: conduit('from: ews, to: plc, service: tcp/1, when: { times: night, risk-below: 40 }'),
    at: 'night',
    says: /unknown time window `night`.*`nights`/,
  },
  {
    name: 'a risk of an EtherType',
    code: 'risk-without-address',
    with: conduit('from: ews, to: plc, service: goose, when: { risk-below: 40 }'),
    at: 'risk-below',
    says: /only addresses have a risk/,
  },
  {
    name: 'more commands while a risk is low, with another end when commands cannot be judged',
    code: 'risk-unlike',
    with: conduit(
      'from: office, to: plc, service: modbus, allow: [read, write], on-failure: closed, when: { risk-below: 40 }',
    ),
    at: '{ id: other',
    says: /differ in `on-failure`/,
  },
  {
    name: 'a deny of an essential conduit',
    code: 'essential-denied',
    with: {
      ...conduit('from: ews, to: plc, service: tcp/1, essential: true'),
      denies: '- { id: d, from: office, to: cell, service: tcp/any }',
    },
    at: '{ id: d',
    says: /`other`, which passes nevertheless/,
  },
  {
    name: 'a conduit that is denied altogether',
    code: 'conduit-denied',
    with: {
      ...conduit('from: ews, to: plc, service: tcp/445'),
      denies: '- { id: d, from: any, to: cell, service: tcp/445 }',
    },
    at: '{ id: other',
    says: /deny `d` covers all/,
  },
  {
    name: 'a source without an Ethernet address',
    code: 'source-unbound',
    with: { ...asset('x: { ips: [198.18.0.77], zone: office }'), ...conduit('from: x, to: plc, service: tcp/1') },
    at: 'x: {',
    says: /`x` is permitted .* without `macs`/,
  },
  {
    name: 'a whole zone as source',
    code: 'source-unbound',
    with: conduit('from: office, to: plc, service: tcp/1'),
    at: 'office, to',
    says: /by address alone/,
  },
  {
    name: 'an EtherType between zones',
    code: 'ethertype-without-mac',
    with: conduit('from: office, to: plc, service: ethertype/0x8892'),
    at: 'office, to',
    says: /no Ethernet address/,
  },
  {
    name: 'a mode that the zone has',
    code: 'mode-without-effect',
    with: conduit('from: ews, to: plc, service: tcp/1, mode: contain'),
    at: 'contain }',
    says: /already/,
  },

  {
    name: 'a conduit inside another',
    code: 'conduit-redundant',
    with: conduit('from: tools, to: plc, service: tcp/1-5 }\n  - { id: third, from: ews, to: plc, service: tcp/3'),
    at: '{ id: third',
    says: /`third` is redundant: `other` permits all/,
  },
  {
    name: 'a narrower conduit before a wider',
    code: 'conduit-redundant',
    with: {
      conduits:
        '- { id: one, from: hmi, to: plc, service: modbus, allow: [read] }\n  - { id: two, from: hmi, to: plc, service: modbus }',
    },
    at: '{ id: one',
    says: /`one` is redundant: `two`/,
  },
  {
    name: 'conduits that overlap',
    code: 'conduit-overlap',
    with: conduit('from: ews, to: cell, service: tcp/1 }\n  - { id: third, from: office, to: plc, service: tcp/1'),
    at: '{ id: third',
    says: /`other` and `third` overlap/,
  },

  {
    name: 'a whole service to a safety system',
    code: 'safety-command',
    with: conduit('from: ews, to: sis, service: modbus'),
    at: '{ id: other',
    says: /reaches safety system `sis` with the whole service `modbus`/,
  },
  {
    name: 'a write to a safety system through its zone',
    code: 'safety-command',
    with: conduit('from: ews, to: cell, service: modbus, allow: [read, write]'),
    at: 'write]',
    says: /`sis` through `cell` with `write`/,
  },
  {
    name: 'commands to a safety system that are denied in name only',
    code: 'safety-watched',
    with: conduit('from: ews, to: sis, service: modbus, allow: [read], deny-action: log'),
    at: 'log }',
    says: /reaches safety system `sis`, and `log` lets every command pass; expected exception, reset or drop/,
  },
  {
    name: 'a program command named read elsewhere',
    code: 'safety-command',
    with: conduit('from: ews, to: sis, service: s7comm, allow: [download]'),
    at: 'download',
    says: /with `download`/,
  },
  {
    name: 'rewriting towards a safety system',
    code: 'safety-rewritten',
    with: conduit('from: ews, to: sis, service: modbus, allow: [read], deny-action: neutralise'),
    at: 'neutralise',
    says: /never rewritten/,
  },
  {
    name: 'a redirect of a safety system',
    code: 'safety-rewritten',
    with: { redirects: '- { id: r, from: any, to: cell, ports: [tcp/80], target: hmi }' },
    at: 'cell, ports',
    says: /never redirected/,
  },
  {
    name: 'containing in the zone of a safety system',
    code: 'safety-contained',
    with: { responses: '- { zone: cell, event: out-of-scope, known: contain 1h, agreed-by: [a, b] }' },
    at: 'contain 1h',
    says: /never contained/,
  },
  {
    name: 'deception near a safety system',
    code: 'safety-contained',
    with: { sensors: '- { id: s, counts: first-seen-peer, response: deceive }' },
    at: 'deceive',
    says: /no `deceive` near/,
  },
  {
    name: 'rewriting towards an asset that was not tried',
    code: 'not-qualified',
    with: conduit('from: ews, to: plc, service: modbus, allow: [write], deny-action: neutralise'),
    at: 'neutralise',
    says: /`plc` is not qualified/,
  },
  {
    name: 'rewriting of messages that cannot be',
    code: 'not-qualified',
    with: conduit('from: ews, to: plc, service: opcua, allow: [read], deny-action: neutralise'),
    at: 'neutralise',
    says: /opcua message cannot be rewritten/,
  },
  {
    name: 'rewriting towards anybody',
    code: 'not-qualified',
    with: conduit('from: ews, to: 198.18.1.128/25, service: modbus, allow: [write], deny-action: neutralise'),
    at: 'neutralise',
    says: /not a list of assets/,
  },

  {
    name: 'a counting sensor without a limit',
    code: 'sensor-limit',
    with: { sensors: '- { id: s, counts: packets, in: 10s }' },
    at: '{ id: s',
    says: /without `over`/,
  },
  {
    name: 'a sensor that counts in no time',
    code: 'time-range',
    with: { sensors: '- { id: s, counts: packets, over: 5, in: 0s }' },
    at: '0s',
    says: /0s is no time/,
  },
  {
    name: 'a containment that would never end',
    code: 'time-range',
    with: { responses: '- { zone: cell, event: out-of-scope, stranger: contain 0s site, agreed-by: [a] }' },
    at: 'contain 0s',
    says: /0s is no time/,
  },
  {
    name: 'a containment for longer than the kernel counts',
    code: 'time-range',
    with: { responses: '- { zone: cell, event: out-of-scope, known: contain 1001d, agreed-by: [a, b] }' },
    at: 'contain 1001d',
    says: /1001d is too long/,
  },
  {
    name: 'containment towards a zone that does not contain',
    code: 'response-without-effect',
    with: { responses: '- { zone: office, event: out-of-scope, stranger: contain 1h, agreed-by: [a] }' },
    at: 'office, event',
    says: /mode enforce: nothing is contained/,
  },
  {
    name: 'a response that no sensor asks for',
    code: 'response-without-effect',
    with: { responses: '- { zone: office, event: rate, stranger: deny, agreed-by: [a] }' },
    at: 'rate',
    says: /no sensor raises rate towards zone `office`.*counts packets/,
  },
  {
    name: 'containment for a forged frame',
    code: 'response-impossible',
    with: { responses: '- { zone: office, event: spoof, stranger: contain 1h, agreed-by: [a] }' },
    at: 'contain 1h',
    says: /names somebody else/,
  },
  {
    name: 'denial of what is new',
    code: 'response-impossible',
    with: { sensors: '- { id: s, counts: first-seen-peer, zone: office, response: deny }' },
    at: 'deny',
    says: /seen for the first time once/,
  },
  {
    name: 'a decoy that is not there',
    code: 'response-impossible',
    with: { responses: '- { zone: office, event: out-of-scope, stranger: deceive, agreed-by: [a] }' },
    at: 'deceive',
    says: /`deceive` towards zone `office` has no target.*`decoys\.deceive`/,
  },
  {
    name: 'a redirect in the middle of a conversation',
    code: 'response-impossible',
    with: { sensors: '- { id: s, counts: packets, over: 5, in: 1s, zone: office, response: redirect }' },
    at: 'redirect',
    says: /only new ones can be redirected/,
  },
  {
    name: 'a redirect to nowhere',
    code: 'response-impossible',
    with: { responses: '- { zone: office, event: out-of-scope, stranger: redirect, agreed-by: [a] }' },
    at: 'redirect',
    says: /has no target.*`to: office`/,
  },
  {
    name: 'containing known assets on one word',
    code: 'response-agreed',
    with: { responses: '- { zone: office, event: out-of-scope, known: contain 1h, agreed-by: [it, IT] }' },
    at: 'agreed-by',
    says: /one party only/,
  },
  {
    name: 'two responses to one event',
    code: 'response-twice',
    with: {
      responses:
        '- { zone: cell, event: scan, stranger: deny, agreed-by: [a] }\n  - { zone: cell, event: scan, stranger: alert, agreed-by: [a] }',
    },
    at: '{ zone: cell, event: scan, stranger: alert',
    says: /already/,
  },
  {
    name: 'a redirect on a bridge without address',
    code: 'redirect-without-address',
    with: {
      edges: sections.edges.replace(' address: 198.18.0.250/24,', ''),
      redirects: '- { id: r, from: any, to: plc, ports: [tcp/80], target: hmi }',
    },
    at: '{ id: r',
    says: /address on edge `e`/,
  },
  {
    name: 'a redirect of IPv6 on a bridge',
    code: 'redirect-ipv6',
    with: { redirects: '- { id: r, from: any, to: plc, ports: [tcp/80], target: "[fd00:198:18::7]:8080" }' },
    at: '"[fd00:198:18::7]:8080"',
    says: /redirects IPv4 only/,
  },
  {
    name: 'an exception that has expired',
    code: 'exception-expired',
    with: { exceptions: '- { id: x, conduit: operate, reason: r, owner: o, expires: 2026-01-01 }' },
    at: '2026-01-01',
    says: /`x` expired/,
  },
  {
    name: 'a port of a group beyond 65535',
    code: 'invalid-port',
    with: { groups: `${sections.groups}\n  g: { ports: [tcp/70000] }` },
    at: 'tcp/70000',
    says: /no port/,
  },
  {
    name: 'a window of no length',
    code: 'empty-window',
    with: { groups: `${sections.groups}\n  g: { times: [{ from: "02:00", to: "02:00" }] }` },
    at: '{ from: "02:00"',
    says: /no time/,
  },
  {
    name: 'an empty group',
    code: 'group-empty',
    with: { groups: `${sections.groups}\n  g: { kinds: [robot] }` },
    at: 'g: {',
    says: /stands for nothing/,
  },
  {
    name: 'a vendor that no asset has',
    code: 'unknown-vendor',
    with: {
      groups: `${sections.groups}\n  g: { vendors: [Rockwell, Simens] }`,
      ...asset('io: { ips: [198.18.1.20], zone: cell, kind: io, vendor: "Rockwell Automation" }'),
    },
    at: 'Simens',
    says: /no asset has the vendor `Simens`$/,
  },
  {
    name: 'a misspelt vendor, and the word that was meant',
    code: 'unknown-vendor',
    with: {
      groups: `${sections.groups}\n  g: { vendors: [simens] }`,
      ...asset('io: { ips: [198.18.1.20], zone: cell, kind: io, vendor: Siemens AG }'),
    },
    at: 'simens',
    says: /did you mean `Siemens`/,
  },
  {
    name: 'a group of a kind and a vendor that no asset has both of',
    code: 'group-empty',
    with: {
      groups: `${sections.groups}\n  g: { kinds: [plc], vendors: [Siemens] }`,
      ...asset('io: { ips: [198.18.1.20], zone: cell, kind: io, vendor: Siemens AG }'),
    },
    at: 'g: {',
    says: /stands for nothing/,
  },
  {
    name: 'a mode that stays when its conduit has expired',
    code: 'mode-outlasts',
    with: conduit('from: ews, to: plc, service: tcp/22, expires: 2026-12-31, mode: observe'),
    at: 'observe }',
    says: /`mode: observe` of conduit `other` holds for all that flows.* zone `cell`.* by its `expires`/,
  },
  {
    name: 'a redirect for one of two cells with the same addresses',
    code: 'redirect-vlan',
    with: { ...copies, redirects: '- { id: portal, from: office, to: copy-2, ports: [tcp/80], target: hmi }' },
    at: 'copy-2, ports',
    says: /redirect `portal` would also catch who has an address of `copy-2` on another VLAN/,
  },
  {
    name: 'a test of an unknown command',
    code: 'invalid-test',
    with: { tests: '- { from: hmi, to: plc, service: modbus, op: read-coil, expect: permit }' },
    at: 'read-coil',
    says: /`read-coils`/,
  },
  {
    name: 'a test with a misspelt field',
    code: 'invalid-test',
    with: { tests: '- { from: hmi, to: plc, service: modbus, op: read-coils, coyl: 4, expect: permit }' },
    at: '4, expect',
    says: /`coil`/,
  },
  {
    name: 'a test with a field of another command',
    code: 'test-idle',
    with: { tests: '- { from: hmi, to: plc, service: modbus, op: read-coils, register: 4, expect: deny }' },
    at: '4, expect',
    says: /`read-coils` has no `register`; expected unit, coil/,
  },
  {
    name: 'a test with a value that no message can have',
    code: 'test-idle',
    with: { tests: '- { from: hmi, to: plc, service: modbus, op: read-coils, coil: 70000, expect: deny }' },
    at: '70000',
    says: /`coil` is out of range; expected whole numbers or ranges from 0 to 65535/,
  },
  {
    name: 'a test of somebody who is neither logged in nor not',
    code: 'test-idle',
    with: { tests: '- { from: hmi, to: plc, service: tcp/80, authenticated: yes, expect: deny }' },
    at: 'yes',
    says: /`authenticated` is "yes"; expected true or false/,
  },
  {
    name: 'a test at an impossible time',
    code: 'invalid-test',
    with: { tests: '- { from: hmi, to: plc, service: modbus, at: "2026-02-30T01:00", expect: permit }' },
    at: '"2026-02-30',
    says: /`at` is/,
  },
]

test('a sound policy has no problems', () => assert.deepEqual(problemsOf(policy()).map(sentence), []))

describe('check finds', () => {
  for (const { name, code, with: changes, at, says, timezone } of rows)
    test(`${name} (${code})`, () => {
      const text = policy(changes, timezone)
      const problems = problemsOf(text)
      const lines = text.split('\n')
      const found = problems
        .map((problem) => `${problem.line}:${problem.column} ${problem.code} ${sentence(problem)}`)
        .join('\n')
      const problem = problems.find(
        (each) => each.code === code && lines[each.line - 1]!.slice(each.column - 1).startsWith(at),
      )
      assert.ok(problem, found)
      assert.match(sentence(problem), says)
      assert.equal(problem.severity, checks.find((each) => each.code === code)?.severity)
    })

  test('something for each of its codes, beside those of decoys', () => {
    const shown = new Set(rows.map(({ code }) => code))
    assert.deepEqual(
      checks.filter((each) => !shown.has(each.code) && !decoys.includes(each)).map(({ code }) => code),
      [],
    )
    assert.equal(new Set(checks.map(({ code }) => code)).size, checks.length)
  })
})

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

const many = process.env['BULKHEAD_TEST'] === 'long' ? 10_000 : 1000
const large = (line: (i: number) => string): string =>
  policy({ conduits: Array.from({ length: many }, (_, i) => line(i)).join('\n  ') })

const loads: readonly { name: string; text: string }[] = [
  {
    name: 'different',
    text: large(
      (i) =>
        `- { id: c-${i}, from: 198.18.${i % 200}.${i % 250}, to: 198.19.${i >> 8}.${i & 255}, service: tcp/${i % 100} }`,
    ),
  },
  { name: 'equal', text: large((i) => `- { id: c-${i}, from: ews, to: cell, service: tcp/4 }`) },
  { name: 'nested', text: large((i) => `- { id: c-${i}, from: 198.18.0.0/24, to: cell, service: tcp/1-${i + 1} }`) },
  {
    name: 'overlapping',
    text: large(
      (i) =>
        `- { id: c-${i}, from: 198.18.0.${i % 250}, to: cell, service: modbus, allow: [{ op: read-coils, coils: ${i} }] }`,
    ),
  },
  {
    name: 'from one source to one zone each',
    text: large((i) => `- { id: c-${i}, from: 198.18.${i >> 8}.${i & 255}, to: cell, service: tcp/4 }`),
  },
  {
    name: 'for a service each',
    text: large((i) => `- { id: c-${i}, from: 198.18.0.${i % 250}, to: cell, service: tcp/${i + 1} }`),
  },
  {
    name: 'to names that do not exist, among as many that do',
    text: large((i) => `- { id: c-${i}, from: 198.18.0.1, to: device-${i}x, service: tcp/1 }`).replace(
      '\ngroups:',
      `\n${Array.from({ length: many }, (_, i) => `  device-${i}: { ips: [198.18.${2 + (i >> 8)}.${i & 255}], zone: cell }`).join('\n')}\ngroups:`,
    ),
  },
]

describe(`check takes less than five seconds for ${many} conduits that are`, () => {
  for (const { name, text } of loads)
    test(name, () => {
      const { site, source } = parsePolicy(text)
      const started = processorMs()
      check(site!, source, now)
      const spent = processorMs() - started
      assert.ok(spent < 5000, `${spent} ms`)
    })
})

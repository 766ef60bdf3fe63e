import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Persona } from '#core/persona.ts'
import { parsePolicy } from '../parse.ts'
import { sentence } from '../report.ts'
import { decoys as checks } from './decoys.ts'
import { check } from './index.ts'

const persona = (id: string, ports: readonly number[]): Persona => ({
  id,
  title: id,
  vendor: id,
  model: id,
  firmware: '1',
  kind: 'plc',
  ouis: ['00:1b:1b'],
  ttl: 64,
  window: 8192,
  timestamps: false,
  windowScaling: false,
  sack: false,
  serial: '######',
  name: 'plc-####',
  services: ports.map((port) => ({ service: 's', transport: 'tcp', port, profile: {} })),
})
const personas = { 's7-1500': persona('s7-1500', [102, 80]), 'modicon-m340': persona('modicon-m340', [502]) }

const sections = {
  edges: 'e: { bridge: br0, address: 198.18.1.2/24, ports: { a: { zones: [office] }, b: { zones: [cell, safe] } } }',
  zones: `office: { level: 3, networks: [198.18.0.0/24], mode: enforce }
  cell: { level: 1, networks: [198.18.1.0/24, 198.18.2.0/24], mode: contain }
  safe: { level: 1, networks: [198.18.3.0/24], mode: contain }`,
  assets: `ews: { ips: [198.18.0.11], macs: ["00:1b:1b:00:00:11"], zone: office, kind: engineering }
  plc: { ips: [198.18.1.10], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc }
  sis: { ips: [198.18.3.12], macs: ["00:1b:1b:00:03:12"], zone: safe, kind: sis }`,
  groups: 'plcs: { kinds: [plc] }\n  nets: { networks: [198.18.1.48/29] }',
  conduits: '- { id: operate, from: ews, to: plc, service: modbus, allow: [read] }',
  redirects: '',
  responses: '',
  pools:
    '- { id: p, zone: cell, approved: [198.18.1.32/27], personas: { s7-1500: 4, modicon-m340: rest }, approved-by: [ops, it] }',
  others: '',
}
type Sections = Partial<Record<keyof typeof sections, string>>

const policy = (changes: Sections): string => {
  const { pools, others, ...rest } = { ...sections, ...changes }
  const lines = ['version: 1', 'site: test']
  for (const [name, text] of Object.entries(rest)) if (text !== '') lines.push(`${name}:\n  ${text}`)
  return [...lines, `decoys:\n  pools:\n    ${pools}`, ...(others === '' ? [] : [`  ${others}`])].join('\n')
}
const problemsOf = (text: string) => {
  const { site, source, problems } = parsePolicy(text, 'site.yaml')
  assert.deepEqual(problems.map(sentence), [])
  return check(site!, source, Date.UTC(2026, 10, 21), personas)
}

const pool = (approved: string, more = 'personas: { s7-1500: 1 }'): Sections => ({
  pools: `- { id: p, zone: cell, approved: [${approved}], ${more}, approved-by: [ops] }`,
})
const second = (approved: string, more = ''): string =>
  `\n    - { id: q, zone: cell, approved: [${approved}], personas: { s7-1500: 1 }, approved-by: [ops]${more} }`
const deceive = (text: string): Sections => ({ others: `deceive: [{ id: d, ${text} }]` })
const verifier = (text: string): Sections => ({ others: `verifier: { ${text} }` })
const pem = (type: 'x25519' | 'ed25519', half: 'publicKey' | 'privateKey'): string => {
  const pair = type === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ed25519')
  return JSON.stringify(pair[half].export({ format: 'pem', type: half === 'publicKey' ? 'spki' : 'pkcs8' }))
}
const many = Object.keys(personas)
  .map((id) => `${id}: 1`)
  .join(', ')

interface Row {
  readonly name: string
  readonly code: string
  readonly with: Sections
  readonly at: string
  readonly says: RegExp
}
const rows: readonly Row[] = [
  {
    name: 'a pool of an unknown zone',
    code: 'decoy-unknown',
    with: { pools: sections.pools.replace('zone: cell', 'zone: cel') },
    at: 'cel,',
    says: /unknown zone `cel`.*`cell`/,
  },
  {
    name: 'a pool of an unknown edge',
    code: 'decoy-unknown',
    with: { pools: sections.pools.replace('zone: cell', 'zone: cell, edge: f') },
    at: 'f,',
    says: /unknown edge `f`; expected one of e/,
  },
  {
    name: 'an unknown persona, and the one that was meant',
    code: 'decoy-unknown',
    with: pool('198.18.1.40', 'personas: { s7-1600: 1 }'),
    at: 's7-1600',
    says: /unknown persona `s7-1600`.*`s7-1500`/,
  },
  {
    name: 'a persona named constructor',
    code: 'decoy-unknown',
    with: pool('198.18.1.40', 'personas: { constructor: 1 }'),
    at: 'constructor',
    says: /unknown persona/,
  },
  {
    name: 'a deceive row of an unknown persona',
    code: 'decoy-unknown',
    with: deceive('to: plc, ports: [tcp/102], persona: s7-150'),
    at: 's7-150 ',
    says: /`s7-1500`/,
  },
  {
    name: 'two edges that could answer',
    code: 'decoy-edge',
    with: { edges: `${sections.edges}\n  f: { bridge: br1, ports: { c: { zones: [office] }, d: { zones: [cell] } } }` },
    at: 'cell, approved',
    says: /several edges have zone `cell`.*`edge:` e or f/,
  },
  {
    name: 'an edge that does not have the zone',
    code: 'decoy-edge',
    with: {
      edges: `${sections.edges}\n  f: { bridge: br1, ports: { c: { zones: [office] }, d: { zones: [office] } } }`,
      pools: sections.pools.replace('zone: cell', 'zone: cell, edge: f'),
    },
    at: 'f,',
    says: /behind no port of edge `f`; expected e/,
  },
  {
    name: 'a zone that no edge has',
    code: 'decoy-edge',
    with: { edges: sections.edges.replace('cell, ', '') },
    at: 'cell, approved',
    says: /nobody answers/,
  },
  {
    name: 'an edge that routes',
    code: 'decoy-unsupported',
    with: { edges: sections.edges.replace('bridge: br0, address: 198.18.1.2/24, ', '') },
    at: 'cell, approved',
    says: /edge `e` routes, and decoys stand on a bridge only/,
  },
  {
    name: 'a zone in a VLAN',
    code: 'decoy-unsupported',
    with: {
      edges: sections.edges.replace('zones: [cell, safe]', 'zones: [cell, safe], vlans: [untagged, 20]'),
      zones: sections.zones.replace('198.18.2.0/24], mode: contain', '198.18.2.0/24], mode: contain, vlan: 20'),
    },
    at: 'cell, approved',
    says: /VLAN 20, and decoys speak without a tag only/,
  },
  {
    name: 'a zone behind a port that carries tagged VLANs only',
    code: 'decoy-unsupported',
    with: { edges: sections.edges.replace('zones: [cell, safe]', 'zones: [cell, safe], vlans: [20]') },
    at: 'cell, approved',
    says: /VLANs with a tag/,
  },
  {
    name: 'an approved address of another zone',
    code: 'decoy-address',
    with: pool('198.18.1.40, 198.18.0.40'),
    at: '198.18.0.40',
    says: /198\.18\.0\.40 is not in zone `cell`; expected addresses in 198\.18\.1\.0\/24 or 198\.18\.2\.0\/24/,
  },
  {
    name: 'a span that falls',
    code: 'decoy-address',
    with: pool('198.18.1.60-198.18.1.40'),
    at: '198.18.1.60',
    says: /no span/,
  },
  {
    name: 'an address beyond 255',
    code: 'decoy-address',
    with: { ...pool('198.18.1.40'), others: 'deny: [198.18.1.256]' },
    at: '198.18.1.256',
    says: /no span/,
  },
  {
    name: 'an approved network with host bits',
    code: 'decoy-address',
    with: pool('198.18.1.33/27'),
    at: '198.18.1.33/27',
    says: /expected 198\.18\.1\.32\/27/,
  },
  {
    name: 'a pool in two networks',
    code: 'decoy-address',
    with: pool('198.18.1.40, 198.18.2.40'),
    at: 'approved',
    says: /several networks.*a pool for each/,
  },
  {
    name: 'a gateway elsewhere',
    code: 'decoy-address',
    with: pool('198.18.1.40', 'gateway: 198.18.2.1, personas: { s7-1500: 1 }'),
    at: '198.18.2.1,',
    says: /not in the network of pool `p`/,
  },
  {
    name: 'an address of two pools',
    code: 'decoy-overlap',
    with: { pools: sections.pools + second('198.18.1.60-198.18.1.70') },
    at: '198.18.1.60',
    says: /overlaps 198\.18\.1\.32\/27 of pool `p`/,
  },
  {
    name: 'a span that is wholly denied',
    code: 'decoy-denied',
    with: { ...pool('198.18.1.40, 198.18.1.50-198.18.1.52'), others: 'deny: [198.18.1.48/28]' },
    at: '198.18.1.50',
    says: /denied by `deny` 198\.18\.1\.48\/28/,
  },
  {
    name: 'an address of an asset that is approved',
    code: 'decoy-denied',
    with: pool('198.18.1.40, 198.18.1.10'),
    at: '198.18.1.10]',
    says: /denied by asset `plc`/,
  },
  {
    name: 'a pool of which nothing is left',
    code: 'decoy-count',
    with: { ...pool('198.18.1.40'), others: 'deny: [198.18.1.40]' },
    at: 'approved',
    says: /nothing is left of pool `p`/,
  },
  {
    name: 'more decoys than addresses',
    code: 'decoy-count',
    with: pool('198.18.1.40-198.18.1.43', 'personas: { s7-1500: 3, modicon-m340: 2 }'),
    at: 'personas',
    says: /5 decoys are wanted, and pool `p` has 4/,
  },
  {
    name: 'a rest for which nothing is left',
    code: 'decoy-count',
    with: pool('198.18.1.40-198.18.1.43', 'personas: { s7-1500: 4, modicon-m340: rest }'),
    at: 'personas',
    says: /5 decoys are wanted/,
  },
  {
    name: 'two that take the rest',
    code: 'decoy-count',
    with: pool('198.18.1.32/27', 'personas: { s7-1500: rest, modicon-m340: rest }'),
    at: 'rest }',
    says: /both/,
  },
  {
    name: 'a pool without personas',
    code: 'decoy-count',
    with: pool('198.18.1.40', 'personas: {}'),
    at: 'personas',
    says: /no personas/,
  },
  {
    name: 'more personas than Ethernet addresses',
    code: 'decoy-count',
    with: { ...pool('198.18.1.32/27', `personas: { ${many} }`), others: 'max-macs: 1' },
    at: 'personas',
    says: /needs an Ethernet address for each.*2, and may have 1/,
  },
  {
    name: 'a pool beside a safety system',
    code: 'decoy-safety',
    with: { pools: sections.pools.replace('cell', 'safe').replace('198.18.1.', '198.18.3.') },
    at: 'safe,',
    says: /safety system `sis` is in zone `safe`/,
  },
  {
    name: 'a decoy that stands in for a safety system',
    code: 'decoy-safety',
    with: deceive('to: sis, ports: [tcp/102], persona: s7-1500'),
    at: 'sis,',
    says: /never redirected/,
  },
  {
    name: 'a decoy that stands in for nobody',
    code: 'decoy-deceive',
    with: deceive('to: plx, ports: [tcp/102], persona: s7-1500'),
    at: 'plx',
    says: /`plx`.*`plc`/,
  },
  {
    name: 'a decoy that stands in for a zone',
    code: 'decoy-deceive',
    with: deceive('to: cell, ports: [tcp/102], persona: s7-1500'),
    at: 'cell, ports',
    says: /no list of assets/,
  },
  {
    name: 'a decoy that stands in for an asset of IPv6 alone',
    code: 'decoy-deceive',
    with: {
      zones: `${sections.zones}\n  six: { level: 1, networks: ["fd00:198:18::/64"] }`,
      edges: sections.edges.replace('safe]', 'safe, six]'),
      assets: `${sections.assets}\n  old: { ips: ["fd00:198:18::5"], zone: six }`,
      ...deceive('to: old, ports: [tcp/102], persona: s7-1500'),
    },
    at: 'old, ports',
    says: /IPv4 only/,
  },
  {
    name: 'a port at which the persona does not answer',
    code: 'decoy-deceive',
    with: deceive('to: plc, ports: [tcp/102, tcp/502], persona: s7-1500'),
    at: 'tcp/502',
    says: /does not answer at tcp\/502; expected tcp\/102 or tcp\/80/,
  },
  {
    name: 'a port beyond 65535',
    code: 'decoy-deceive',
    with: deceive('to: plc, ports: [tcp/70000], persona: s7-1500'),
    at: 'tcp/70000',
    says: /no port/,
  },
  {
    name: 'a persona that stands in no pool of that edge',
    code: 'decoy-deceive',
    with: { ...pool('198.18.1.40'), ...deceive('to: plc, ports: [tcp/502], persona: modicon-m340') },
    at: 'modicon-m340',
    says: /no pool of edge `e` has persona/,
  },
  {
    name: 'an edge without an address to redirect by',
    code: 'decoy-deceive',
    with: {
      edges: sections.edges.replace(' address: 198.18.1.2/24,', ''),
      ...deceive('to: plcs, ports: [tcp/102], persona: s7-1500'),
    },
    at: '{ id: d',
    says: /needs an address on edge `e`/,
  },
  {
    name: 'a deceive row that no response agrees to',
    code: 'decoy-unagreed',
    with: {
      ...deceive('to: plc, ports: [tcp/102], persona: s7-1500'),
      responses: '- { zone: cell, event: out-of-scope, stranger: contain 1h, agreed-by: [a] }',
    },
    at: 'plc, ports',
    says: /does nothing towards zone `cell`/,
  },
  {
    name: 'dark addresses in no zone',
    code: 'decoy-dark',
    with: { others: 'sensor-only: [198.18.9.0/24]' },
    at: '198.18.9.0/24',
    says: /not in one network of a zone/,
  },
  {
    name: 'dark addresses of IPv6',
    code: 'decoy-dark',
    with: { others: 'sensor-only: ["fd00::/64"]' },
    at: '"fd00',
    says: /not IPv4/,
  },
  {
    name: 'dark addresses in a pool',
    code: 'decoy-dark',
    with: { others: 'sensor-only: [198.18.1.56/29]' },
    at: '198.18.1.56/29',
    says: /overlaps pool `p`/,
  },
  {
    name: 'dark addresses around an asset',
    code: 'decoy-dark',
    with: { others: 'sensor-only: [198.18.1.8/29]' },
    at: '198.18.1.8/29',
    says: /asset `plc` is in it/,
  },
  {
    name: 'dark addresses around the edge itself',
    code: 'decoy-dark',
    with: { others: 'sensor-only: [198.18.1.0/29]' },
    at: '198.18.1.0/29',
    says: /edge `e` is in it/,
  },
  {
    name: 'a conduit to an address of a pool',
    code: 'decoy-permitted',
    with: { conduits: `${sections.conduits}\n  - { id: c, from: ews, to: 198.18.1.40, service: tcp/102 }` },
    at: '198.18.1.40',
    says: /conduit `c` names 198\.18\.1\.40, where decoys of pool `p` stand/,
  },
  {
    name: 'a conduit from a group of networks in a pool',
    code: 'decoy-permitted',
    with: { conduits: `${sections.conduits}\n  - { id: c, from: nets, to: plc, service: tcp/102 }` },
    at: 'nets,',
    says: /names 198\.18\.1\.48\/29/,
  },
  {
    name: 'a redirect to an address of a pool',
    code: 'decoy-permitted',
    with: { redirects: '- { id: r, from: any, to: plc, ports: [tcp/80], target: "198.18.1.40:80" }' },
    at: '"198.18.1.40:80"',
    says: /stand and move/,
  },
  {
    name: 'two pools of one id',
    code: 'decoy-twice',
    with: { pools: sections.pools + second('198.18.1.70').replace('id: q', 'id: p') },
    at: 'p, zone: cell, approved: [198.18.1.70]',
    says: /used twice in `decoys.pools`/,
  },
  {
    name: 'one honeytoken twice',
    code: 'decoy-twice',
    with: { others: 'honeytokens: [{ id: a, user: Backup }, { id: b, user: backup, password: x }]' },
    at: 'backup, password',
    says: /is honeytoken `a` already/,
  },
  {
    name: 'decoys that move too fast',
    code: 'decoy-shuffle',
    with: { others: 'shuffle: { every: 299s }' },
    at: '299s',
    says: /5m at least/,
  },
  {
    name: 'a list without file',
    code: 'decoy-verifier',
    with: verifier('kind: list'),
    at: '{ kind',
    says: /needs `file`/,
  },
  {
    name: 'a directory without DN',
    code: 'decoy-verifier',
    with: verifier('kind: ldap, url: "ldaps://d"'),
    at: '{ kind',
    says: /needs `dn`/,
  },
  {
    name: 'a directory without TLS',
    code: 'decoy-verifier',
    with: verifier('kind: ldap, dn: "uid={user},dc=p", url: "ldap://d"'),
    at: '"ldap:',
    says: /clear text.*start-tls/,
  },
  {
    name: 'more edges with decoys than a directory bears failed logins',
    code: 'decoy-verifier',
    with: {
      edges: `${sections.edges}\n  f: { bridge: br1, ports: { c: { zones: [far] }, d: { zones: [office] } } }`,
      zones: `${sections.zones}\n  far: { level: 1, networks: [198.18.9.0/24] }`,
      pools: sections.pools + second('198.18.9.32/27').replace('zone: cell', 'zone: far'),
      ...verifier('kind: ldap, dn: "uid={user},dc=p", url: "ldaps://d", lock-out: 3'),
    },
    at: '3 }',
    says: /2 edges have decoys.*at most 1 edge/,
  },
  {
    name: 'a DN of nobody',
    code: 'decoy-verifier',
    with: verifier('kind: ldap, dn: "uid=user,dc=p", url: "ldaps://d"'),
    at: '"uid=user',
    says: /`\{user\}` in it/,
  },
  {
    name: 'a RADIUS server without port',
    code: 'decoy-verifier',
    with: verifier('kind: radius, server: r1, secret-file: /s'),
    at: 'r1,',
    says: /host:port/,
  },
  {
    name: 'what another kind of verifier needs',
    code: 'decoy-verifier',
    with: verifier('kind: list, file: /f, server: "r:1812"'),
    at: '"r:1812"',
    says: /means nothing to a verifier of kind list/,
  },
  {
    name: 'a responder key that is none',
    code: 'decoy-responder-key',
    with: { others: 'responder-key: secret' },
    at: 'secret',
    says: /X25519/,
  },
  {
    name: 'a responder key of another kind',
    code: 'decoy-responder-key',
    with: { others: `responder-key: ${pem('ed25519', 'publicKey')}` },
    at: '"-----BEGIN',
    says: /X25519/,
  },
  {
    name: 'a private key',
    code: 'decoy-responder-key',
    with: { others: `responder-key: ${pem('x25519', 'privateKey')}` },
    at: '"-----BEGIN',
    says: /no public key/,
  },
  {
    name: 'a response where no decoy stands',
    code: 'response-without-effect',
    with: { responses: '- { zone: office, event: decoy, stranger: deny, agreed-by: [a] }' },
    at: 'decoy, stranger',
    says: /no decoy stands in zone `office`/,
  },
  {
    name: 'deceiving whoever speaks to a decoy already',
    code: 'response-impossible',
    with: {
      ...deceive('to: plc, ports: [tcp/102], persona: s7-1500'),
      responses: '- { zone: cell, event: decoy, stranger: deceive, agreed-by: [a] }',
    },
    at: 'deceive, agreed',
    says: /only new ones can be redirected/,
  },
  {
    name: 'deceiving in a zone without a row',
    code: 'response-impossible',
    with: { responses: '- { zone: cell, event: out-of-scope, stranger: deceive, agreed-by: [a] }' },
    at: 'deceive, agreed',
    says: /has no target.*`decoys\.deceive` whose assets/,
  },
]

describe('check of decoys finds', () => {
  for (const { name, code, with: changes, at, says } of rows)
    test(`${name} (${code})`, () => {
      const text = policy(changes)
      const lines = text.split('\n')
      const problems = problemsOf(text)
      const problem = problems.find(
        (each) =>
          each.code === code &&
          lines[each.line - 1]!.slice(each.column - 1).startsWith(at) &&
          says.test(sentence(each)),
      )
      assert.ok(
        problem,
        problems.map((each) => `${each.line}:${each.column} ${each.code} ${sentence(each)}`).join('\n'),
      )
      const severity = checks.find((each) => each.code === code)?.severity
      if (severity !== undefined) assert.equal(problem.severity, severity)
    })

  test('something for each of its codes', () => {
    const shown = new Set(rows.map(({ code }) => code))
    assert.deepEqual(
      checks.filter(({ code }) => !shown.has(code)).map(({ code }) => code),
      [],
    )
  })
})

const fine: readonly { name: string; with: Sections }[] = [
  { name: 'a pool', with: {} },
  {
    name: 'single denied addresses, assets, edge and broadcast among the approved',
    with: { ...pool('198.18.1.0/24'), others: 'deny: [198.18.1.40]' },
  },
  {
    name: 'two pools of two networks of a zone',
    with: { pools: sections.pools + second('198.18.2.32/27', ', gateway: 198.18.2.1') },
  },
  {
    name: 'a pool whose edge is said, where several have the zone',
    with: {
      edges: `${sections.edges}\n  f: { bridge: br1, ports: { c: { zones: [office] }, d: { zones: [cell] } } }`,
      pools: sections.pools.replace('zone: cell', 'zone: cell, edge: f'),
    },
  },
  {
    name: 'a zone that is untagged',
    with: {
      zones: sections.zones.replace('198.18.2.0/24], mode: contain', '198.18.2.0/24], mode: contain, vlan: untagged'),
    },
  },
  { name: 'a conduit to the whole zone', with: { conduits: '- { id: c, from: ews, to: cell, service: modbus }' } },
  {
    name: 'a conduit to an address that is denied to decoys',
    with: {
      conduits: '- { id: c, from: ews, to: 198.18.1.40, service: tcp/102 }',
      others: 'deny: [198.18.1.40]',
    },
  },
  {
    name: 'a deceive row and its response',
    with: {
      ...deceive('from: office, to: plcs, ports: [tcp/102, tcp/80], persona: s7-1500'),
      responses:
        '- { zone: cell, event: out-of-scope, stranger: deceive, agreed-by: [a] }\n  - { zone: cell, event: decoy, stranger: contain 8h site, known: deny, agreed-by: [a] }',
    },
  },
  { name: 'dark addresses', with: { others: 'sensor-only: [198.18.1.128/25, 198.18.0.128/25]' } },
  {
    name: 'two passwords of one planted user',
    with: { others: 'honeytokens: [{ id: a, user: backup, password: x }, { id: b, user: backup, password: y }]' },
  },
  {
    name: 'a directory over TLS',
    with: verifier('kind: ldap, dn: "uid={user},dc=p", url: "ldap://d", start-tls: true, ca: /ca.pem'),
  },
  { name: 'a RADIUS server', with: verifier('kind: radius, server: "r1:1812", secret-file: /s') },
  { name: 'a responder key', with: { others: `responder-key: ${pem('x25519', 'publicKey')}` } },
  { name: 'a movement every five minutes', with: { others: 'shuffle: { every: 5m, on: [contact], share: 50 }' } },
]
describe('check of decoys accepts', () => {
  for (const { name, with: changes } of fine)
    test(name, () =>
      assert.deepEqual(
        problemsOf(policy(changes))
          .filter(({ code }) => code !== 'source-unbound')
          .map(sentence),
        [],
      ),
    )
})

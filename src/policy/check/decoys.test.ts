import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sentence } from '../report.ts'
import { deceive, pem, policy, pool, problemsOf, second, sections, verifier, type Sections } from './decoys/trial.ts'

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

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Site } from '#schema/site.ts'
import { compile } from '../compile.ts'
import type { PlanDecoys } from '../plan.ts'

const site = (decoys: unknown, responses: readonly object[] = []): Site =>
  Site.parse({
    responses,
    version: 1,
    site: 'test',
    edges: {
      e: { bridge: 'br0', address: '198.18.1.2/24', ports: { a: { zones: ['office'] }, b: { zones: ['cell'] } } },
      f: { bridge: 'br1', ports: { c: { zones: ['office'] }, d: { zones: ['far'] } } },
    },
    zones: {
      office: { level: 3, networks: ['198.18.0.0/24'], mode: 'enforce' },
      cell: { level: 1, networks: ['198.18.1.0/24'], mode: 'contain' },
      far: { level: 1, networks: ['198.18.9.0/24'] },
    },
    assets: {
      plc: { ips: ['198.18.1.34'], zone: 'cell', kind: 'plc' },
      io: { ips: ['198.18.1.36', 'fd00:198:18::36'], zone: 'cell', kind: 'io' },
      distant: { ips: ['198.18.9.36'], zone: 'far', kind: 'plc' },
    },
    groups: { all: { kinds: ['plc', 'io'] } },
    ...(decoys === undefined ? {} : { decoys }),
  })
const cell = {
  id: 'p',
  zone: 'cell',
  approved: ['198.18.1.32-198.18.1.38', '198.18.1.250/31', '198.18.1.255'],
  personas: { b: 1, a: 'rest' },
  'approved-by': ['ops'],
}
const decoysOf = (decoys: unknown, edge = 'e', responses: readonly object[] = []): PlanDecoys | undefined =>
  compile(site(decoys, responses), edge)?.decoys

describe('the plan of an edge', () => {
  test('without decoys is what it was: it has no such field, and the same digest', () => {
    const [without, elsewhere] = [compile(site(undefined), 'f'), compile(site({ pools: [cell] }), 'f')]
    assert.ok(without !== undefined && !Object.hasOwn(without, 'decoys'))
    assert.equal(elsewhere?.digest, without.digest)
  })

  test('with decoys has another digest, and the same again', () => {
    const digest = () => compile(site({ pools: [cell] }), 'e')?.digest
    assert.notEqual(digest(), compile(site(undefined), 'e')?.digest)
    assert.equal(digest(), digest())
  })
})

describe('a pool has', () => {
  const rows: readonly { name: string; more?: object; pool?: object; addresses?: readonly string[]; has?: object }[] = [
    {
      name: 'what is approved, without assets and broadcast, in order',
      addresses: [
        '198.18.1.32',
        '198.18.1.33',
        '198.18.1.35',
        '198.18.1.37',
        '198.18.1.38',
        '198.18.1.250',
        '198.18.1.251',
      ],
      has: { real: ['198.18.1.34', '198.18.1.36'], prefix: 24, budget: { after: 8 } },
    },
    {
      name: 'nothing that is denied',
      more: { deny: ['198.18.1.32/30', '198.18.1.251'] },
      addresses: ['198.18.1.37', '198.18.1.38', '198.18.1.250'],
    },
    {
      name: 'nothing that is dark',
      more: { 'sensor-only': ['198.18.1.248/29'] },
      addresses: ['198.18.1.32', '198.18.1.33', '198.18.1.35', '198.18.1.37', '198.18.1.38'],
    },
    {
      name: 'no address of its gateway, which is a real host',
      pool: { gateway: '198.18.1.33' },
      addresses: ['198.18.1.32', '198.18.1.35', '198.18.1.37', '198.18.1.38', '198.18.1.250', '198.18.1.251'],
      has: { gateway: '198.18.1.33', real: ['198.18.1.33', '198.18.1.34', '198.18.1.36'] },
    },
    { name: 'no address of the edge', pool: { approved: ['198.18.1.0/30'] }, addresses: ['198.18.1.1', '198.18.1.3'] },
    {
      name: 'its personas as they are written',
      has: {
        personas: [
          { persona: 'b', count: 1 },
          { persona: 'a', count: 'rest' },
        ],
      },
    },
    { name: 'the budget of all', more: { budget: 'first' }, has: { budget: 'first' } },
    { name: 'a budget of its own', more: { budget: 'first' }, pool: { budget: 'observe' }, has: { budget: 'observe' } },
  ]
  for (const { name, more, pool, addresses, has } of rows)
    test(name, () => {
      const found = decoysOf({ pools: [{ ...cell, ...pool }], ...more })?.pools[0]
      if (addresses !== undefined) assert.deepEqual(found?.addresses, addresses)
      for (const [key, value] of Object.entries(has ?? {})) assert.deepEqual(Reflect.get(found ?? {}, key), value)
    })
})

test('decoys that never move have no shuffle in their plan', () => {
  assert.ok(!Object.hasOwn(decoysOf({ pools: [cell] }) ?? { shuffle: 1 }, 'shuffle'))
})

describe('decoys of a plan have', () => {
  const deceive = { id: 'd', to: 'all', ports: ['tcp/102', 'udp/161'], persona: 'a' }
  const agreed = { zone: 'cell', event: 'out-of-scope', 'agreed-by': ['ops', 'it'] }
  const rows: readonly {
    name: string
    more: object
    edge?: string
    responses?: readonly object[]
    has: Partial<PlanDecoys> | undefined
  }[] = [
    {
      name: 'what the schema says when nothing is written',
      more: {},
      has: {
        device: 'bh-decoy',
        dark: [],
        deceive: [],
        maxMacs: 16,
        listenFor: 60,
        withdrawFor: 86_400,
        honeytokens: [],
        keepSessions: 64_000_000,
      },
    },
    {
      name: 'a schedule',
      more: { shuffle: { every: '1h' } },
      has: { shuffle: { every: 3600, on: [], atLeast: 3600, share: 0.25 } },
    },
    {
      name: 'a pause between events',
      more: { shuffle: { on: ['contact'], share: 50 } },
      has: { shuffle: { on: ['contact'], atLeast: 600, share: 0.5 } },
    },
    {
      name: 'the failed binds of a directory that are this edge’s part',
      more: {
        pools: [cell, { ...cell, id: 'q', zone: 'far', approved: ['198.18.9.64/28'] }],
        verifier: { kind: 'ldap', url: 'ldaps://d', dn: 'uid={user}', 'lock-out': 7 },
      },
      has: {
        verifier: {
          kind: 'ldap',
          url: 'ldaps://d',
          dn: 'uid={user}',
          'lock-out': 4,
          'lock-out-window': '1h',
          timeout: '3s',
        },
      },
    },
    {
      name: 'dark addresses by zone',
      more: { 'sensor-only': ['198.18.1.128/25', '198.18.0.128/25', '198.18.9.0/25'] },
      has: {
        dark: [
          { zone: 1, network: '198.18.1.128/25' },
          { zone: 0, network: '198.18.0.128/25' },
        ],
      },
    },
    {
      name: 'a row for each port, of the assets that are there, in IPv4',
      more: { deceive: [deceive] },
      responses: [{ ...agreed, stranger: 'deceive' }],
      has: {
        deceive: [
          { id: 'd', who: 'stranger', dst: ['198.18.1.34', '198.18.1.36'], proto: 6, port: 102, persona: 'a' },
          { id: 'd', who: 'stranger', dst: ['198.18.1.34', '198.18.1.36'], proto: 17, port: 161, persona: 'a' },
        ],
      },
    },
    {
      name: 'no asset whose zone nobody agreed on',
      more: { deceive: [deceive] },
      responses: [{ ...agreed, stranger: 'contain 1h' }],
      has: { deceive: [] },
    },
    {
      name: 'where such a connection comes from',
      more: { deceive: [{ ...deceive, from: 'office', to: 'plc', ports: ['tcp/1'] }] },
      responses: [{ ...agreed, stranger: 'deceive', known: 'deceive' }],
      has: {
        deceive: (['stranger', 'known'] as const).map((who) => ({
          id: 'd',
          src: ['198.18.0.0/24'],
          who,
          dst: ['198.18.1.34'],
          proto: 6,
          port: 1,
          persona: 'a',
        })),
      },
    },
    {
      name: 'no row of a persona that stands nowhere',
      more: { deceive: [{ ...deceive, persona: 'c' }] },
      responses: [{ ...agreed, stranger: 'deceive' }],
      has: { deceive: [] },
    },
    {
      name: 'dark addresses also where no pool is',
      more: { 'sensor-only': ['198.18.9.0/25'] },
      edge: 'f',
      has: { pools: [], dark: [{ zone: 1, network: '198.18.9.0/25' }], deceive: [] },
    },
  ]
  for (const { name, more, edge, responses, has } of rows)
    test(name, () => {
      const found = decoysOf({ pools: [cell], ...more }, edge, responses)
      assert.ok(found)
      for (const [key, value] of Object.entries(has ?? {})) assert.deepEqual(Reflect.get(found, key), value)
    })
})

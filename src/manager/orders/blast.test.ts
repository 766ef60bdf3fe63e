import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parsePolicy } from '#policy/parse.ts'
import { siteBlast, type Talk } from './blast.ts'
import { describeSite } from './published.ts'

const site = describeSite(
  'north',
  1,
  parsePolicy(`
version: 1
site: north
edges: {}
zones: { cell: { level: 1, networks: [198.18.1.0/26] } }
assets: { plc: { ips: [198.18.1.10], zone: cell, kind: plc } }
conduits:
  - { id: control, from: any, to: plc, service: modbus, essential: true }
  - { id: reports, from: any, to: plc, service: tcp/80 }
`).site!,
)
const last = new Date(Date.UTC(2026, 10, 1))
const talk = (one: Partial<Talk>): Talk => ({
  site: 'north',
  edge: 'e1',
  source: '198.18.1.40',
  destination: '198.18.1.10',
  protocol: 'tcp',
  port: 9999,
  packets: 1,
  first: last,
  last,
  ...one,
})
const talks: readonly Talk[] = [
  talk({ port: 80, packets: 900 }),
  talk({ port: 502, packets: 50 }),
  talk({ source: '198.18.1.77', destination: '198.18.1.40', packets: 7 }),
  talk({ site: 'south', packets: 10_000 }),
]

it('what an order would stop is told by site, essential conduits first', () => {
  const blast = siteBlast('198.18.1.40', site, talks)
  assert.deepEqual(
    { ...blast, talks: blast.talks.map(({ with: peer, asset, essential }) => [peer, asset, essential]) },
    {
      site: 'north',
      peers: 2,
      packets: 957,
      conduits: [
        { id: 'control', essential: true, peers: 1, packets: 50 },
        { id: 'reports', essential: false, peers: 1, packets: 900 },
      ],
      elsewhere: 7,
      talks: [
        ['198.18.1.10', 'plc', false],
        ['198.18.1.10', 'plc', true],
        ['198.18.1.77', undefined, false],
      ],
    },
  )
})
it('of a site without a policy it is told who spoke', () => {
  const blast = siteBlast('198.18.1.40', 'south', talks)
  assert.deepEqual([blast.peers, blast.packets, blast.conduits, blast.elsewhere], [1, 10_000, [], 10_000])
})

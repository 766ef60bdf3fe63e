import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deviceOf, type Part } from './plant.ts'
import { seatingOf } from './zones.ts'

const part = (ip: string, level: number, more: Part['more'] = {}): Part => ({
  id: `d-${ip}-${more.vlan ?? 0}`,
  ips: [ip],
  kind: 'other',
  level,
  more,
})

const zonesOf = (parts: readonly Part[], taken: readonly string[] = []) =>
  seatingOf(parts.map(deviceOf), { taken: new Set(taken) }).zones.map(({ name, networks, vlan }) =>
    [name, ...networks, ...(vlan === undefined ? [] : [`vlan ${vlan}`])].join(' '),
  )

const rows: readonly (readonly [name: string, parts: readonly Part[], zones: readonly string[]])[] = [
  [
    'a network of one level is a zone, however few speak in it',
    [part('198.18.1.10', 1), part('198.18.2.70', 2)],
    ['control 198.18.1.0/24', 'supervisory 198.18.2.0/24'],
  ],
  [
    'devices and their controllers are one cell',
    [part('198.18.1.10', 0), part('198.18.1.11', 1)],
    ['control 198.18.1.0/24'],
  ],
  [
    'a network that two levels share is cut where they part',
    [part('198.18.1.10', 1), part('198.18.1.20', 1), part('198.18.1.70', 2)],
    ['control 198.18.1.0/26', 'supervisory 198.18.1.64/26'],
  ],
  [
    'neighbours of different levels have single addresses',
    [part('198.18.1.10', 1), part('198.18.1.11', 2)],
    ['control 198.18.1.10/32', 'supervisory 198.18.1.11/32'],
  ],
  [
    'no network ends with a device, which would be taken for its broadcast address',
    [part('198.18.1.63', 1), part('198.18.1.70', 2)],
    ['control 198.18.1.63/32', 'supervisory 198.18.1.64/26'],
  ],
  [
    'cells in several networks are several zones',
    [part('198.18.1.10', 1), part('198.18.5.10', 1)],
    ['control-198.18.1 198.18.1.0/24', 'control-198.18.5 198.18.5.0/24'],
  ],
  [
    'one level above them is one zone with several networks',
    [part('198.18.1.10', 2), part('198.18.5.10', 2)],
    ['supervisory 198.18.1.0/24 198.18.5.0/24'],
  ],
  [
    'the same network in two VLANs is two zones that say so',
    [part('198.18.1.10', 1), part('198.18.1.10', 1, { vlan: 20 })],
    ['control 198.18.1.0/24 vlan 0', 'control-vlan-20 198.18.1.0/24 vlan 20'],
  ],
  [
    'what a person said is the name of a zone',
    [part('198.18.1.10', 1, { told: { vlan: 0, address: '198.18.1.10', zone: 'Filling Line 1' } })],
    ['filling-line-1 198.18.1.0/24'],
  ],
  ['IPv6 is cut in the same way', [part('fd00:198:18:1::10', 1)], ['control fd00:198:18:1::/64']],
  [
    'many networks outside are joined to wider ones',
    [part('198.18.1.10', 1), ...Array.from({ length: 40 }, (_, n) => part(`203.${n}.113.5`, 5))],
    ['control 198.18.1.0/24', 'external 203.0.0.0/8'],
  ],
]

describe('zones', () => {
  for (const [name, parts, zones] of rows) test(name, () => assert.deepEqual(zonesOf(parts), zones))

  test('a name that is taken gets a number', () => {
    assert.deepEqual(zonesOf([part('198.18.1.10', 1)], ['control']), ['control-2 198.18.1.0/24'])
  })

  test('what has a zone already makes none, and new networks keep out of what is there', () => {
    const [known, fresh] = [part('198.18.1.10', 2), part('198.18.1.20', 1)].map(deviceOf)
    assert.ok(known !== undefined && fresh !== undefined)
    const { zones, seats } = seatingOf([known, fresh], {
      taken: new Set(),
      fixed: (device) => (device === known ? 'office' : undefined),
      reaches: (network) => network !== '198.18.1.16/28',
    })
    assert.equal(seats.get(known)?.zone, 'office')
    assert.deepEqual(
      zones.map(({ name, networks }) => [name, ...networks]),
      [['control', '198.18.1.16/28']],
    )
  })
})

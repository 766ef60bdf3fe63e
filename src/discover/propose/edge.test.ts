import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { addresses, conversationOf, evidence, macs, observedOf } from '../plant.ts'
import { ends, parts, plant, proposed, withParts } from './line.ts'
import { inventoryFrom, type Part } from './plant.ts'
import { propose } from './propose.ts'

describe('what is not between two addresses', () => {
  const { protocol: _protocol, ...frame } = conversationOf({
    commands: [],
    cast: 'multicast',
    transport: 'udp',
    proto: 17,
  })
  test('broadcast services are rows of the zone that sends them, and infrastructure needs none', () => {
    const proposal = proposed([
      conversationOf(),
      { ...frame, id: 'b', cast: 'broadcast', server: '198.18.2.255', port: 47_808 },
      { ...frame, id: 'c', cast: 'broadcast', server: '255.255.255.255', port: 67 },
      { ...frame, id: 'd', cast: 'broadcast', server: '198.18.2.255', port: 138 },
    ])
    assert.deepEqual(
      proposal.site.broadcast.map(({ zone, allow }) => [zone, ...allow]),
      [['supervisory', 'bacnet-who-is']],
    )
    assert.deepEqual(
      proposal.excluded.map(({ why, conversations }) => [why, ...conversations]),
      [['not-expressible', 'd']],
    )
  })

  test('frames between two assets are a conduit, to a group a row', () => {
    const { proto: _proto, transport: _transport, port: _port, ...layer2 } = frame
    const proposal = proposed([
      { ...layer2, id: 'a', etherType: 0x8892, cast: 'unicast', client: macs.hmi, server: macs.plcA },
      { ...layer2, id: 'b', etherType: 0x8892, cast: 'unicast', client: macs.plcA, server: macs.hmi },
      { ...layer2, id: 'c', etherType: 0x88b8, client: macs.plcA, server: '01:0c:cd:01:00:01' },
      { ...layer2, id: 'd', etherType: 0x0806, cast: 'unicast', client: macs.plcA, server: macs.hmi },
      { ...layer2, id: 'e', etherType: 0x88cc, client: macs.plcA, server: '01:80:c2:00:00:0e' },
    ])
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a profinet'])
    assert.deepEqual(
      proposal.site.layer2.map(({ zones, allow }) => [...zones, ...allow]),
      [['control', 'goose']],
    )
  })

  test('what looks like infrastructure, and does not pass as such, is left out and told', () => {
    const { proto: _proto, transport: _transport, port: _port, ...layer2 } = frame
    const { transport: _none, ...echo } = { ...frame, etherType: 0x86dd, proto: 58, port: 128 }
    const { excluded } = proposed([
      conversationOf(),
      { ...layer2, id: 'spanning-tree', etherType: 0, client: macs.hmi, server: '01:80:c2:00:00:00' },
      { ...layer2, id: 'cdp', etherType: 0, client: macs.hmi, server: '01:00:0c:cc:cc:cc' },
      { ...layer2, id: 'llc', etherType: 0, cast: 'unicast', client: macs.hmi, server: macs.plcA },
      { ...echo, id: 'solicitation', port: 135, server: 'ff02::1' },
      { ...echo, id: 'echo', server: 'ff02::1' },
    ])
    assert.deepEqual(excluded.flatMap(({ conversations }) => conversations).toSorted(), ['cdp', 'echo', 'llc'])
  })

  // PROFINET DCP: whoever is asked in the group answers the one who asked.
  test('what whole zones exchange no test denies between two of them', () => {
    const { proto: _proto, transport: _transport, port: _port, ...layer2 } = frame
    const { site } = proposed([
      { ...layer2, id: 'a', etherType: 0x8892, client: macs.hmi, server: '01:0e:cf:00:00:00' },
      { ...layer2, id: 'b', etherType: 0x8892, cast: 'unicast', client: macs.plcA, server: macs.hmi },
    ])
    assert.deepEqual(
      site.tests.map(({ service, expect }) => [service, expect]),
      [['profinet', 'permit']],
    )
  })
})

describe('the edge', () => {
  test('what is behind one port is not its business', () => {
    const proposal = proposed([
      conversationOf(),
      conversationOf({ id: 'f2', client: addresses.ews, server: addresses.hmi }),
    ])
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a modbus'])
    assert.deepEqual(proposal.aside, ['f2'])
  })

  test('zones are put behind the ports that were asked for', () => {
    const { site } = proposed([conversationOf()], {
      options: { edge: 'line-1', site: 'brewery', ports: { left: ['supervisory'], right: ['control'] } },
    })
    assert.equal(site.site, 'brewery')
    assert.deepEqual(site.edges['line-1']?.ports['left']?.zones, ['supervisory'])
  })

  for (const [name, ports] of [
    ['one port', { left: ['supervisory', 'control'] }],
    ['a zone that is not there', { left: ['supervisory', 'office'], right: ['control'] }],
    ['a zone without a port', { left: ['supervisory'], right: ['supervisory'] }],
  ] as const)
    test(`${name} is a mistake of who asks`, () => {
      assert.throws(
        () => propose(observedOf({ conversations: [conversationOf()] }), plant, [], { ports }),
        (error) =>
          error instanceof Fault && error.code === 'usage' && error.details[0] === 'Zones: control, supervisory.',
      )
    })

  test('the same addresses in two VLANs are different devices, each in its own', () => {
    const again = parts.map((part): Part => ({ ...part, id: `${part.id}-20`, macs: [], more: { vlan: 20 } }))
    const proposal = proposed([conversationOf(), conversationOf({ id: 'f2', vlan: 20 })], {
      inventory: withParts(...again),
    })
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a modbus', 'hmi-1-20 plc-a-20 modbus'])
    assert.deepEqual(proposal.site.edges['edge-1']?.ports['cell']?.vlans, ['untagged', 20])
    assert.deepEqual(
      Object.entries(proposal.site.zones).map(([name, { vlan }]) => [name, vlan]),
      [
        ['control', 'untagged'],
        ['control-vlan-20', 20],
        ['supervisory', 'untagged'],
        ['supervisory-vlan-20', 20],
      ],
    )
  })

  test('devices behind a router are bound to no Ethernet address, and the router to its port', () => {
    const router = '00:1b:1b:aa:00:01'
    const far = [1, 2].map((n): Part => ({
      id: `far-${n}`,
      ips: [`198.18.40.${n}`],
      kind: 'server',
      level: 4,
      more: { behind: router },
    }))
    const proposal = proposed([conversationOf({ client: '198.18.40.1' })], { inventory: withParts(...far) })
    assert.equal(proposal.site.assets['far-1']?.macs, undefined)
    assert.deepEqual(proposal.site.edges['edge-1']?.ports['plant']?.routers, [router])
  })

  test('IPv6 is an address like any other', () => {
    const six = inventoryFrom([
      { id: 'hmi-6', ips: ['fd00:198:18:2::70'], kind: 'hmi', level: 2 },
      { id: 'plc-6', ips: ['fd00:198:18:1::10'], kind: 'plc', level: 1 },
    ])
    const proposal = proposed(
      [conversationOf({ etherType: 0x86dd, client: 'fd00:198:18:2::70', server: 'fd00:198:18:1::10' })],
      { inventory: six },
    )
    assert.deepEqual(ends(proposal), ['hmi-6 plc-6 modbus'])
    assert.deepEqual(proposal.site.zones['control']?.networks, ['fd00:198:18:1::/64'])
  })

  test('one zone alone is on both sides, and denies inside', () => {
    const flat = inventoryFrom(parts.slice(2))
    const { site, conduits } = proposed([conversationOf({ client: addresses.plcB })], { inventory: flat })
    assert.equal(site.zones['control']?.intra, 'deny')
    assert.equal(conduits.length, 1)
  })

  test('nothing at all is told as such', () => {
    assert.throws(
      () => propose(observedOf({ conversations: [] }), inventoryFrom([]), []),
      (error) => error instanceof Fault && error.code === 'not-found',
    )
  })
})

test('text of devices cannot leave its place', () => {
  const evil = 'x\n  evil: { level: 1 } # "\u2028'
  const proposal = proposed([conversationOf({ evidence: { ...evidence, capture: evil } })], {
    inventory: inventoryFrom(
      parts.map((part) => ({ ...part, more: { vendor: { value: evil, confidence: 1, because: [] } } })),
    ),
  })
  assert.deepEqual(Object.keys(proposal.site.zones), ['control', 'supervisory'])
  assert.equal(proposal.site.assets['plc-a']?.vendor, evil)
})

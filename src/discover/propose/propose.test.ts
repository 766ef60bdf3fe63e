import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import type { Command, Conversation, Inventory, Observed, Sign } from '../model.ts'
import { addresses, commandOf, conversationOf, evidence, macs, observedOf, start } from '../plant.ts'
import { asker } from './asking.ts'
import { inventoryFrom, type Part } from './plant.ts'
import type { Proposal, ProposeOptions } from './proposal.ts'
import { propose } from './propose.ts'
import { verify } from './verify.ts'

const parts: readonly Part[] = [
  { id: 'hmi-1', ips: [addresses.hmi], macs: [macs.hmi], kind: 'hmi', level: 2 },
  { id: 'ews-1', ips: [addresses.ews], macs: [macs.ews], kind: 'engineering', level: 2 },
  { id: 'plc-a', ips: [addresses.plcA], macs: [macs.plcA], kind: 'plc', level: 1 },
  { id: 'plc-b', ips: [addresses.plcB], macs: [macs.plcB], kind: 'plc', level: 1 },
]
const plant = inventoryFrom(parts)
const withParts = (...more: readonly Part[]): Inventory => inventoryFrom([...parts, ...more])

const proposed = (
  conversations: readonly Conversation[],
  {
    inventory = plant,
    signs = [],
    options = {},
    more = {},
  }: {
    inventory?: Inventory
    signs?: readonly Sign[]
    options?: ProposeOptions
    more?: Partial<Observed>
  } = {},
): Proposal => {
  const proposal = propose(observedOf({ conversations, ...more }), inventory, signs, options)
  assert.deepEqual(
    proposal.defects.map(({ text }) => text),
    [],
    proposal.text,
  )
  return proposal
}

const allowed = (proposal: Proposal) => proposal.conduits.flatMap(({ conduit }) => conduit.allow ?? [])
const ends = (proposal: Proposal) =>
  proposal.conduits.map(({ conduit: { from, to, service } }) => `${from} ${to} ${service}`)
const write = (more: Partial<Command> = {}): Command =>
  commandOf({
    id: 'w',
    op: 'write-single-register',
    risk: 'write',
    spans: { unit: [[1, 1]], registers: [[100, 100]] },
    ...more,
  })

describe('what is permitted', () => {
  test('exactly the commands seen, on what they touched', () => {
    const proposal = proposed([
      conversationOf({ commands: [commandOf({ op: 'read-coils', spans: { unit: [[1, 1]], coils: [[0, 7]] } })] }),
    ])
    assert.deepEqual(allowed(proposal), [{ op: 'read-coils', unit: 1, coils: '0-7' }])
  })

  test('one row for objects that differ in one field, and one each where values differ', () => {
    const proposal = proposed([
      conversationOf({
        commands: [
          write({ id: 'a', spans: { unit: [[1, 1]], registers: [[1, 1]] }, values: [0, 10] }),
          write({ id: 'b', spans: { unit: [[1, 1]], registers: [[2, 2]] }, values: [0, 10] }),
          write({ id: 'c', spans: { unit: [[1, 1]], registers: [[3, 3]] }, values: [0, 5000] }),
        ],
      }),
    ])
    assert.deepEqual(allowed(proposal), [
      { op: 'write-single-register', unit: 1, registers: '1-2', values: '0-10' },
      { op: 'write-single-register', unit: 1, registers: 3, values: '0-5000' },
    ])
  })

  test('a gap of a dense range is closed, a scattered set stays as it is', () => {
    const dense = [write({ op: 'read-holding-registers', risk: 'read', spans: { registers: [[0, 49]] } })]
    const gap = commandOf({ id: 'g', op: 'read-holding-registers', spans: { registers: [[52, 99]] } })
    assert.deepEqual(allowed(proposed([conversationOf({ commands: [...dense, gap] })])), [
      { op: 'read-holding-registers', registers: '0-99' },
    ])
    const far = commandOf({ id: 'g', op: 'read-holding-registers', spans: { registers: [[500, 500]] } })
    assert.deepEqual(allowed(proposed([conversationOf({ commands: [...dense, far] })])), [
      { op: 'read-holding-registers', registers: '0-49,500' },
    ])
  })

  test('values written in many steps are widened by a tenth, a few are exact', () => {
    const many = proposed([conversationOf({ commands: [write({ count: 500, values: [100, 300], step: 5 })] })])
    assert.deepEqual(allowed(many), [{ op: 'write-single-register', unit: 1, registers: 100, values: '80-320' }])
    const few = proposed([conversationOf({ commands: [write({ count: 3, values: [100, 300], step: 200 })] })])
    assert.deepEqual(allowed(few), [{ op: 'write-single-register', unit: 1, registers: 100, values: '100-300' }])
  })

  test('a value that is not read as a number keeps no constraint', () => {
    const proposal = proposed([conversationOf({ commands: [write({ values: [1, 2], unreadable: true })] })])
    assert.deepEqual(allowed(proposal), [{ op: 'write-single-register', unit: 1, registers: 100 }])
  })

  test('a field of the message that varies says nothing, one that does not is kept', () => {
    const reads = (quantities: readonly number[]) =>
      conversationOf({
        commands: quantities.map((quantity, n) =>
          commandOf({ id: `c${n}`, op: 'read-coils', spans: { coils: [[n, n]], quantity: [[quantity, quantity]] } }),
        ),
      })
    assert.deepEqual(allowed(proposed([reads([1, 2, 3, 4, 5])])), [{ op: 'read-coils', coils: '0-4' }])
    assert.deepEqual(allowed(proposed([reads([8, 8])])), [{ op: 'read-coils', coils: '0-1', quantity: 8 }])
  })

  test('how a connection is made is written once, with the command that makes it', () => {
    const s7 = { protocol: 's7comm', count: 5 } as const
    const proposal = proposed([
      conversationOf({
        protocol: 's7comm',
        port: 102,
        commands: [
          commandOf({
            ...s7,
            id: 'x',
            op: 'connect-request',
            risk: 'session',
            spans: { rack: [[0, 0]], slot: [[2, 2]] },
            texts: { 'connection-type': ['op'] },
          }),
          commandOf({
            ...s7,
            id: 'y',
            op: 'read-var',
            spans: { db: [[1, 1]], bytes: [[0, 9]], rack: [[0, 0]], slot: [[2, 2]] },
            texts: { area: ['DB'], 'connection-type': ['op'] },
          }),
        ],
      }),
    ])
    assert.deepEqual(allowed(proposal), [
      { op: 'connect-request', 'connection-type': 'op', rack: 0, slot: 2 },
      { op: 'read-var', area: 'DB', db: 1, bytes: '0-9' },
    ])
  })

  test('a name that policy would read as a beginning is left out and told', () => {
    const proposal = proposed([
      conversationOf({
        protocol: 'enip',
        port: 44_818,
        commands: [
          commandOf({ protocol: 'enip', op: 'read-tag', spans: {}, texts: { tags: ['Speed'] } }),
          commandOf({ id: 'z', protocol: 'enip', op: 'read-tag', spans: {}, texts: { tags: ['*'] } }),
        ],
      }),
    ])
    assert.deepEqual(allowed(proposal), [{ op: 'read-tag', tags: 'Speed' }])
    assert.ok(proposal.excluded.some(({ why, commands }) => why === 'not-expressible' && commands.includes('z')))
  })

  test('what is not understood is its port, without commands', () => {
    const { protocol: _protocol, ...plain } = conversationOf({ port: 443, commands: [] })
    assert.deepEqual(ends(proposed([plain])), ['hmi-1 plc-a tcp/443'])
    const opaque = conversationOf({ commands: [], faults: { opaque: 500 } })
    assert.deepEqual(ends(proposed([opaque])), ['hmi-1 plc-a tcp/502'])
  })

  test('a protocol on a port of its own choice is that port', () => {
    assert.deepEqual(ends(proposed([conversationOf({ port: 5020 })])), ['hmi-1 plc-a tcp/5020'])
  })

  test('cyclic data that goes along with a service needs no conduit', () => {
    const enip = conversationOf({
      protocol: 'enip',
      port: 44_818,
      commands: [commandOf({ protocol: 'enip', op: 'get-attribute-single', spans: {} })],
    })
    const { protocol: _protocol, ...io } = conversationOf({
      id: 'f2',
      transport: 'udp',
      proto: 17,
      port: 2222,
      commands: [],
    })
    assert.deepEqual(ends(proposed([enip, io])), ['hmi-1 plc-a enip'])
    assert.deepEqual(ends(proposed([io])), ['hmi-1 plc-a udp/2222'])
  })
})

describe('groups', () => {
  const others: readonly Part[] = [2, 3].map((n) => ({
    id: `hmi-${n}`,
    ips: [`198.18.2.${n}`],
    kind: 'hmi',
    level: 2,
  }))

  test('clients with the same profile are one conduit', () => {
    const proposal = proposed(
      [addresses.hmi, '198.18.2.2', '198.18.2.3'].map((client, n) => conversationOf({ id: `f${n}`, client })),
      { inventory: withParts(...others) },
    )
    assert.deepEqual(ends(proposal), ['hmis plc-a modbus'])
    assert.deepEqual(proposal.site.groups['hmis']?.assets, ['hmi-1', 'hmi-2', 'hmi-3'])
  })

  test('nobody gains a server by being in a group', () => {
    const proposal = proposed(
      [
        conversationOf({ id: 'f1' }),
        conversationOf({ id: 'f2', server: addresses.plcB }),
        conversationOf({ id: 'f3', client: '198.18.2.2' }),
      ],
      { inventory: withParts(...others) },
    )
    const ask = asker(proposal.site, start)
    assert.equal(ask('hmi-2', 'plc-a', 'modbus', 'read-holding-registers', { registers: 100 }), 'permit')
    assert.equal(ask('hmi-2', 'plc-b', 'modbus', 'read-holding-registers', { registers: 100 }), 'deny')
  })
})

describe('what a person decides', () => {
  const download = conversationOf({
    id: 'f9',
    client: addresses.ews,
    protocol: 's7comm',
    port: 102,
    commands: [
      commandOf({ id: 'r', protocol: 's7comm', op: 'read-var', spans: { db: [[1, 1]] } }),
      commandOf({ id: 'd', protocol: 's7comm', op: 'request-download', risk: 'program', spans: { block: [[1, 1]] } }),
    ],
  })
  const sign: Sign = {
    kind: 'program-download',
    techniques: ['T0843'],
    vlan: 0,
    source: addresses.ews,
    targets: [addresses.plcA],
    conversations: [],
    commands: ['d'],
    text: 'ews-1 wrote a program',
    confidence: 0.9,
    first: start,
    last: start,
    evidence,
  }

  test('engineering stands in a comment with a window and an end, and is denied', () => {
    const proposal = proposed([download], { signs: [sign], options: { now: Date.parse('2026-03-02T12:00Z') } })
    assert.deepEqual(allowed(proposal), [{ op: 'read-var', db: 1 }])
    assert.deepEqual(
      proposal.decisions.map(({ conduit: { from, to, when, expires } }) => [from, to, when, expires]),
      [['ews-1', 'plc-a', 'maintenance', '2026-05-31']],
    )
    assert.match(proposal.text, /Looks like program-download \(T0843\): ews-1 wrote a program/)
    assert.ok(proposal.site.conduits.every(({ when }) => when === undefined))
  })

  test('without its `#` it is a policy that permits it in the window', () => {
    const { text } = proposed([download], { signs: [sign] })
    const permitted = text
      .split('\n')
      .map((line) => line.replace(/^ {2}# (- id:| {2})/, '  $1'))
      .filter((line) => !/op: request-download, .*expect: deny/.test(line))
      .join('\n')
    const { site, defects } = verify(permitted, start)
    assert.deepEqual(defects, [])
    const conduit = site?.conduits.find(({ when }) => when === 'maintenance')
    assert.deepEqual(conduit?.allow, [{ op: 'request-download', block: 1 }])
  })

  test('a vendor function polled all the time by a master is permitted by its number, and said to be one', () => {
    const poll = (client: string) =>
      conversationOf({
        client,
        protocol: 'enip',
        port: 44_818,
        commands: [
          commandOf({
            protocol: 'enip',
            op: 'unlisted-service',
            risk: 'program',
            spans: { 'service-code': [[82, 82]], class: [[178, 178]] },
          }),
        ],
      })
    const proposal = proposed([poll(addresses.hmi)])
    assert.deepEqual(allowed(proposal), [{ op: 'unlisted-service', 'service-code': 82, class: 178 }])
    assert.match(proposal.text, /TODO: ask the vendor what unlisted-service does here/)
    assert.deepEqual(allowed(proposed([poll(addresses.ews)])), [])
  })
})

describe('what is excluded', () => {
  const signOf = (more: Partial<Sign>): Sign => ({
    kind: 'scan',
    techniques: ['T0846'],
    vlan: 0,
    source: '198.18.2.99',
    targets: [],
    conversations: [],
    commands: [],
    text: 'somebody tried everybody',
    confidence: 0.9,
    first: start,
    last: start,
    evidence,
    ...more,
  })
  const intruder: Part = { id: 'intruder', ips: ['198.18.2.99'], kind: 'other', level: 2 }

  test('a conversation that a sign names, with a device that has no other', () => {
    const proposal = proposed([conversationOf(), conversationOf({ id: 'f9', client: '198.18.2.99' })], {
      inventory: withParts(intruder),
      signs: [signOf({ conversations: ['f9'] })],
    })
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a modbus'])
    assert.ok(!Object.hasOwn(proposal.site.assets, 'intruder'))
    assert.deepEqual(
      proposal.excluded.map(({ sign, techniques }) => [sign, techniques]),
      [['scan', ['T0846']]],
    )
    assert.match(proposal.text, /# - scan: somebody tried everybody/)
  })

  test('single commands that a sign names, in a conversation that stays', () => {
    const proposal = proposed([conversationOf({ commands: [commandOf({ op: 'read-coils', spans: {} }), write()] })], {
      signs: [signOf({ kind: 'forged-write', source: addresses.hmi, commands: ['w'] })],
    })
    assert.deepEqual(allowed(proposal), ['read-coils'])
  })

  test('connections that nobody accepted, and devices that never spoke', () => {
    const silent: Part = { id: 'ghost', ips: ['198.18.1.77'], kind: 'other', level: 1, more: { silent: true } }
    const proposal = proposed(
      [
        conversationOf(),
        conversationOf({ id: 'f8', port: 80, commands: [], opened: 2, accepted: 0, rejected: 2, packets: [2, 2] }),
        conversationOf({ id: 'f9', server: '198.18.1.77' }),
      ],
      { inventory: withParts(silent) },
    )
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a modbus'])
    assert.deepEqual(
      proposal.excluded.map(({ why, conversations }) => [why, ...conversations]),
      [
        ['unanswered', 'f8'],
        ['unknown-device', 'f9'],
      ],
    )
    assert.ok(!Object.hasOwn(proposal.site.assets, 'ghost'))
  })

  test('everything but reads towards a safety system', () => {
    const safety: Part = { id: 'sis-1', ips: ['198.18.1.50'], kind: 'sis', level: 1 }
    const proposal = proposed(
      [conversationOf({ server: '198.18.1.50', commands: [commandOf({ op: 'read-coils', spans: {} }), write()] })],
      { inventory: withParts(safety) },
    )
    assert.deepEqual(allowed(proposal), ['read-coils'])
    assert.deepEqual(
      proposal.excluded.map(({ why, commands }) => [why, ...commands]),
      [['safety', 'w']],
    )
  })
})

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

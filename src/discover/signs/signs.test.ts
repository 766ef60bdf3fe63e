import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Binding, Command, Conversation, Inventory, Observed, Rhythm, Sign } from '../model.ts'
import { addresses, commandOf, conversationOf, macs, observedOf, start } from '../plant.ts'
import { signsOf } from './signs.ts'

const nobody: Inventory = { devices: [], at: () => undefined, questions: [] }
const of = (conversations: readonly Conversation[], more: Partial<Observed> = {}): readonly Sign[] =>
  signsOf(observedOf({ conversations, ...more }), nobody)

const minute = 60_000
const slow: Rhythm = { count: 4, meanMs: 60_000, deviationMs: 90_000 }
const attacker = '198.18.2.99'

/** Exactly one command, with no rhythm. */
const single = (more: Partial<Command> & Pick<Command, 'op'>): Command => {
  const { rhythm: _rhythm, ...rest } = commandOf({ count: 1, answered: 1, ...more })
  return rest
}

/** An opening that nobody answers. */
const probe = (n: number, more: Partial<Conversation> = {}): Conversation =>
  conversationOf({
    id: `p${n}`,
    client: attacker,
    server: `198.18.1.${100 + n}`,
    commands: [],
    packets: [1, 0],
    opened: 1,
    accepted: 0,
    rejected: 0,
    ...more,
  })

const many = (count: number, make: (n: number) => Conversation) => Array.from({ length: count }, (_, n) => make(n))

interface Row {
  readonly name: string
  readonly conversations: readonly Conversation[]
  readonly more?: Partial<Observed>
  /** Kind and techniques of each sign that must come out, and nothing else. */
  readonly signs: readonly (readonly [kind: Sign['kind'], ...techniques: string[]])[]
}

const rows: readonly Row[] = [
  { name: 'two masters that poll are no sign', conversations: observedOf().conversations, signs: [] },
  {
    name: 'openings to many addresses that nobody answers are a scan',
    conversations: many(12, (n) => probe(n)),
    signs: [['scan', 'T0846']],
  },
  {
    name: 'a SCADA that tries a few devices again and again that are switched off is none',
    conversations: many(12, (n) => probe(n, { packets: [400, 0], opened: 400 })),
    signs: [],
  },
  { name: 'seven addresses in vain are no scan', conversations: many(7, (n) => probe(n)), signs: [] },
  {
    name: 'many refused ports of one device are a scan',
    conversations: many(15, (n) => probe(n, { server: addresses.plcA, port: 1000 + n, rejected: 1, packets: [1, 1] })),
    signs: [['scan', 'T0846']],
  },
  {
    name: 'many services of one server that answer are none',
    conversations: many(15, (n) =>
      probe(n, { server: addresses.plcA, port: 1000 + n, accepted: 1, packets: [40, 40] }),
    ),
    signs: [],
  },
  {
    name: 'echo requests to many addresses are a scan, also where some answer',
    conversations: many(10, (n) => {
      const { transport: _transport, protocol: _protocol, ...rest } = probe(n, { proto: 1, port: 8 })
      return { ...rest, packets: [1, n < 4 ? 1 : 0] }
    }),
    signs: [['scan', 'T0846']],
  },
  {
    name: 'a burst of ARP requests is a scan',
    conversations: [
      probe(0, {
        etherType: 0x0806,
        cast: 'broadcast',
        client: macs.ews,
        server: 'ff:ff:ff:ff:ff:ff',
        packets: [254, 0],
        last: start + 10_000,
      }),
    ],
    signs: [['scan', 'T0846']],
  },
  {
    name: 'objects read once each beside a regular poll are a sweep',
    conversations: [
      conversationOf(),
      conversationOf({
        id: 'f9',
        client: attacker,
        commands: Array.from({ length: 30 }, (_, n) =>
          single({ id: `s${n}`, op: 'read-holding-registers', spans: { unit: [[1, 1]], registers: [[n, n]] } }),
        ),
      }),
    ],
    signs: [['sweep', 'T0861', 'T0888']],
  },
  {
    name: 'the same without a regular poll is none: everything begins once',
    conversations: [
      conversationOf({
        id: 'f9',
        client: attacker,
        commands: Array.from({ length: 30 }, (_, n) => single({ id: `s${n}`, op: 'read-holding-registers' })),
      }),
    ],
    signs: [],
  },
  {
    name: 'a late client with a few writes beside a regular master is a new master',
    conversations: [
      conversationOf(),
      conversationOf({
        id: 'f9',
        client: attacker,
        first: start + 30 * minute,
        commands: [single({ id: 'w', op: 'write-single-register', risk: 'write', count: 3, values: [9, 9] })],
      }),
    ],
    signs: [['new-master', 'T1692.001', 'T0836']],
  },
  {
    name: 'a late client that only reads is none',
    conversations: [
      conversationOf(),
      conversationOf({
        id: 'f9',
        client: attacker,
        first: start + 30 * minute,
        commands: [single({ id: 'r', op: 'read-coils', count: 3 })],
      }),
    ],
    signs: [],
  },
  {
    name: 'a second master that polls and writes from the beginning is none',
    conversations: [
      conversationOf(),
      conversationOf({
        id: 'f9',
        client: attacker,
        commands: [
          commandOf({ id: 'r', op: 'read-coils' }),
          single({ id: 'w', op: 'write-single-register', risk: 'write', values: [9, 9] }),
        ],
      }),
    ],
    signs: [],
  },
  {
    name: 'the only master that writes without a rhythm is none',
    conversations: [
      conversationOf({ commands: [single({ id: 'w', op: 'write-single-coil', risk: 'write', values: [1, 1] })] }),
    ],
    signs: [],
  },
  {
    name: 'a rare write far from the regular ones in the same polls is forged',
    conversations: [
      conversationOf({
        commands: [
          commandOf({ op: 'read-holding-registers' }),
          commandOf({ id: 'w1', op: 'write-single-register', risk: 'write', values: [100, 200], count: 600 }),
          single({
            id: 'w2',
            op: 'write-single-register',
            risk: 'write',
            spans: { unit: [[1, 1]], registers: [[7, 7]] },
            values: [65_535, 65_535],
          }),
        ],
      }),
    ],
    signs: [['forged-write', 'T1692.001', 'T0831']],
  },
  {
    name: 'a rare write near the regular ones is an operator',
    conversations: [
      conversationOf({
        commands: [
          commandOf({ op: 'read-holding-registers' }),
          commandOf({ id: 'w1', op: 'write-single-register', risk: 'write', values: [100, 200], count: 600 }),
          single({ id: 'w2', op: 'write-single-register', risk: 'write', values: [210, 210] }),
        ],
      }),
    ],
    signs: [],
  },
  {
    name: 'a stop is one, with what it changes',
    conversations: [
      conversationOf({
        protocol: 's7comm',
        port: 102,
        commands: [single({ op: 'plc-stop', protocol: 's7comm', risk: 'control', spans: {} })],
      }),
    ],
    signs: [['device-stop', 'T0858', 'T0816']],
  },
  {
    name: 'a cold restart is one',
    conversations: [
      conversationOf({
        protocol: 'dnp3',
        port: 20_000,
        commands: [single({ op: 'cold-restart', protocol: 'dnp3', risk: 'control', spans: {} })],
      }),
    ],
    signs: [['device-stop', 'T0816']],
  },
  {
    name: 'setting a clock is none',
    conversations: [
      conversationOf({
        protocol: 'dnp3',
        port: 20_000,
        commands: [single({ op: 'write-time', protocol: 'dnp3', risk: 'control', spans: {} })],
      }),
    ],
    signs: [],
  },
  {
    name: 'a block into a controller is a program download, one out of it an upload',
    conversations: [
      conversationOf({
        protocol: 's7comm',
        port: 102,
        commands: [
          single({ op: 'request-download', protocol: 's7comm', risk: 'program', spans: {} }),
          single({ id: 'u', op: 'start-upload', protocol: 's7comm', risk: 'program', spans: {} }),
        ],
      }),
    ],
    signs: [
      ['program-download', 'T0843'],
      ['program-upload', 'T0845'],
    ],
  },
  {
    name: 'messages that contradict themselves are malformed',
    conversations: [
      conversationOf({ faults: { 'cannot-judge': 400 }, commands: [single({ op: 'read-coils', count: 90 })] }),
    ],
    signs: [['malformed', 'T0866', 'T0814']],
  },
  {
    name: 'a few of a thousand are not, nor is encryption',
    conversations: [conversationOf({ faults: { 'cannot-judge': 9, opaque: 5000 } })],
    signs: [],
  },
  {
    name: 'short connections to a login service are guessing',
    conversations: [
      conversationOf({
        client: attacker,
        port: 22,
        opened: 300,
        accepted: 300,
        packets: [3000, 3000],
        last: start + 5 * minute,
        commands: [],
      }),
    ],
    signs: [['brute-force', 'T0859']],
  },
  {
    name: 'a person with a few sessions in an hour is not',
    conversations: [
      conversationOf({ port: 22, opened: 25, accepted: 25, packets: [90_000, 90_000], commands: [], rhythm: slow }),
    ],
    signs: [],
  },
  {
    name: 'log-ins of a protocol that are refused again and again are guessing',
    conversations: [
      conversationOf({
        protocol: 's7comm',
        port: 102,
        commands: [
          single({ op: 'plc-password', protocol: 's7comm', risk: 'control', spans: {}, count: 60, refused: 60 }),
        ],
      }),
    ],
    signs: [['brute-force', 'T0859']],
  },
  {
    name: 'openings by the thousand that nobody takes up are a flood',
    conversations: [
      probe(0, { server: addresses.plcA, opened: 6000, packets: [6000, 10], accepted: 3, last: start + minute }),
    ],
    signs: [['flood', 'T0814']],
  },
]

describe('signs', () => {
  for (const { name, conversations, more, signs } of rows)
    test(name, () => {
      const found = of(conversations, { bindings: [], ...more })
      assert.deepEqual(
        found.map(({ kind, techniques }) => [kind, ...techniques]),
        signs,
        found.map(({ text }) => text).join('\n'),
      )
    })
})

const binding = (mac: string, ip: string, more: Partial<Binding> = {}): Binding => ({
  vlan: 0,
  mac,
  ip,
  first: start,
  last: start + 60 * minute,
  packets: 3000,
  claims: 3,
  ...more,
})

describe('address conflicts', () => {
  const ip = addresses.plcA
  const intruder = '02:00:00:00:00:66'
  const cases: readonly (readonly [name: string, bindings: readonly Binding[], sources: readonly string[]])[] = [
    ['one address of one device is none', [binding(macs.plcA, ip)], []],
    [
      'a claim beside the owner is one, named by the address it has otherwise',
      [
        binding(macs.plcA, ip),
        binding(intruder, ip, { packets: 40, claims: 200 }),
        binding(intruder, attacker, { packets: 500 }),
      ],
      [attacker],
    ],
    [
      'a device that was replaced is none',
      [binding(macs.plcA, ip, { last: start + minute }), binding(intruder, ip, { first: start + 2 * minute })],
      [],
    ],
    ['a virtual router is none', [binding(macs.plcA, ip), binding('00:00:5e:00:01:0a', ip)], []],
    [
      'a router that carries many is none',
      [
        binding(macs.plcA, ip),
        ...Array.from({ length: 9 }, (_, n) => binding(intruder, `198.18.7.${n + 1}`, { claims: 0 })),
        binding(intruder, ip, { claims: 0 }),
      ],
      [],
    ],
    [
      'two hosts that probe for their address are none',
      [binding(macs.plcA, '0.0.0.0'), binding(intruder, '0.0.0.0')],
      [],
    ],
  ]
  for (const [name, bindings, sources] of cases)
    test(name, () => {
      const found = of([], { bindings }).filter(({ kind }) => kind === 'address-conflict')
      assert.deepEqual(
        found.map(({ source }) => source),
        sources,
      )
      for (const { techniques, targets } of found) {
        assert.deepEqual(techniques, ['T0830'])
        assert.deepEqual(targets, [ip])
      }
    })

  test('rare writes of a client whose address is claimed twice are forged', () => {
    const found = of(
      [
        conversationOf({
          clientMacs: [macs.hmi, intruder],
          commands: [
            commandOf({ op: 'read-holding-registers' }),
            single({ id: 'w', op: 'write-single-coil', risk: 'write', values: [1, 1] }),
          ],
        }),
      ],
      { bindings: [binding(macs.hmi, addresses.hmi), binding(intruder, addresses.hmi, { packets: 4 })] },
    )
    assert.deepEqual(
      found.map(({ kind, commands }) => [kind, ...commands]),
      [['forged-write', 'w'], ['address-conflict']],
    )
  })
})

test('what a scan names is its probes, not the regular conversations of the same source', () => {
  const [sign] = of([
    ...many(12, (n) => probe(n)),
    conversationOf({ id: 'f9', client: attacker, server: addresses.plcB }),
  ])
  assert.equal(sign?.kind, 'scan')
  assert.ok(sign.conversations.includes('p0'))
  assert.ok(!sign.conversations.includes('f9'))
})

test('the same observations in any order give the same signs', () => {
  const conversations = rows.flatMap(({ conversations: all }, i) =>
    all.map((each) => ({ ...each, id: `${i}-${each.id}`, vlan: i })),
  )
  assert.deepEqual(of(conversations), of(conversations.toReversed()))
})

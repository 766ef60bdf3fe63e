import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { arp, ethernet, icmp, ipv4, tcp, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import {
  ack,
  addresses,
  linked,
  macs,
  opening,
  policyOf,
  segment,
  simulated,
  syn,
  type Options,
} from './small-plant.ts'

const read = '0001 0000 0006 01 03 0064 0002'
const shown = '0001 0000 0007 01 03 04 0007 0009'
const write = '0002 0000 0006 01 06 0064 0384'

const poll = [
  ...opening('hmi', 'plc'),
  segment({ from: 'hmi', to: 'plc', data: read, seq: 1000, ack: 5000 }),
  segment({ from: 'plc', to: 'hmi', sport: 502, dport: 40_000, data: shown, seq: 5000, ack: 1012 }),
]
const ping = (from: 'hmi' | 'stranger', type: number) => {
  const ends = { src: addresses[from], dst: addresses.plc }
  return linked(from, 'plc', etherTypes.ipv4, ipv4({ ...ends, proto: ipProtocols.icmp, payload: icmp({ type }) }))
}
const claim = (senderMac: string, senderIp: string) =>
  ethernet({
    src: senderMac,
    dst: 'ff:ff:ff:ff:ff:ff',
    etherType: etherTypes.arp,
    payload: arp({ operation: 1, senderMac, senderIp, targetIp: addresses.plc }),
  })

interface Row {
  readonly name: string
  readonly frames: readonly Uint8Array[]
  readonly options?: Options
  /** client, server, service, verdict, reason. */
  readonly rows: readonly (readonly [string, string, string, string, string])[]
  readonly nearest?: readonly string[]
}

const { hmi, plc, historian, other, stranger } = addresses
const rows: readonly Row[] = [
  {
    name: 'a permitted poll is one conversation with both directions',
    frames: poll,
    rows: [[hmi, plc, 'tcp/502', 'permitted', 'permitted']],
  },
  {
    name: 'an answer whose question was not recorded is known for one by the policy',
    frames: [segment({ from: 'plc', to: 'hmi', sport: 502, dport: 40_000 })],
    rows: [[hmi, plc, 'tcp/502', 'permitted', 'answer']],
  },
  {
    name: 'a service that no conduit has is denied, and the nearest conduit says what it lacks',
    frames: opening('hmi', 'plc', 22),
    rows: [[hmi, plc, 'tcp/22', 'denied', 'out-of-scope']],
    nearest: ['operate: service'],
  },
  {
    name: 'a conversation in its midst has the end with the service port as its server',
    frames: [segment({ from: 'plc', to: 'hmi', sport: 22, dport: 40_000 })],
    rows: [[hmi, plc, 'tcp/22', 'denied', 'out-of-scope']],
  },
  {
    name: 'a window that is closed at the time of the packet',
    frames: opening('historian', 'plc', 80),
    rows: [[historian, plc, 'tcp/80', 'denied', 'window-closed']],
    nearest: ['night-web: when'],
  },
  {
    name: 'the same window at night',
    frames: opening('historian', 'plc', 80),
    options: { start: Date.parse('2026-03-02T23:00:00Z') / 1000 },
    rows: [[historian, plc, 'tcp/80', 'permitted', 'permitted']],
  },
  {
    name: 'an address of another MAC is forged',
    frames: [segment({ from: 'hmi', to: 'plc', flags: syn, mac: '02:77:00:00:00:01' })],
    rows: [[hmi, plc, 'tcp/502', 'denied', 'spoof']],
  },
  {
    name: 'an address of a zone from behind the port of a MAC of another is forged',
    frames: [segment({ from: 'other', to: 'hmi', dport: 80, flags: syn, mac: macs.hmi })],
    rows: [],
  },
  {
    name: 'two ends behind one port do not cross',
    frames: opening('historian', 'hmi', 80),
    rows: [],
  },
  {
    name: 'ARP is infrastructure and no conversation',
    frames: [claim(macs.hmi, hmi)],
    rows: [],
  },
  {
    name: 'a forged ARP claim is a denied one',
    frames: [claim('02:00:00:00:01:10', '198.18.1.50'), claim(macs.hmi, plc)],
    rows: [[macs.hmi, 'ff:ff:ff:ff:ff:ff', 'arp', 'denied', 'arp-forged']],
  },
  {
    name: 'an echo request that nothing permits',
    frames: [ping('hmi', 8)],
    rows: [[hmi, plc, 'icmp', 'denied', 'out-of-scope']],
  },
  {
    name: 'a frame of an EtherType that is not allowed, from a MAC that is known',
    frames: [ethernet({ src: macs.hmi, dst: macs.plc, etherType: 0x8892 })],
    rows: [[macs.hmi, macs.plc, 'profinet', 'denied', 'layer2-refused']],
  },
  {
    name: 'a broadcast leaves by every other port',
    frames: [
      ethernet({
        src: macs.hmi,
        dst: 'ff:ff:ff:ff:ff:ff',
        etherType: etherTypes.ipv4,
        payload: ipv4({
          src: hmi,
          dst: '255.255.255.255',
          proto: ipProtocols.udp,
          payload: udp({ src: hmi, dst: '255.255.255.255' }, { sport: 1000, dport: 2000 }),
        }),
      }),
    ],
    rows: [[hmi, '255.255.255.255', 'udp/2000', 'denied', 'not-unicast']],
  },
  {
    name: 'a VLAN that the port does not have',
    frames: [segment({ from: 'hmi', to: 'plc', flags: syn, tags: [{ id: 9 }] })],
    rows: [[hmi, plc, 'tcp/502', 'denied', 'layer2-refused']],
  },
  {
    name: 'the same when VLANs are those of the policy',
    frames: [segment({ from: 'hmi', to: 'plc', flags: syn, tags: [{ id: 9 }] })],
    options: { vlansOfPolicy: true },
    rows: [[hmi, plc, 'tcp/502', 'permitted', 'permitted']],
  },
  {
    name: 'a packet without Ethernet addresses is judged by those of the policy',
    frames: poll.map((frame) => frame.subarray(14)),
    options: { linkType: 101 },
    rows: [[hmi, plc, 'tcp/502', 'permitted', 'permitted']],
  },
  {
    name: 'who is behind no port comes from beyond',
    frames: [
      ethernet({
        src: '02:77:00:00:00:01',
        dst: macs.plc,
        etherType: etherTypes.ipv4,
        payload: ipv4({
          src: '203.0.113.9',
          dst: plc,
          proto: ipProtocols.tcp,
          payload: tcp({ src: '203.0.113.9', dst: plc }, { sport: 40_000, dport: 502 }),
        }),
      }),
    ],
    rows: [['203.0.113.9', plc, 'tcp/502', 'denied', 'stranger-contained']],
    nearest: ['operate: from'],
  },
]

describe('what a policy makes of conversations', () => {
  for (const { name, frames, options, rows: expected, nearest } of rows)
    test(name, () => {
      const { conversations } = simulated(frames, policyOf(), options)
      assert.deepEqual(
        conversations.map(({ client, server, service, outcome }) => [
          client,
          server,
          service,
          outcome.verdict,
          outcome.reason,
        ]),
        expected,
      )
      if (nearest !== undefined)
        assert.deepEqual(
          conversations.map(({ outcome }) =>
            [outcome.nearest?.conduit, outcome.nearest?.failed.map(({ condition }) => condition).join(' ')].join(': '),
          ),
          nearest,
        )
    })

  test('fragments are judged once they are whole, by the ports of the whole', () => {
    const ends = { src: hmi, dst: plc }
    const datagram = udp(ends, { sport: 40_000, dport: 2000, payload: new Uint8Array(40) })
    const piece = (from: number, to: number) =>
      linked(
        'hmi',
        'plc',
        etherTypes.ipv4,
        ipv4({
          ...ends,
          proto: ipProtocols.udp,
          payload: datagram.subarray(from, to),
          fragment: { offset: from, more: to < datagram.length },
        }),
      )
    const whole = simulated([piece(24, 48), piece(0, 24)])
    assert.deepEqual(
      whole.conversations.map(({ service, packets }) => [service, packets]),
      [['udp/2000', [1, 0]]],
    )
    const half = simulated([piece(0, 24)])
    assert.equal(half.conversations.length, 0)
    assert.deepEqual(half.packets.skipped, [{ why: 'IP fragments whose others are missing', packets: 1 }])
  })
})

describe('containment', () => {
  const denied = segment({ from: 'stranger', to: 'plc', dport: 22, flags: syn })
  const again = segment({ from: 'stranger', to: 'plc', dport: 80, flags: ack })

  test('after its first packet everything of a stranger is denied because it is contained', () => {
    const { contained, conversations } = simulated([denied, again, again, claim(macs.stranger, stranger)])
    assert.deepEqual(
      contained.map(({ ip, mac, port, kind, seconds, target, evidence, stopped }) => [
        ip,
        mac,
        port,
        kind,
        seconds,
        target,
        evidence.packet,
        stopped,
      ]),
      [[stranger, macs.stranger, 'plant', 'stranger', 3600, plc, 1, 3]],
    )
    assert.deepEqual(
      conversations
        .map(({ service, outcome }): [string, string] => [service, outcome.reason])
        .toSorted(([a], [b]) => a.localeCompare(b)),
      [
        ['arp', 'contained'],
        ['tcp/22', 'stranger-contained'],
        ['tcp/80', 'contained'],
      ],
    )
  })

  test('what it sent before is not stopped by it', () => {
    const { conversations } = simulated([claim(macs.stranger, stranger), denied])
    assert.deepEqual(
      conversations.map(({ service }) => service),
      ['tcp/22'],
    )
  })

  test('a containment ends by itself, and the next packet is judged for what it is', () => {
    const { conversations, contained } = simulated([denied, again, again], policyOf(), { every: 3000 })
    assert.deepEqual(conversations.find(({ service }) => service === 'tcp/80')?.outcome.reasons, {
      contained: 1,
      'out-of-scope': 1,
    })
    assert.equal(contained[0]?.stopped, 1)
  })

  test('known assets are not contained', () => {
    assert.deepEqual(simulated([segment({ from: 'hmi', to: 'plc', dport: 22, flags: syn })]).contained, [])
  })

  test('nobody is where zones are only enforced', () => {
    const zones = {
      office: { level: 3, networks: ['198.18.1.0/25'] },
      line: { level: 1, networks: ['198.18.2.0/25'] },
    }
    const meant = simulated([denied, again], policyOf({ zones }, 'enforced'))
    assert.deepEqual(meant.contained, [])
    assert.deepEqual(
      meant.conversations.map(({ outcome }) => outcome.reason),
      ['out-of-scope', 'out-of-scope'],
    )
    const now = simulated([denied, again], policyOf({ zones }, 'as-written'))
    assert.deepEqual(
      now.conversations.map(({ outcome }) => [outcome.verdict, outcome.reason, outcome.byMode]),
      [
        ['permitted', 'observed', 1],
        ['permitted', 'observed', 1],
      ],
    )
  })
})

describe('what a policy makes of commands', () => {
  const frames = [...poll, segment({ from: 'hmi', to: 'plc', data: write, seq: 1012, ack: 5013 })]

  test('each is judged by the conduit that permits its conversation', () => {
    const { commands, summary, conversations } = simulated(frames)
    assert.deepEqual(
      commands.map(({ op, object, count, verdict, deniedValues, outcome, essential, conversation }) => [
        op,
        object,
        count,
        verdict,
        deniedValues,
        outcome.reason,
        outcome.conduit,
        essential,
        conversation,
      ]),
      [
        [
          'write-single-register',
          'unit 1 registers 100',
          1,
          'denied',
          [900, 900],
          'constraint-broken',
          'operate',
          true,
          's1',
        ],
        [
          'read-holding-registers',
          'unit 1 registers 100-101 quantity 2',
          1,
          'permitted',
          undefined,
          undefined,
          undefined,
          false,
          's1',
        ],
      ],
    )
    assert.equal(commands[0]?.outcome.because, 'values 900 is not within 0-500')
    assert.equal(commands[0]?.outcome.evidence?.packet, 6)
    assert.equal(conversations[0]?.outcome.verdict, 'permitted')
    assert.deepEqual([summary.commands, summary.commandsDenied, summary.essential], [2, 1, 1])
  })

  test('those of a whole service are permitted, those of a denied conversation denied with it', () => {
    const open = [
      ...opening('historian', 'other'),
      segment({ from: 'historian', to: 'other', data: read, seq: 1000, ack: 5000 }),
    ]
    const closed = [
      ...opening('historian', 'plc'),
      segment({ from: 'historian', to: 'plc', data: write, seq: 1000, ack: 5000 }),
    ]
    const { commands } = simulated([...open, ...closed])
    assert.deepEqual(
      commands.map(({ server, op, verdict, outcome }) => [server, op, verdict, outcome.reason]),
      [
        [plc, 'write-single-register', 'denied', 'conversation-denied'],
        [other, 'read-holding-registers', 'permitted', undefined],
      ],
    )
  })
})

describe('a policy against the running one', () => {
  const frames = [
    ...poll,
    segment({ from: 'hmi', to: 'plc', data: write, seq: 1012, ack: 5013 }),
    ...opening('historian', 'other'),
    ...opening('historian', 'plc', 80),
  ]
  const running = policyOf({
    conduits: [
      { id: 'all', from: 'hmi', to: 'plc', service: 'modbus', essential: true },
      { id: 'web', from: 'historian', to: 'plc', service: 'tcp/80' },
    ],
  })

  test('says what is newly denied and newly permitted, conversations and commands', () => {
    const { conversations, commands, summary } = simulated(frames, policyOf(), { against: running })
    assert.deepEqual(
      conversations.map(({ service, server, newlyDenied, newlyPermitted, outcome, running: before }) => [
        service,
        server,
        newlyDenied,
        newlyPermitted,
        outcome.verdict,
        before?.verdict,
      ]),
      [
        ['tcp/80', plc, 3, 0, 'denied', 'permitted'],
        ['tcp/502', other, 0, 3, 'permitted', 'denied'],
        ['tcp/502', plc, 0, 0, 'permitted', 'permitted'],
      ],
    )
    assert.deepEqual(
      commands.map(({ op, newlyDenied, newlyPermitted }) => [op, newlyDenied, newlyPermitted]),
      [
        ['write-single-register', 1, 0],
        ['read-holding-registers', 0, 0],
      ],
    )
    assert.deepEqual(
      [summary.newlyDenied, summary.newlyPermitted, summary.commandsNewlyDenied, summary.essential],
      [1, 1, 1, 1],
    )
  })

  test('without the essential conduit its conversation is newly denied, and essential', () => {
    const { conversations } = simulated(poll, policyOf({ conduits: [] }), { against: running })
    assert.deepEqual(
      conversations.map(({ newlyDenied, essential }) => [newlyDenied, essential]),
      [[5, true]],
    )
  })
})

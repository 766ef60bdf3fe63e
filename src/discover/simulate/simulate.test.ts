import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ethernet, icmp, ipv4, tcp, udp, type Tag } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import {
  addresses,
  claim,
  linked,
  macs,
  opening,
  policyOf,
  poll,
  segment,
  simulated,
  syn,
  type Options,
} from './small-plant.ts'

const ping = (from: 'hmi', type: number) => {
  const ends = { src: addresses[from], dst: addresses.plc }
  return linked(from, 'plc', etherTypes.ipv4, ipv4({ ...ends, proto: ipProtocols.icmp, payload: icmp({ type }) }))
}

interface Row {
  readonly name: string
  readonly frames: readonly Uint8Array[]
  readonly options?: Options
  /** client, server, service, verdict, reason. */
  readonly rows: readonly (readonly [string, string, string, string, string])[]
  readonly nearest?: readonly string[]
}

const { hmi, plc, other, historian } = addresses
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
    name: 'an address of a zone with a MAC that is bound behind another port is forged',
    frames: [segment({ from: 'other', to: 'plc', dport: 80, flags: syn, mac: macs.hmi })],
    rows: [[other, plc, 'tcp/80', 'denied', 'spoof']],
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
    const piece = (from: number, to: number, tags: readonly Tag[] = []) =>
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
        tags,
      )
    const whole = simulated([piece(24, 48), piece(0, 24)])
    assert.deepEqual(
      whole.conversations.map(({ service, packets }) => [service, packets]),
      [['udp/2000', [1, 0]]],
    )
    const half = simulated([piece(0, 24)])
    assert.equal(half.conversations.length, 0)
    assert.deepEqual(half.packets.skipped, [{ why: 'IP fragments whose others are missing', packets: 1 }])

    const permit = { conduits: [{ id: 'any', from: 'hmi', to: 'plc', service: 'any' }] }
    const vlans = ['untagged', 7]
    const tagged = { ports: { plant: { zones: ['office'], vlans }, cell: { zones: ['line'], vlans } }, bridge: 'br0' }
    const reasonOf = (change: Record<string, unknown>, tags: readonly Tag[]) =>
      simulated([piece(0, 24, tags), piece(24, 48, tags)], policyOf(change)).conversations[0]?.outcome.reason
    assert.equal(reasonOf(permit, []), 'permitted')
    assert.equal(reasonOf({ ...permit, edges: { edge: tagged } }, [{ id: 7 }]), 'permitted', 'also behind a tag')
    const judged = { id: 'reads', from: 'hmi', to: 'plc', service: 'modbus', allow: ['read'] }
    const both = { conduits: [...permit.conduits, judged], edges: { edge: tagged } }
    assert.equal(reasonOf(both, [{ id: 7 }]), 'permitted', 'and where commands behind it are judged')
  })
})

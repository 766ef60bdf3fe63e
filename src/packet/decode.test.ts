import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arp, ethernet, icmp, icmpv6, ipv4, ipv6, neighbour, tcp, udp } from './build.ts'
import { decodeFrame, type Frame } from './decode.ts'
import { describe } from './describe.ts'
import { etherTypes, ipProtocols, tcpFlags } from './numbers.ts'

const src = '00:1b:1b:aa:00:70'
const dst = '00:1b:1b:aa:00:10'
const ends4 = { src: '198.18.1.70', dst: '198.18.1.10' }
const ends6 = { src: 'fd00:198:18:1::70', dst: 'fd00:198:18:1::10' }
const segment = (ends: typeof ends4) => tcp(ends, { sport: 40_000, dport: 502 })
const frame4 = (proto: number, payload: Uint8Array, more: Partial<Parameters<typeof ipv4>[0]> = {}) =>
  ethernet({ dst, src, etherType: etherTypes.ipv4, payload: ipv4({ ...ends4, proto, payload, ...more }) })
const frame6 = (proto: number, payload: Uint8Array, more: Partial<Parameters<typeof ipv6>[0]> = {}) =>
  ethernet({ dst, src, etherType: etherTypes.ipv6, payload: ipv6({ ...ends6, proto, payload, ...more }) })
const extension = (type: number) => ({ type, data: new Uint8Array(10) })

const rows: readonly (readonly [sentence: string, bytes: Uint8Array, expected: Partial<Frame>])[] = [
  [
    'a first TCP segment',
    frame4(6, segment(ends4)),
    {
      dst,
      src,
      unicast: true,
      vlan: 0,
      vlans: [],
      etherType: 0x0800,
      family: 4,
      srcIp: ends4.src,
      dstIp: ends4.dst,
      proto: 6,
      sport: 40_000,
      dport: 502,
      tcpFlags: tcpFlags.syn,
      icmpType: -1,
      fragment: 'none',
      payloadOffset: 54,
      end: 54,
    },
  ],
  [
    'options of IPv4 are stepped over',
    frame4(6, segment(ends4), { options: new Uint8Array(8).fill(1) }),
    { proto: 6, dport: 502, payloadOffset: 62 },
  ],
  [
    'padding after a short datagram is not payload',
    frame4(17, udp(ends4, { sport: 9, dport: 7, payload: Uint8Array.of(1) })),
    { sport: 9, dport: 7, payloadOffset: 42, end: 43 },
  ],
  [
    'a first fragment has ports',
    frame4(17, udp(ends4, { sport: 9, dport: 7 }), { fragment: { offset: 0, more: true } }),
    { fragment: 'first', dport: 7 },
  ],
  [
    'a later fragment has a protocol but no ports',
    frame4(17, new Uint8Array(16), { fragment: { offset: 8, more: false } }),
    { fragment: 'later', proto: 17, sport: -1, dport: -1 },
  ],
  ['an ICMP echo request', frame4(1, icmp({ type: 8 })), { proto: 1, icmpType: 8, icmpCode: 0, dport: -1 }],
  [
    'a TCP segment over IPv6',
    frame6(6, segment(ends6)),
    { family: 6, srcIp: ends6.src, dstIp: ends6.dst, proto: 6, dport: 502, payloadOffset: 74 },
  ],
  [
    'extension headers of IPv6 are stepped over',
    frame6(6, segment(ends6), {
      extensions: [ipProtocols.hopByHop, ipProtocols.routing, ipProtocols.destination].map(extension),
    }),
    { proto: 6, sport: 40_000, dport: 502 },
  ],
  [
    'an authentication header hides the ports behind it, as in IPv4',
    frame6(6, segment(ends6), { extensions: [extension(ipProtocols.hopByHop), extension(ipProtocols.authentication)] }),
    { proto: 51, sport: -1, dport: -1, tcpFlags: -1 },
  ],
  [
    'a first IPv6 fragment has ports',
    frame6(17, udp(ends6, { sport: 9, dport: 7 }), { fragment: { offset: 0, more: true } }),
    { fragment: 'first', proto: 17, dport: 7 },
  ],
  [
    'an atomic IPv6 fragment (RFC 6946) is a whole packet',
    frame6(17, udp(ends6, { sport: 9, dport: 7 }), { fragment: { offset: 0, more: false } }),
    { fragment: 'none', proto: 17, dport: 7 },
  ],
  [
    'a later IPv6 fragment has no ports',
    frame6(17, new Uint8Array(16), { fragment: { offset: 8, more: true } }),
    { fragment: 'later', proto: 17, dport: -1 },
  ],
  [
    'a neighbour advertisement',
    frame6(58, neighbour('advertise', ends6, { target: ends6.src, mac: src })),
    { icmpType: 136 },
  ],
  ['ICMPv6 inside IPv4 is no ICMPv6', frame4(58, icmpv6(ends4, { type: 128 })), { proto: 58, icmpType: -1 }],
  [
    'a tagged frame',
    ethernet({
      dst,
      src,
      tags: [{ id: 20, priority: 6 }],
      etherType: etherTypes.ipv4,
      payload: ipv4({ ...ends4, proto: 6, payload: segment(ends4) }),
    }),
    { vlan: 20, vlans: [20], etherType: 0x0800, dport: 502, payloadOffset: 58 },
  ],
  [
    'a priority tag is VLAN 0',
    ethernet({ dst, src, tags: [{ id: 0, priority: 6 }], etherType: etherTypes.profinet }),
    { vlan: 0, vlans: [0], etherType: 0x8892, family: 0 },
  ],
  [
    'two tags, the outer first',
    ethernet({ dst, src, tags: [{ id: 100, type: etherTypes.qinq }, { id: 20 }], etherType: etherTypes.arp }),
    { vlan: 100, vlans: [100, 20], etherType: 0x0806 },
  ],
  [
    'a frame to a group',
    ethernet({ dst: '01:0c:cd:01:00:01', src, etherType: etherTypes.goose }),
    { unicast: false, etherType: 0x88b8 },
  ],
  [
    'an IEEE 802.3 frame has its length in the type field',
    ethernet({ dst, src, etherType: 0x0026 }),
    { etherType: 0x26, family: 0 },
  ],
  [
    'an ARP question',
    ethernet({
      dst: 'ff:ff:ff:ff:ff:ff',
      src,
      etherType: etherTypes.arp,
      payload: arp({ operation: 1, senderMac: src, senderIp: ends4.src, targetIp: ends4.dst }),
    }),
    {
      unicast: false,
      arpOperation: 1,
      arp: { senderMac: src, senderIp: ends4.src, targetMac: '00:00:00:00:00:00', targetIp: ends4.dst },
    },
  ],
  [
    'an IPv4 header that claims more than there is',
    frame4(6, segment(ends4)).slice(0, 40),
    { family: 0, srcIp: '', proto: -1, dport: -1 },
  ],
  ['an empty frame', new Uint8Array(), { etherType: -1, family: 0, unicast: false, src: '00:00:00:00:00:00' }],
]

for (const [sentence, bytes, expected] of rows)
  test(`decodeFrame: ${sentence}`, () => {
    const frame = decodeFrame(bytes)
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(Reflect.get(frame, key), value, key)
  })

test('decodeFrame never throws and stays inside the frame, whatever is cut off or changed', () => {
  let seed = 1
  const next = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  for (const [, bytes] of rows)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const changed = bytes.slice(0, cut)
      const changes = cut === 0 ? 0 : next(3)
      for (let change = 0; change < changes; change++) changed[next(cut)] = next(256)
      const frame = decodeFrame(changed)
      assert.ok(
        frame.payloadOffset <= cut &&
          frame.end <= cut &&
          frame.payloadOffset <= Math.max(frame.end, frame.networkOffset),
      )
      assert.ok(describe(frame).length > 0 && frame.arpOperation >= -1)
    }
})

test('describe says who talks to whom in one line', () => {
  assert.deepEqual(
    rows.slice(0, 1).map(([, bytes]) => describe(decodeFrame(bytes))),
    ['00:1b:1b:aa:00:70 > 00:1b:1b:aa:00:10 tcp 198.18.1.70:40000 > 198.18.1.10:502 syn'],
  )
  assert.equal(
    describe(decodeFrame(ethernet({ dst, src, tags: [{ id: 20 }], etherType: etherTypes.goose }))),
    'vlan 20 00:1b:1b:aa:00:70 > 00:1b:1b:aa:00:10 goose',
  )
})

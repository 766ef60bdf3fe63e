import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arp, ethernet, icmp, icmpv6, ipv4, ipv6, neighbour, tcp, udp } from './build.ts'
import { fold, sum16 } from './checksum.ts'
import { etherTypes, ipProtocols } from './numbers.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const ends4 = { src: '198.18.1.70', dst: '198.18.1.10' }
const ends6 = { src: 'fd00::1', dst: 'fd00::2' }

// The checksum of correct bytes including their checksum is zero (RFC 1071, 1).
const pseudo = ({ src, dst }: typeof ends4, proto: number, length: number) => {
  const packet = src.includes(':') ? ipv6({ src, dst, proto }) : ipv4({ src, dst, proto })
  return sum16(packet, proto + length, src.includes(':') ? 8 : 12, src.includes(':') ? 40 : 20)
}
const odd = Uint8Array.of(1, 2, 3)
const segments: readonly (readonly [sentence: string, sum: number, bytes: Uint8Array])[] = [
  ['TCP over IPv4', pseudo(ends4, 6, 23), tcp(ends4, { sport: 1, dport: 2, seq: 0xffff_ffff, payload: odd })],
  ['TCP over IPv6', pseudo(ends6, 6, 23), tcp(ends6, { sport: 1, dport: 2, payload: odd })],
  ['UDP over IPv4', pseudo(ends4, 17, 11), udp(ends4, { sport: 1, dport: 2, payload: odd })],
  ['UDP over IPv6', pseudo(ends6, 17, 11), udp(ends6, { sport: 1, dport: 2, payload: odd })],
  ['ICMP', 0, icmp({ type: 8, payload: odd })],
  ['ICMPv6', pseudo(ends6, 58, 11), icmpv6(ends6, { type: 128, payload: odd })],
  ['an IPv4 header with options', 0, ipv4({ ...ends4, proto: 6, options: Uint8Array.of(7, 4, 4, 0) })],
]
for (const [sentence, start, bytes] of segments)
  test(`the checksum is right: ${sentence}`, () => assert.equal(fold(sum16(bytes, start)), 0))

test('the checksum of the example in RFC 1071, 3', () => {
  assert.equal(~fold(sum16(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7))) & 0xffff, 0xddf2)
})

test('a UDP checksum that comes out as zero is sent as ones', () => {
  // The payload is chosen to cancel everything else.
  const without = udp(ends4, { sport: 1, dport: 2, payload: Uint8Array.of(0, 0) })
  const payload = without.slice(6, 8)
  assert.equal(hex(udp(ends4, { sport: 1, dport: 2, payload }).slice(6, 8)), 'ffff')
})

const texts: readonly (readonly [sentence: string, bytes: Uint8Array, expected: string])[] = [
  [
    'an ARP question, padded to 60 bytes',
    ethernet({
      dst: 'ff:ff:ff:ff:ff:ff',
      src: '02:00:00:00:00:01',
      etherType: etherTypes.arp,
      payload: arp({ operation: 1, senderMac: '02:00:00:00:00:01', senderIp: ends4.src, targetIp: ends4.dst }),
    }),
    `ffffffffffff 020000000001 0806 0001080006040001 020000000001c6120146 000000000000c612010a ${'00'.repeat(18)}`,
  ],
  [
    'tags in order, with priority',
    ethernet({
      dst: '02:00:00:00:00:02',
      src: '02:00:00:00:00:01',
      tags: [
        { id: 100, type: etherTypes.qinq },
        { id: 20, priority: 6 },
      ],
      etherType: etherTypes.goose,
    }),
    `020000000002 020000000001 88a80064 8100c014 88b8 ${'00'.repeat(38)}`,
  ],
  [
    'a fragment of IPv4',
    ipv4({ ...ends4, proto: 17, fragment: { offset: 1480, more: true, id: 9 } }),
    '45000014000920b94011cba2c6120146c612010a',
  ],
  [
    'extension headers of IPv6 name each other, options padded with PadN',
    ipv6({
      ...ends6,
      proto: 59,
      extensions: [
        { type: ipProtocols.hopByHop },
        { type: ipProtocols.destination, data: Uint8Array.of(1, 3, 0, 0, 0) },
      ],
    }),
    '6000000000100040 fd000000000000000000000000000001 fd000000000000000000000000000002 3c00010400000000 3b00010300000000',
  ],
  [
    'a fragment header of IPv6',
    ipv6({ ...ends6, proto: 17, fragment: { offset: 8, more: true, id: 0x01020304 } }),
    '6000000000082c40 fd000000000000000000000000000001 fd000000000000000000000000000002 1100000901020304',
  ],
  [
    'a neighbour advertisement with its option',
    neighbour('advertise', ends6, { target: ends6.src, mac: '02:00:00:00:00:01' }).slice(4),
    '60000000 fd000000000000000000000000000001 0201020000000001',
  ],
]
for (const [sentence, bytes, expected] of texts)
  test(`build: ${sentence}`, () => assert.equal(hex(bytes), expected.replaceAll(' ', '')))

test('text that is no address is a RangeError', () => {
  assert.throws(() => ipv4({ src: 'hmi-1', dst: ends4.dst, proto: 6 }), RangeError)
})

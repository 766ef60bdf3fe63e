/** Packets with what their headers say, for the tests of headers. */
import { arp, ethernet, ipv4, ipv6, tcp, udp } from './build.ts'
import { etherTypes, ipProtocols, tcpFlags } from './numbers.ts'

const src = '00:1b:1b:aa:00:70'
const dst = '00:1b:1b:aa:00:10'
const ends4 = { src: '198.18.1.70', dst: '198.18.1.10' }
const ends6 = { src: 'fd00:198:18:1::70', dst: 'fd00:198:18:1::10' }
const segment = (ends: typeof ends4, payload = Uint8Array.of(1, 2, 3)) =>
  tcp(ends, { sport: 40_000, dport: 502, seq: 0xffff_fff0, ack: 7, flags: tcpFlags.ack | tcpFlags.psh, payload })
const datagram = (ends: typeof ends4, payload = Uint8Array.of(1, 2, 3)) => udp(ends, { sport: 9, dport: 7, payload })
const packet4 = (proto: number, payload: Uint8Array, more: Partial<Parameters<typeof ipv4>[0]> = {}) =>
  ipv4({ ...ends4, proto, payload, ...more })
const packet6 = (proto: number, payload: Uint8Array, more: Partial<Parameters<typeof ipv6>[0]> = {}) =>
  ipv6({ ...ends6, proto, payload, ...more })
export const framed = (payload: Uint8Array, tags: NonNullable<Parameters<typeof ethernet>[0]['tags']> = []) => {
  const etherType = (payload[0] ?? 0) >> 4 === 6 ? etherTypes.ipv6 : etherTypes.ipv4
  return ethernet({ dst, src, tags, etherType, payload })
}
const extension = (type: number) => ({ type, data: new Uint8Array(10) })
const changed = (bytes: Uint8Array, at: number, ...values: number[]) => {
  const copy = bytes.slice()
  copy.set(values, at)
  return copy
}
/** A segment with these option bytes, padded to whole words. */
const withOptions = (...options: number[]) => {
  const length = Math.ceil(options.length / 4) * 4
  const plain = segment(ends4)
  const bytes = new Uint8Array(plain.length + length)
  bytes.set(plain.subarray(0, 20))
  bytes.set(options, 20)
  bytes.set(plain.subarray(20), 20 + length)
  bytes[12] = ((20 + length) / 4) << 4
  return packet4(6, bytes)
}

type Row = readonly [sentence: string, bytes: Uint8Array, expected: Partial<Record<string, unknown>>]

/** From the Ethernet header on. */
export const frames: readonly Row[] = [
  [
    'a TCP segment',
    framed(packet4(6, segment(ends4))),
    {
      ok: true,
      problem: undefined,
      etherType: 0x0800,
      vlanCount: 0,
      outerVlan: -1,
      family: 4,
      networkOffset: 14,
      ipHeaderLength: 20,
      protocol: 6,
      fragmented: false,
      srcOffset: 26,
      dstOffset: 30,
      src3: 0xc612_0146 | 0,
      dst3: 0xc612_010a | 0,
      sport: 40_000,
      dport: 502,
      seq: -16,
      ack: 7,
      flags: 0x18,
      window: 0xffff,
      dataOffset: 20,
      payloadOffset: 54,
      payloadEnd: 57,
      missing: 0,
    },
  ],
  ['padding behind the datagram is none of it', framed(packet4(6, segment(ends4))), { payloadEnd: 57 }],
  [
    'one tag',
    framed(packet4(6, segment(ends4)), [{ id: 20, priority: 6 }]),
    { vlanCount: 1, outerVlan: 20, innerVlan: 20 },
  ],
  [
    'two tags, the outer first',
    framed(packet4(6, segment(ends4)), [{ id: 100, type: etherTypes.qinq }, { id: 20 }]),
    { vlanCount: 2, outerVlan: 100, innerVlan: 20, dport: 502 },
  ],
  ['a priority tag counts as VLAN 0', framed(packet4(6, segment(ends4)), [{ id: 0 }]), { vlanCount: 1, outerVlan: 0 }],
  [
    'more tags than are looked at',
    framed(
      packet4(6, segment(ends4)),
      Array.from({ length: 9 }, () => ({ id: 1 })),
    ),
    { ok: false, problem: 'too-many-tags', family: 0, dport: -1 },
  ],
  [
    'a frame that ends in its tag',
    framed(packet4(6, segment(ends4)), [{ id: 20 }]).slice(0, 16),
    { problem: 'cut-short' },
  ],
  [
    'ARP is not IP',
    ethernet({
      dst,
      src,
      etherType: etherTypes.arp,
      payload: arp({ operation: 1, senderMac: src, senderIp: ends4.src, targetIp: ends4.dst }),
    }),
    { ok: false, problem: 'not-ip', etherType: 0x0806, family: 0, payloadOffset: 14, payloadEnd: 60 },
  ],
  ['an IEEE 802.3 frame', ethernet({ dst, src, etherType: 0x0026 }), { problem: 'not-ip', etherType: 0x26 }],
  ['an empty frame', new Uint8Array(), { problem: 'cut-short', etherType: -1, family: 0 }],
  [
    'IPv6 under the EtherType of IPv4',
    ethernet({ dst, src, etherType: etherTypes.ipv4, payload: packet6(6, segment(ends6)) }),
    { problem: 'bad-version', family: 0, dport: -1 },
  ],
]

/** From the IP header on. */
export const packets: readonly Row[] = [
  [
    'options of IPv4 are stepped over',
    packet4(6, segment(ends4), { options: new Uint8Array(8) }),
    { ipHeaderLength: 28, dport: 502 },
  ],
  [
    'a first fragment of IPv4',
    packet4(17, datagram(ends4, new Uint8Array(16)).slice(0, 16), { fragment: { offset: 0, more: true, id: 9 } }),
    { ok: true, fragmented: true, moreFragments: true, fragmentOffset: 0, fragmentId: 9, dport: 7, payloadEnd: 36 },
  ],
  [
    'a later fragment has no ports',
    packet4(17, new Uint8Array(16), { fragment: { offset: 1480, more: false, id: 9 } }),
    {
      ok: true,
      fragmented: true,
      fragmentOffset: 1480,
      transportOffset: -1,
      dport: -1,
      payloadOffset: 20,
      payloadEnd: 36,
    },
  ],
  [
    'TCP over IPv6',
    packet6(6, segment(ends6)),
    {
      family: 6,
      etherType: -1,
      ipHeaderLength: 40,
      protocol: 6,
      src0: 0xfd00_0198 | 0,
      src1: 0x0018_0001,
      src2: 0,
      src3: 0x70,
      dst3: 0x10,
      srcOffset: 8,
      dstOffset: 24,
      dport: 502,
      payloadOffset: 60,
      payloadEnd: 63,
    },
  ],
  [
    'every extension header of IPv6 is stepped over, an authentication header too',
    packet6(6, segment(ends6), {
      extensions: [0, 43, 60, 51].map(extension),
      fragment: { offset: 0, more: false, id: 5 },
    }),
    { ok: true, protocol: 6, dport: 502, ipHeaderLength: 40 + 16 * 4 + 8, fragmentId: 5, fragmented: false },
  ],
  [
    'eight extension headers are walked',
    packet6(6, segment(ends6), { extensions: Array.from({ length: 8 }, () => extension(60)) }),
    { ok: true, dport: 502 },
  ],
  [
    'the ninth is not',
    packet6(6, segment(ends6), { extensions: Array.from({ length: 9 }, () => extension(60)) }),
    { ok: false, problem: 'too-many-extensions', protocol: -1, dport: -1 },
  ],
  [
    'a later fragment of IPv6',
    packet6(17, new Uint8Array(16), { fragment: { offset: 8, more: true, id: 0x0102_0304 } }),
    { ok: true, protocol: 17, fragmentOffset: 8, moreFragments: true, fragmentId: 0x0102_0304, dport: -1 },
  ],
  [
    'a fragment header within a first fragment does not make it whole',
    packet6(ipProtocols.fragment, Uint8Array.of(17, 0, 0, 0, 0, 0, 0, 1, ...datagram(ends6)), {
      fragment: { offset: 0, more: true },
    }),
    { fragmented: true, moreFragments: true },
  ],
  [
    'an extension header longer than the packet',
    changed(packet6(6, segment(ends6), { extensions: [extension(0)] }), 41, 255),
    { ok: false, problem: 'bad-length', protocol: -1, dport: -1 },
  ],
  [
    'an IPv6 packet of length zero has no TCP header',
    changed(packet6(6, segment(ends6)), 4, 0, 0),
    { problem: 'bad-length', sport: -1 },
  ],
  [
    'an IPv4 packet that states more than there is: read as far as it goes',
    packet4(6, segment(ends4)).slice(0, 42),
    { ok: false, problem: 'cut-short', missing: 1, dport: 502, payloadOffset: 40, payloadEnd: 42 },
  ],
  ['an IPv4 header cut short', packet4(6, segment(ends4)).slice(0, 19), { problem: 'cut-short', family: 0 }],
  ['an IPv4 header of four words', changed(packet4(6, segment(ends4)), 0, 0x44), { problem: 'bad-length', family: 0 }],
  [
    'a total length below the header',
    changed(packet4(6, segment(ends4)), 2, 0, 19),
    { problem: 'bad-length', family: 0 },
  ],
  [
    'a total length of zero, as of packets beyond 64 KB',
    changed(packet4(6, segment(ends4)), 2, 0, 0),
    { problem: 'bad-length' },
  ],
  ['version 5', changed(packet4(6, segment(ends4)), 0, 0x55), { problem: 'bad-version', family: 0 }],
  [
    'a TCP header of four words',
    changed(packet4(6, segment(ends4)), 32, 0x40),
    { problem: 'bad-length', dataOffset: 0 },
  ],
  [
    'a TCP header longer than the segment',
    changed(packet4(6, segment(ends4)), 32, 0xf0),
    { problem: 'bad-length', dataOffset: 0 },
  ],
  [
    'a UDP datagram shorter than its packet: what follows reaches nobody',
    packet4(17, changed(datagram(ends4), 4, 0, 9)),
    { ok: true, payloadOffset: 28, payloadEnd: 29 },
  ],
  ['a UDP datagram longer than its packet', packet4(17, changed(datagram(ends4), 4, 0, 99)), { problem: 'bad-length' }],
  ['a UDP length below its header', packet4(17, changed(datagram(ends4), 4, 0, 7)), { problem: 'bad-length' }],
  ['ICMP has no ports', packet4(1, Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0)), { ok: true, protocol: 1, sport: -1 }],
]

const noOption = { timestampOffset: -1, sackOffset: -1, sackCount: 0 }
const eight = new Uint8Array(8).fill(1)
/** Packets whose TCP options are looked at. */
export const options: readonly (readonly [
  sentence: string,
  bytes: Uint8Array,
  expected: Partial<Record<string, unknown>>,
])[] = [
  ['none', packet4(6, segment(ends4)), noOption],
  [
    'those of a SYN',
    withOptions(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7),
    { ...noOption, timestampOffset: 48 },
  ],
  ['two SACK blocks', withOptions(1, 1, 5, 18, ...eight, ...eight), { sackOffset: 44, sackCount: 2 }],
  ['what stands behind the end is none', withOptions(0, 1, 8, 10, ...eight), noOption],
  ['an unknown one is stepped over', withOptions(254, 4, 1, 1, 1, 1, 8, 10, ...eight), { timestampOffset: 48 }],
  [
    'a length of zero ends the walk',
    withOptions(8, 10, ...eight, 254, 0, 1, 1, 5, 10, ...eight),
    { timestampOffset: 42, sackOffset: -1 },
  ],
  ['a length beyond the header', withOptions(8, 40, 0, 0), noOption],
  ['a length that its kind cannot have', withOptions(8, 9, ...eight.subarray(2), 1, 1, 1, 1), noOption],
  ['a SACK block cut in two', withOptions(5, 9, ...new Uint8Array(10)), noOption],
  ['a kind in the last byte, without its length', withOptions(1, 1, 1, 8), noOption],
]

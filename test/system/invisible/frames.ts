/** Frames as they are on a plant's wires, by name, complete to the last byte. */
import {
  arp,
  ethernet,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  neighbour,
  tcp,
  udp,
  type FragmentPart,
  type Tag,
} from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'

export const macs = { plc: '02:00:00:00:01:10', hmi: '02:00:00:00:02:70' } as const
export const addresses = {
  plc: ['198.18.1.10', 'fd00:198:18:1::10'],
  hmi: ['198.18.1.70', 'fd00:198:18:2::70'],
} as const
type Frames = Readonly<Record<string, Uint8Array>>

/** Bytes that are all different from their neighbours, so that a shift shows. */
export const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255)

/** IEC 62439-3, 4.1.10: sequence number, LAN A, size, suffix. */
const prpTrailer = (size: number): Uint8Array =>
  Uint8Array.of(0x12, 0x34, 0xa0 | ((size >> 8) & 15), size & 255, 0x88, 0xfb)
export const withTrailer = (frame: Uint8Array): Uint8Array =>
  Uint8Array.of(...frame, ...prpTrailer(frame.length - 14 + 6))

const from4 = { src: addresses.hmi[0], dst: addresses.plc[0] }
const from6 = { src: addresses.hmi[1], dst: addresses.plc[1] }

interface Wrapped {
  readonly tags?: readonly Tag[]
  readonly dst?: string
}
const plain = (etherType: number, payload: Uint8Array, { tags = [], dst = macs.plc }: Wrapped = {}): Uint8Array =>
  ethernet({ dst, src: macs.hmi, tags, etherType, payload })
const packet4 = (proto: number, payload: Uint8Array, more: { options?: Uint8Array; fragment?: FragmentPart } = {}) =>
  ipv4({ ...from4, proto, payload, ...more })

const segment = (size: number) => tcp(from4, { sport: 40_000, dport: 502, flags: tcpFlags.ack, payload: bytes(size) })
const datagram = (size: number) => udp(from4, { sport: 40_000, dport: 2222, payload: bytes(size) })
const segment6 = (size: number) => tcp(from6, { sport: 40_000, dport: 502, flags: tcpFlags.ack, payload: bytes(size) })

/** What the HMI may send to the PLC: Modbus, UDP 2222 and echo requests. */
export const permitted: Frames = {
  'a TCP segment': plain(etherTypes.ipv4, packet4(ipProtocols.tcp, segment(200))),
  'a TCP segment of exactly 60 bytes': plain(etherTypes.ipv4, packet4(ipProtocols.tcp, segment(6))),
  'a full TCP segment': plain(etherTypes.ipv4, packet4(ipProtocols.tcp, segment(1460))),
  'a jumbo TCP segment': plain(etherTypes.ipv4, packet4(ipProtocols.tcp, segment(8960))),
  'a UDP datagram': plain(etherTypes.ipv4, packet4(ipProtocols.udp, datagram(64))),
  'a jumbo UDP datagram': plain(etherTypes.ipv4, packet4(ipProtocols.udp, datagram(8972))),
  'an ICMP echo': plain(etherTypes.ipv4, packet4(ipProtocols.icmp, icmp({ type: 8, payload: bytes(56) }))),
  'IPv4 with options': plain(
    etherTypes.ipv4,
    // RFC 791: record route, router alert, end of list. RFC 2113.
    packet4(ipProtocols.tcp, segment(100), { options: Uint8Array.of(7, 7, 4, 0, 0, 0, 0, 0x94, 4, 0, 0, 0) }),
  ),
  'TCP over a VLAN': plain(etherTypes.ipv4, packet4(ipProtocols.tcp, segment(100)), {
    tags: [{ id: 20, priority: 5 }],
  }),
  'TCP with a priority tag': plain(etherTypes.ipv4, packet4(ipProtocols.tcp, segment(100)), {
    tags: [{ id: 0, priority: 6 }],
  }),
  'TCP over IPv6': plain(etherTypes.ipv6, ipv6({ ...from6, proto: 6, payload: segment6(200) })),
  'jumbo TCP over IPv6': plain(etherTypes.ipv6, ipv6({ ...from6, proto: 6, payload: segment6(8940) })),
  'an ICMPv6 echo': plain(
    etherTypes.ipv6,
    ipv6({ ...from6, proto: 58, payload: icmpv6(from6, { type: 128, payload: bytes(56) }) }),
  ),
  'IPv6 with extension headers': plain(
    etherTypes.ipv6,
    ipv6({
      ...from6,
      proto: 6,
      payload: segment6(100),
      extensions: [{ type: ipProtocols.hopByHop, data: Uint8Array.of(5, 2, 0, 0) }, { type: ipProtocols.destination }],
    }),
  ),
  'IPv6 over a VLAN': plain(etherTypes.ipv6, ipv6({ ...from6, proto: 6, payload: segment6(100) }), {
    tags: [{ id: 20 }],
  }),
}

/** The same, shorter than a frame may be: padded on the wire. */
export const padded: Frames = {
  'a padded TCP segment': plain(etherTypes.ipv4, packet4(ipProtocols.tcp, segment(0))),
  'a padded UDP datagram': plain(etherTypes.ipv4, packet4(ipProtocols.udp, datagram(1))),
}

const group = (
  dst: string,
  proto: number,
  payload: Uint8Array,
  mac: string,
  src: string = addresses.hmi[0],
): Uint8Array => {
  const six = dst.includes(':')
  const packet = { src, dst, proto, payload }
  return plain(
    six ? etherTypes.ipv6 : etherTypes.ipv4,
    six ? ipv6({ ...packet, hopLimit: 255 }) : ipv4({ ...packet, ttl: 255 }),
    { dst: mac },
  )
}
const groupUdp = (dst: string, sport: number, dport: number, mac: string, src: string = addresses.hmi[0]): Uint8Array =>
  group(dst, ipProtocols.udp, udp({ src, dst }, { sport, dport, payload: bytes(240) }), mac, src)
const all = 'ff:ff:ff:ff:ff:ff'
const six = addresses.hmi[1]
const nd = (kind: 'solicit' | 'advertise', target: string): Uint8Array =>
  group(
    'ff02::1',
    58,
    neighbour(kind, { src: six, dst: 'ff02::1' }, { target, mac: macs.hmi }),
    '33:33:00:00:00:01',
    six,
  )
const icmp6 = (dst: string, type: number): Uint8Array =>
  group(dst, 58, icmpv6({ src: six, dst }, { type, payload: bytes(16) }), '33:33:00:00:00:02', six)
const bpdu = Uint8Array.of(0x42, 0x42, 3, ...bytes(35))
const supervision = plain(etherTypes.prp, bytes(46), { dst: '01:15:4e:00:01:00' })

/** What keeps a network working: passes in every mode. */
export const infrastructure: Frames = {
  'ARP request': plain(
    etherTypes.arp,
    arp({ operation: 1, senderMac: macs.hmi, senderIp: from4.src, targetIp: from4.dst }),
    { dst: all },
  ),
  'ARP answer': plain(
    etherTypes.arp,
    arp({ operation: 2, senderMac: macs.hmi, senderIp: from4.src, targetIp: from4.dst }),
  ),
  'ARP over a VLAN': plain(
    etherTypes.arp,
    arp({ operation: 1, senderMac: macs.hmi, senderIp: from4.src, targetIp: from4.dst }),
    { dst: all, tags: [{ id: 20 }] },
  ),
  'DHCP discover': groupUdp('255.255.255.255', 68, 67, all, '0.0.0.0'),
  'DHCP renewal': groupUdp(addresses.plc[0], 68, 67, macs.plc),
  DHCPv6: groupUdp('ff02::1:2', 546, 547, '33:33:00:01:00:02', six),
  'IGMP report': group('224.0.0.22', ipProtocols.igmp, bytes(40), '01:00:5e:00:00:16'),
  'MLD report': icmp6('ff02::16', 143),
  'neighbour solicitation': nd('solicit', addresses.plc[1]),
  'neighbour advertisement': nd('advertise', six),
  'router solicitation': icmp6('ff02::2', 133),
  'router advertisement': icmp6('ff02::1', 134),
  VRRP: group('224.0.0.18', ipProtocols.vrrp, bytes(40), '01:00:5e:00:00:12'),
  'VRRP over IPv6': group('ff02::12', ipProtocols.vrrp, bytes(40), '33:33:00:00:00:12', six),
  HSRP: groupUdp('224.0.0.2', 1985, 1985, '01:00:5e:00:00:02'),
  'HSRP version 2': groupUdp('224.0.0.102', 1985, 1985, '01:00:5e:00:00:66'),
  'PTP event over UDP': groupUdp('224.0.1.129', 319, 319, '01:00:5e:00:01:81'),
  'PTP peer delay over UDP': groupUdp('224.0.0.107', 319, 319, '01:00:5e:00:00:6b'),
  PTP: plain(etherTypes.ptp, bytes(44), { dst: '01:1b:19:00:00:00' }),
  'PTP peer delay': plain(etherTypes.ptp, bytes(54), { dst: '01:80:c2:00:00:0e' }),
  LLDP: plain(etherTypes.lldp, bytes(120), { dst: '01:80:c2:00:00:0e' }),
  STP: plain(bpdu.length, bpdu, { dst: '01:80:c2:00:00:00' }),
  'PVST+': plain(50, Uint8Array.of(0xaa, 0xaa, 3, 0, 0, 12, 1, 11, ...bytes(42)), {
    dst: '01:00:0c:cc:cc:cd',
    tags: [{ id: 20 }],
  }),
  'PVST+ of a VLAN that nobody declared': plain(50, Uint8Array.of(0xaa, 0xaa, 3, 0, 0, 12, 1, 11, ...bytes(42)), {
    dst: '01:00:0c:cc:cc:cd',
    tags: [{ id: 7 }],
  }),
  MRP: plain(etherTypes.mrp, bytes(46), { dst: '01:15:4e:00:00:01' }),
  DLR: plain(0x80e1, bytes(46), { dst: '01:21:6c:00:00:01' }),
  EAPOL: plain(etherTypes.eapol, bytes(60), { dst: '01:80:c2:00:00:03' }),
  'PRP supervision with its trailer': withTrailer(supervision),
}

/** What is wrong with it is for its receiver to see, as behind any switch. */
export const wrong: Frames = {
  'an IP packet with a wrong checksum': (() => {
    const frame = plain(etherTypes.ipv4, packet4(ipProtocols.tcp, segment(100)))
    frame[24] = (frame[24] ?? 0) ^ 0xff
    return frame
  })(),
}

/** EtherTypes that the policy of these tests allows. */
export const process: Frames = {
  'PROFINET real time': plain(etherTypes.profinet, bytes(46), { tags: [{ id: 0, priority: 6 }] }),
  'PROFINET DCP': plain(etherTypes.profinet, bytes(64), { dst: '01:0e:cf:00:00:00' }),
  GOOSE: plain(etherTypes.goose, bytes(180), { dst: '01:0c:cd:01:00:01', tags: [{ id: 20, priority: 4 }] }),
}

/** What nobody allowed: passes where nothing is enforced. */
export const others: Frames = {
  'a multicast datagram': groupUdp('239.192.1.1', 5000, 5000, '01:00:5e:40:01:01'),
  'a datagram to the subnet': groupUdp('198.18.1.63', 137, 137, all),
  SSH: plain(etherTypes.ipv4, packet4(ipProtocols.tcp, tcp(from4, { sport: 40_000, dport: 22, payload: bytes(20) }))),
  'the first part of a datagram': plain(
    etherTypes.ipv4,
    packet4(17, bytes(64), { fragment: { offset: 0, more: true, id: 9 } }),
  ),
  'the last part of a datagram': plain(
    etherTypes.ipv4,
    packet4(17, bytes(40), { fragment: { offset: 64, more: false, id: 9 } }),
  ),
  'a part of an IPv6 datagram': plain(
    etherTypes.ipv6,
    ipv6({ ...from6, proto: 17, payload: bytes(40), fragment: { offset: 64, more: false, id: 9 } }),
  ),
  'an unknown EtherType': plain(0x88b5, bytes(46)),
  'two tags': plain(etherTypes.ipv4, packet4(6, segment(40)), { tags: [{ id: 20 }, { id: 30 }] }),
  'a service tag': plain(etherTypes.ipv4, packet4(6, segment(40)), { tags: [{ id: 20, type: etherTypes.qinq }] }),
  PPPoE: plain(etherTypes.pppoeSession, bytes(80)),
  MPLS: plain(etherTypes.mpls, bytes(80)),
  'LLC that is no spanning tree': plain(40, Uint8Array.of(0xe0, 0xe0, 3, ...bytes(37))),
  'IP with a PRP trailer': withTrailer(plain(etherTypes.ipv4, packet4(6, segment(30)))),
  'a frame of a VLAN that nobody declared': plain(etherTypes.ipv4, packet4(6, segment(40)), { tags: [{ id: 77 }] }),
}

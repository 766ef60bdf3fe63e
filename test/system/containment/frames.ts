/** What one host may put on the wire towards another: frames by the name of what they are. */
import { arp, ethernet, icmp, icmpv6, ipv4, ipv6, neighbour, tcp, udp, type Tag } from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { addresses, macs } from './plant.ts'

export interface Sender {
  readonly mac: string
  readonly ip: string
  readonly tags?: readonly Tag[]
}
export interface Receiver {
  readonly mac: string
  readonly ip: string
}

/** Room for the mark by which a frame is recognised. */
const body = new Uint8Array(24)
export const { syn, ack, rst, fin } = tcpFlags

/** The IP packet of a transport payload, of the version of its source. */
export const packet = (
  { mac, ip, tags = [] }: Sender,
  to: Receiver,
  proto: number,
  payload: Uint8Array,
): Uint8Array => {
  const six = ip.includes(':')
  const ends = { src: ip, dst: to.ip, proto, payload }
  return ethernet({
    dst: to.mac,
    src: mac,
    tags,
    etherType: six ? etherTypes.ipv6 : etherTypes.ipv4,
    payload: six ? ipv6({ ...ends, hopLimit: 255 }) : ipv4(ends),
  })
}

export const tcpTo = (from: Sender, to: Receiver, dport: number, flags: number = syn, sport = 40_000): Uint8Array =>
  packet(from, to, ipProtocols.tcp, tcp({ src: from.ip, dst: to.ip }, { sport, dport, flags, payload: body }))

export const udpTo = (from: Sender, to: Receiver, dport: number, sport = 40_000): Uint8Array =>
  packet(from, to, ipProtocols.udp, udp({ src: from.ip, dst: to.ip }, { sport, dport, payload: body }))

/** An ICMP message; an echo request unless a type is given. */
export const icmpTo = (from: Sender, to: Receiver, type?: number): Uint8Array => {
  const ends = { src: from.ip, dst: to.ip }
  return from.ip.includes(':')
    ? packet(from, to, ipProtocols.icmpv6, icmpv6(ends, { type: type ?? 128, payload: body }))
    : packet(from, to, ipProtocols.icmp, icmp({ type: type ?? 8, payload: body }))
}

export const plc = (six: boolean): Receiver => ({ mac: macs.plc, ip: addresses.plc[six ? 1 : 0] })
export const rtu = (six: boolean): Receiver => ({ mac: macs.rtu, ip: addresses.rtu[six ? 1 : 0] })

const broadcast = 'ff:ff:ff:ff:ff:ff'

/** Everything else than IP, and what is not unicast: some of it passes for everybody who is not contained. */
const group4 = (from: Sender): Record<string, Uint8Array> => ({
  'BACnet who-is to the broadcast address': udpTo(from, { mac: broadcast, ip: '255.255.255.255' }, 47_808, 47_808),
  'EtherNet/IP list-identity to the subnet': udpTo(from, { mac: broadcast, ip: '198.18.1.63' }, 44_818, 44_818),
  DHCP: udpTo({ ...from, ip: '0.0.0.0' }, { mac: broadcast, ip: '255.255.255.255' }, 67, 68),
  IGMP: packet(from, { mac: '01:00:5e:00:00:16', ip: '224.0.0.22' }, ipProtocols.igmp, new Uint8Array(24)),
  VRRP: packet(from, { mac: '01:00:5e:00:00:12', ip: '224.0.0.18' }, ipProtocols.vrrp, new Uint8Array(24)),
  'PTP over UDP': udpTo(from, { mac: '01:00:5e:00:01:81', ip: '224.0.1.129' }, 319, 319),
})

const group6 = (from: Sender): Record<string, Uint8Array> => {
  const all = { mac: '33:33:00:00:00:01', ip: 'ff02::1' }
  const ends = { src: from.ip, dst: all.ip }
  const asked = { target: addresses.plc[1], mac: from.mac }
  const nd = (kind: 'solicit' | 'advertise', target: string) =>
    packet(from, all, ipProtocols.icmpv6, Uint8Array.of(...neighbour(kind, ends, { ...asked, target }), ...body))
  return {
    'neighbour solicitation': nd('solicit', asked.target),
    'neighbour advertisement': nd('advertise', from.ip),
    'router solicitation': icmpTo(from, { ...all, ip: 'ff02::2' }, 133),
    MLD: icmpTo(from, { ...all, ip: 'ff02::16' }, 143),
    DHCPv6: udpTo(from, { mac: '33:33:00:01:00:02', ip: 'ff02::1:2' }, 547, 546),
  }
}

const plain = ({ mac: src, tags = [] }: Sender): Record<string, Uint8Array> => {
  const other = (dst: string, etherType: number, payload: Uint8Array = body) =>
    ethernet({ dst, src, tags, etherType, payload })
  return {
    LLDP: other('01:80:c2:00:00:0e', etherTypes.lldp),
    'spanning tree': other('01:80:c2:00:00:00', 0x26, Uint8Array.of(0x42, 0x42, 3, ...body)),
    'PROFINET DCP to all': other('01:0e:cf:00:00:00', etherTypes.profinet),
    'PROFINET to a device': other(macs.plc, etherTypes.profinet),
    GOOSE: other('01:0c:cd:01:00:01', etherTypes.goose),
    EtherCAT: other(macs.plc, 0x88a4),
    PTP: other('01:1b:19:00:00:00', etherTypes.ptp),
    EAPOL: other('01:80:c2:00:00:03', etherTypes.eapol),
    MRP: other('01:15:4e:00:00:01', etherTypes.mrp),
  }
}

const resolution = ({ mac: src, ip, tags = [] }: Sender): Record<string, Uint8Array> => {
  const payload = (operation: 1 | 2) => arp({ operation, senderMac: src, senderIp: ip, targetIp: addresses.plc[0] })
  return {
    'ARP request': ethernet({ dst: broadcast, src, tags, etherType: etherTypes.arp, payload: payload(1) }),
    'ARP answer': ethernet({ dst: macs.plc, src, tags, etherType: etherTypes.arp, payload: payload(2) }),
  }
}

/** What a stranger may send without leaving its scope, in the plant of {@link plantPolicy}: all of it arrives. */
export const inScope = (from: Sender): Record<string, Uint8Array> => {
  const six = from.ip.includes(':')
  return {
    'a port that anybody may use': tcpTo(from, rtu(six), 4840),
    'a datagram that anybody may send': udpTo(from, rtu(six), 47_808),
    ...plain(from),
    ...(six ? group6(from) : { ...group4(from), ...resolution(from) }),
  }
}

/** What leaves it. */
export const outOfScope = (from: Sender): Record<string, Uint8Array> => {
  const six = from.ip.includes(':')
  return {
    Modbus: tcpTo(from, plc(six), 502),
    SSH: tcpTo(from, plc(six), 22),
    TFTP: udpTo(from, plc(six), 69),
    'a ping': icmpTo(from, plc(six)),
    'a ping to nobody': icmpTo(from, { ...plc(six), ip: six ? 'fd00:198:18:1::33' : '198.18.1.33' }),
    'an acknowledgement out of nowhere': tcpTo(from, plc(six), 102, ack),
    GRE: packet(from, plc(six), ipProtocols.gre, body),
  }
}

export const everything = (from: Sender): Record<string, Uint8Array> => ({ ...inScope(from), ...outOfScope(from) })

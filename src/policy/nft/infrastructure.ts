/** Infrastructure that passes in every mode, unless its sender is contained. Listed by `bulkhead edge doctor`. */
import { counters, type IpWords } from './names.ts'
import type { Writer } from './writer.ts'

/** Each row: what it is, its nft match; the same table is read by policy/evaluate. */
export const infrastructureIp = {
  4: [
    { name: 'DHCP', match: 'udp sport { 67, 68 } udp dport { 67, 68 }' },
    { name: 'IGMP', match: 'ip daddr 224.0.0.0/4 meta l4proto 2' },
    { name: 'VRRP', match: 'ip daddr 224.0.0.18 meta l4proto 112' },
    { name: 'HSRP', match: 'ip daddr { 224.0.0.2, 224.0.0.102 } udp dport 1985' },
    {
      name: 'PTP',
      match: 'ip daddr { 224.0.0.107, 224.0.1.129, 224.0.1.130, 224.0.1.131, 224.0.1.132 } udp dport { 319, 320 }',
    },
  ],
  6: [
    { name: 'ND', match: 'meta l4proto 58 icmpv6 type { 133, 134, 135, 136, 137 }' },
    { name: 'MLD', match: 'meta l4proto 58 icmpv6 type { 130, 131, 132, 143 }' },
    { name: 'DHCPv6', match: 'udp sport { 546, 547 } udp dport { 546, 547 }' },
    { name: 'VRRP', match: 'ip6 daddr ff02::12 meta l4proto 112' },
    { name: 'PTP', match: 'ip6 daddr { ff02::6b, ff0e::181, ff05::181, ff02::181 } udp dport { 319, 320 }' },
  ],
} as const

/** EtherTypes that pass in every mode: LLDP, MRP, DLR, PTP, EAPOL, PRP and HSR supervision. STP and PVST+ are LLC frames and matched by address. */
export const infrastructureEtherTypes = {
  LLDP: 0x88cc,
  MRP: 0x88e3,
  DLR: 0x80e1,
  PTP: 0x88f7,
  EAPOL: 0x888e,
  PRP: 0x88fb,
} as const
/** PRP and HSR supervision (IEC 62439-3): passes, and is told, because it forbids what trims frames. */
export const prpEtherType = 0x88fb
export const stpAddress = '01:80:c2:00:00:00'
export const pvstAddress = '01:00:0c:cc:cc:cd'

/** Neighbour advertisements for a bound address from elsewhere are forged (RFC 4861, 4.4: target at byte 8). */
const advertisementGuard = (writer: Writer) =>
  `meta l4proto 58 icmpv6 type 136 meta mark . @th,64,128 @${writer.name('nd_sited')} iifname . meta mark . ether saddr . @th,64,128 != @${writer.name('nd_bound')} iifname . meta mark . @th,64,128 != @${writer.name('nd_placed')} goto ${writer.name('spoof6')}`

export const infrastructure = (writer: Writer, ip: IpWords): string[] => [
  ...(ip.family === 6 ? [advertisementGuard(writer)] : []),
  ...infrastructureIp[ip.family].map(({ match }) => `${match} ${writer.counter(counters.infrastructure)} accept`),
]

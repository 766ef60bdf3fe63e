/** Numbers on the wire that decoding and building share. */

/** IEEE 802 EtherTypes. Values below 0x0600 are lengths of IEEE 802.3 frames. */
export const etherTypes = {
  ipv4: 0x0800,
  arp: 0x0806,
  ipv6: 0x86dd,
  vlan: 0x8100,
  qinq: 0x88a8,
  /** Service tags before IEEE 802.1ad gave them a number. */
  legacyQinq: 0x9100,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  eapol: 0x888e,
  profinet: 0x8892,
  goose: 0x88b8,
  lldp: 0x88cc,
  ptp: 0x88f7,
  mrp: 0x88e3,
  prp: 0x88fb,
} as const

/** IANA protocol numbers; the last three are IPv6 extension headers. */
export const ipProtocols = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  icmpv6: 58,
  vrrp: 112,
  sctp: 132,
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  destination: 60,
  none: 59,
} as const

/** TCP flags (RFC 9293, 3.1). */
export const tcpFlags = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const

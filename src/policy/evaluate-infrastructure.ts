/** The rows of policy/nft/infrastructure, evaluated. */
import { cidrContains } from '#core/address.ts'
import type { IpPacket, Packet } from './packet.ts'
import type { Plan, VlanId } from './plan.ts'
import { tablesOf } from './tables.ts'

type Row = { readonly name: string; readonly test: (ip: IpPacket) => boolean }
const udp = (ip: IpPacket, sport: readonly number[] | undefined, dport: readonly number[]) =>
  ip.proto === 17 && (sport === undefined || sport.includes(ip.sport ?? -1)) && dport.includes(ip.dport ?? -1)
const to = (ip: IpPacket, ...addresses: readonly string[]) => addresses.includes(ip.dst)
const icmp6 = (ip: IpPacket, ...types: readonly number[]) => ip.proto === 58 && types.includes(ip.icmpType ?? -1)

const rows: { readonly 4: readonly Row[]; readonly 6: readonly Row[] } = {
  4: [
    { name: 'DHCP', test: (ip) => udp(ip, [67, 68], [67, 68]) },
    { name: 'IGMP', test: (ip) => ip.proto === 2 && cidrContains('224.0.0.0/4', ip.dst) },
    { name: 'VRRP', test: (ip) => ip.proto === 112 && to(ip, '224.0.0.18') },
    { name: 'HSRP', test: (ip) => to(ip, '224.0.0.2', '224.0.0.102') && udp(ip, undefined, [1985]) },
    {
      name: 'PTP',
      test: (ip) =>
        to(ip, '224.0.0.107', '224.0.1.129', '224.0.1.130', '224.0.1.131', '224.0.1.132') &&
        udp(ip, undefined, [319, 320]),
    },
  ],
  6: [
    { name: 'ND', test: (ip) => icmp6(ip, 133, 134, 135, 136, 137) },
    { name: 'MLD', test: (ip) => icmp6(ip, 130, 131, 132, 143) },
    { name: 'DHCPv6', test: (ip) => udp(ip, [546, 547], [546, 547]) },
    { name: 'VRRP', test: (ip) => ip.proto === 112 && to(ip, 'ff02::12') },
    {
      name: 'PTP',
      test: (ip) => to(ip, 'ff02::6b', 'ff0e::181', 'ff05::181', 'ff02::181') && udp(ip, undefined, [319, 320]),
    },
  ],
}

/** Name of the infrastructure protocol that a packet belongs to. */
export const infrastructureName = (ip: IpPacket): string | undefined =>
  rows[ip.family].find(({ test }) => test(ip))?.name

/** A neighbour advertisement (RFC 4861, 4.4) for a bound address from another MAC, port or VLAN. */
export const isForgedAdvertisement = (plan: Plan, packet: Packet, ip: IpPacket, vlan: VlanId): boolean => {
  if (ip.family !== 6 || !icmp6(ip, 136) || ip.target === undefined) return false
  const { sited, bound, placed } = tablesOf(plan)
  return (
    sited.has(`${vlan} ${ip.target}`) &&
    !bound.has(`${packet.in} ${vlan} ${packet.srcMac} ${ip.target}`) &&
    !placed.has(`${packet.in} ${vlan} ${ip.target}`)
  )
}

/** How the TCP/IP of a station looks from outside, and what keeps it from ever speaking first. Pure. */
import { newcomerRules, type Newcomers } from './station-newcomers.ts'
import type { SysctlName } from './sysctl.ts'

/** As a persona gives it; see core/persona. */
export interface StationStack {
  readonly ttl: number
  /** Bytes. */
  readonly window: number
  readonly timestamps: boolean
  readonly windowScaling: boolean
  readonly sack: boolean
  readonly mss?: number | undefined
  readonly numbersPackets?: true | undefined
  readonly allowsFragments?: true | undefined
}

/** The one interface of a station. */
export const stationDevice = 'eth0'

const flag = (on: boolean): number => (on ? 1 : 0)
/** Ethernet's 1500 bytes without the two headers. */
const linkMss = 1460
/** RFC 7323, 3.2: ten bytes and two of padding in every segment. */
const timestampBytes = 12

/**
 * The kernel rounds the window it offers down to whole segments, so it is given room for one that is not smaller; what is told is
 * set by {@link stationRules}.
 */
export const routeWindow = ({ window, mss = linkMss, timestamps }: StationStack): number => {
  const segment = Math.max(1, mss - (timestamps ? timestampBytes : 0))
  return window <= segment ? window : Math.ceil(window / segment) * segment
}

/** Before the interface is there. The `default` of an interface is what it begins with; of `all` the stricter of both holds. */
export const stationSysctls = (stack: StationStack): readonly (readonly [name: SysctlName, value: number])[] => [
  ...['all', 'default'].flatMap((scope) =>
    (
      [
        ['arp_ignore', 1],
        // In the address that is answered for, so that a conversation shows one address and no other of the station's.
        ['arp_announce', 1],
        ['arp_notify', 0],
        ['arp_accept', 0],
        ['proxy_arp', 0],
        ['rp_filter', 0],
        ['accept_redirects', 0],
        ['send_redirects', 0],
        ['accept_source_route', 0],
        ['forwarding', 0],
        // Else the others of its network would go with the first address.
        ['promote_secondaries', 1],
      ] as const
    ).map(([name, value]) => [['net', 'ipv4', 'conf', scope, name], value] as const),
  ),
  ['net.ipv4.ip_default_ttl', stack.ttl],
  ['net.ipv4.tcp_timestamps', flag(stack.timestamps)],
  ['net.ipv4.tcp_window_scaling', flag(stack.windowScaling)],
  ['net.ipv4.tcp_sack', flag(stack.sack)],
  ['net.ipv4.tcp_ecn', 0],
  ['net.ipv4.tcp_fastopen', 0],
  ['net.ipv4.ip_forward', 0],
  ['net.ipv4.icmp_echo_ignore_broadcasts', 1],
  ['net.ipv4.igmp_link_local_mcast_reports', 0],
  // Ports below 1024 without a capability of their own.
  ['net.ipv4.ip_unprivileged_port_start', 0],
]

/** Sysctls that a kernel built without IPv6 does not have. */
export const silentIpv6: readonly (readonly [name: SysctlName, value: number])[] = ['all', 'default'].map((scope) => [
  ['net', 'ipv6', 'conf', scope, 'disable_ipv6'],
  1,
])

const listed = (ports: readonly number[]): string => [...new Set(ports)].toSorted((a, b) => a - b).join(', ')

const listening = (source: string, newcomers: Newcomers, first = ''): string => {
  const [set, ...rules] = newcomerRules(source, newcomers)
  return `  ${set}
  chain in {
    type filter hook input priority 0; policy accept;
${first}${rules.map((rule) => `    ${rule}\n`).join('')}  }
`
}

/**
 * nft text for the station's own network: only answers leave, and the window of the device is told. Opening a connection, datagrams
 * from a port that is no service, and any multicast end here, whatever the host process is made to do.
 */
export const stationRules = (
  stack: StationStack,
  udpPorts: readonly number[],
  newcomers: Newcomers,
): string => `table inet decoy {
${listening('ip saddr', newcomers)}  chain out {
    type filter hook output priority 0; policy drop;
    tcp flags & (syn | ack) == syn drop
    tcp flags & (syn | ack) == syn | ack tcp window set ${stack.window}
    tcp window > ${stack.window} tcp window set ${stack.window}
    meta l4proto tcp accept
${udpPorts.length === 0 ? '' : `    udp sport { ${listed(udpPorts)} } ip daddr != { 224.0.0.0/4, 255.255.255.255 } accept\n`}    icmp type { echo-reply, destination-unreachable } accept
  }
}
`

/**
 * What tells Linux by its IP header (nmap -O: TI=Z, DF=Y) and a device has otherwise; empty where it has not.
 * @param first number of the first packet, another for each station
 */
export const stationHeaderRules = ({ numbersPackets, allowsFragments }: StationStack, first: number): string => {
  const rules = [
    ...(numbersPackets === true ? [`ip id set numgen inc mod 65536 offset ${first & 0xffff} lshift 16`] : []),
    ...(allowsFragments === true ? ['meta l4proto tcp ip frag-off set 0'] : []),
  ]
  if (rules.length === 0) return ''
  return `table ip decoy_header {
  chain out {
    type filter hook output priority 10; policy accept;
${rules.map((rule) => `    ${rule}\n`).join('')}  }
}
`
}

/** A probe (RFC 5227, 2.1.1: sender 0.0.0.0) is somebody arriving: it is never answered, and never sent. */
export const stationArpRules = (newcomers: Newcomers): string => `table arp decoy {
${listening('arp saddr ip', newcomers, '    arp saddr ip 0.0.0.0 drop\n')}  chain out { type filter hook output priority 0; policy accept; arp saddr ip 0.0.0.0 drop; }
}
`

/**
 * What may reach a decoy and what may come from one: a base of its own in front of everything else, so that its guard rails hold in
 * every mode, in bypass, and with every process dead.
 */
import type { Mode } from '#schema/site.ts'
import type { Plan } from '../plan.ts'
import { netSet } from './modes.ts'
import { counters, logGroup, table, words } from './names.ts'
import { hasMode, log } from './outcome.ts'
import type { Writer } from './writer.ts'

/** Longer than anybody is away: the edge takes an address back on purpose, never by a timeout of the kernel with its daemon dead. */
const withdrawn = 'timeout 30d'
/** As long as the tables of neighbours of devices last, the slowest of them (20 min), and longer. */
const ownerFor = '1h'
/** For so long a stranger who opened something at a decoy reaches nobody of his zone: the daemon contains him meanwhile. */
const holdSeconds = 3
const link = 'iifname . meta mark . ether saddr'
const limit = 'limit rate 50/second burst 100 packets'
/** Questions of decoys to everybody, which every device of the plant has to look at. */
const broadcasts = 'limit rate 20/second burst 40 packets accept'
/** Packets of one source to decoys, and of all. */
const ofOne = 'limit rate over 1000/second burst 2000 packets'
const ofAll = 'limit rate over 40000/second burst 20000 packets'

/** Sets that outlive generations; the edge fills the first five. `decoy_ground`: addresses of the pools, whether a decoy stands there or not. */
export const decoyState = (plan: Plan): string =>
  plan.decoys === undefined
    ? ''
    : `table bridge ${table} {
  set decoy_ground { type ipv4_addr; }
  set decoys { type ipv4_addr; }
  set decoy_macs { type ether_addr; }
  set decoy_gateways { type ipv4_addr; }
  set decoy_ports { type inet_proto . inet_service; }
  set decoy_withdrawn { type ipv4_addr; size 65536; flags dynamic,timeout; timeout 30d; }
  map decoy_owners { type ipv4_addr : ether_addr; size 65536; flags dynamic,timeout; timeout ${ownerFor}; }
  set decoy_hold4 { type ifname . mark . ether_addr . ipv4_addr; size 65536; flags dynamic,timeout; timeout ${holdSeconds}s; }
  set decoy_asked { type ipv4_addr . inet_service . ipv4_addr . inet_service; size 16384; flags dynamic,timeout; timeout 30s; }
  set decoy_peers { type ipv4_addr; size 65536; flags dynamic,timeout; timeout 2m; }
  set decoy_peers_full { type ifname . mark; size 1024; flags dynamic,timeout; timeout 2m; }
  set decoy_links { type ifname . mark . ether_addr . ipv4_addr; size 16384; flags dynamic,timeout; timeout 2m; }
  set decoy_rate { type ipv4_addr; size 16384; flags dynamic,timeout; timeout 10s; }
  counter ${counters.decoyPackets} { }
  counter ${counters.decoyExcess} { }
  counter ${counters.decoyEscapes} { }
  counter ${counters.decoyClaims} { }
}
`

/**
 * Somebody is at an address of a pool, or arrives there: a decoy that stands there is withdrawn in this packet, before anything is answered,
 * and none comes there later. Told once; when he was heard last is in the set.
 */
const claim = (writer: Writer, match: string, address: string, what: 'arp' | 'ip'): string[] => [
  `${match} ${address} != @decoy_withdrawn ${writer.counter(counters.decoyClaims)} ${limit} ${log('decoy-claim', what)}`,
  `${match} update @decoy_withdrawn { ${address} ${withdrawn} }`,
  ...(address.includes('saddr')
    ? [`${match} update @decoy_owners { ${address} timeout ${ownerFor} : ether saddr }`]
    : []),
]

/**
 * A neighbour that asked for a device and heard a decoy first goes on to send to the decoy's Ethernet address: its frames are brought to
 * whoever has the address, before the bridge looks where they go. Frames to any other Ethernet address stay with whom they were sent to.
 */
export const decoyOwners = (plan: Plan): string[] =>
  plan.decoys === undefined
    ? []
    : ['ether type ip ether daddr @decoy_macs ip daddr @decoy_withdrawn ether daddr set ip daddr map @decoy_owners']

/** Claims in frames between other ports; what becomes of the frame is decided as of any other. */
export const decoyClaims = (plan: Plan, writer: Writer, of: 'arp' | 'ip'): string[] =>
  plan.decoys === undefined
    ? []
    : of === 'arp'
      ? [
          ...claim(writer, 'meta protocol arp meta mark 0 arp saddr ip @decoy_ground', 'arp saddr ip', 'arp'),
          ...(plan.decoys.dark.length === 0
            ? []
            : [
                `meta protocol arp meta mark 0 arp operation request arp daddr ip @${writer.name('dark')} limit rate 20/second ${log('dark-arp', 'edge')}`,
              ]),
        ]
      : [
          ...claim(writer, 'meta mark 0 ip saddr @decoy_ground', 'ip saddr', 'ip'),
          // Flooded, because the bridge does not know yet where the decoy is: not what a stranger is contained by. What is for another
          // Ethernet address is for another device, which has this address and was silent.
          'meta mark 0 ip daddr @decoys ether daddr @decoy_macs ip daddr != @decoy_withdrawn drop',
        ]

/** A stranger held back loses what his zone permits among its members; what is out of scope contains him as it always does. */
export const decoyHold = (plan: Plan, writer: Writer, mode: Mode, inside: string): string[] =>
  plan.decoys === undefined || mode !== 'contain'
    ? []
    : [`${inside} ${link} . ip saddr @decoy_hold4 ${writer.counter(counters.contained)} drop`]

const contained = (writer: Writer, drop: string): string[] => [
  `meta mark . ip saddr @held4 ${drop}`,
  `meta mark . ip saddr @contained_known4 ${drop}`,
  `${link} . ip saddr @strangers4 ${drop}`,
  `ether saddr != @${writer.name('known_macs')} ${link} != @carriers ${link} @stranger_macs iifname . meta mark != @carriers_full ${drop}`,
]

const towards = (plan: Plan, writer: Writer): void => {
  const stopped = `${writer.counter(counters.contained)} drop`
  writer.chain('decoy_in', [
    'meta mark set 0',
    // Tagged frames are of another network.
    `ether type vmap { ip : goto ${writer.name('decoy_in_ip')}, arp : goto ${writer.name('decoy_in_arp')} }`,
    'drop',
  ])
  writer.chain('decoy_in_arp', [
    // Before anything else: who is contained may be a new device all the same, and needs its address.
    // Where no decoy stands, a probe meets nobody, and whoever stays says so next (RFC 5227, 2.3): a sweep of probes takes no pool away.
    ...claim(writer, 'arp operation request arp saddr ip 0.0.0.0 arp daddr ip @decoys', 'arp daddr ip', 'arp'),
    ...claim(writer, 'arp saddr ip @decoy_ground', 'arp saddr ip', 'arp'),
    'arp saddr ip @decoys drop',
    `${link} @stranger_macs ether saddr != @${writer.name('known_macs')} ${link} != @carriers drop`,
    'arp saddr ip 0.0.0.0 drop',
    'arp daddr ip @decoy_withdrawn drop',
    'arp operation request arp daddr ip @decoys accept',
    'arp operation reply ether daddr @decoy_macs arp daddr ip @decoys accept',
    'drop',
  ])
  writer.chain('decoy_in_ip', [
    ...claim(writer, 'ip saddr @decoy_ground', 'ip saddr', 'ip'),
    ...contained(writer, stopped),
    `udp dport { 67, 68 } limit rate 50/second log prefix "decoy-dhcp|edge" group ${logGroup} snaplen 600`,
    'udp dport { 67, 68 } drop',
    // His own address is still one of the stations. Once it is not, he is met as anybody is.
    'ip saddr @decoys drop',
    'ip daddr @decoy_withdrawn drop',
    'ip daddr != @decoys drop',
    'ether daddr != @decoy_macs drop',
    '@nh,48,16 & 0x3fff != 0 drop',
    // A known address from a place that is not its own: nobody answers it, so nobody is blamed for it.
    `meta mark . ip saddr @${writer.name('sited4')} ${link} . ip saddr != @${writer.name('bound4')} iifname . meta mark . ip saddr != @${writer.name('placed4')} drop`,
    `update @decoy_rate { ip saddr ${ofOne} } ${writer.counter(counters.decoyExcess)} drop`,
    `${ofAll} ${writer.counter(counters.decoyExcess)} drop`,
    `meta l4proto != { 1, 6, 17 } drop`,
    'meta l4proto 1 icmp type != { echo-request, destination-unreachable } drop',
    'update @decoy_peers { ip saddr timeout 2m }',
    // Somebody filled the set with addresses that are not his: who is missing there may have been here all the same.
    'ip saddr != @decoy_peers update @decoy_peers_full { iifname . meta mark timeout 2m }',
    // From where the frames of a connection came; what is said by ARP is anybody's.
    `tcp flags & (syn | ack) == ack update @decoy_links { ${link} . ip saddr timeout 2m }`,
    'meta l4proto 17 update @decoy_asked { ip saddr . udp sport . ip daddr . udp dport timeout 30s }',
    ...(hasMode(plan, 'contain')
      ? [
          `tcp flags & (fin | syn | rst | ack) == syn meta mark . ip saddr != @${writer.name('known4')} meta mark . ip daddr @${writer.name(netSet('contain', words[4]))} update @decoy_hold4 { ${link} . ip saddr timeout ${holdSeconds}s }`,
        ]
      : []),
    `${writer.counter(counters.decoyPackets)} accept`,
  ])
}

const from = (writer: Writer): void => {
  const escape = `goto ${writer.name('decoy_escape')}`
  writer.chain('decoy_escape', [
    `${writer.counter(counters.decoyEscapes)} limit rate 5/second ${log('decoy-escape', 'edge')}`,
    'drop',
  ])
  writer.chain('decoy_out', [
    'meta mark set 0',
    `ether type vmap { ip : goto ${writer.name('decoy_out_ip')}, arp : goto ${writer.name('decoy_out_arp')} }`,
    escape,
  ])
  writer.chain('decoy_out_arp', [
    `arp saddr ip @decoy_withdrawn drop`,
    `ether saddr != @decoy_macs ${escape}`,
    `arp saddr ip != @decoys ${escape}`,
    // An answer to who asked, never to everybody.
    'arp operation reply ether daddr != ff:ff:ff:ff:ff:ff accept',
    'arp operation request ether daddr != ff:ff:ff:ff:ff:ff arp daddr ip @decoy_peers accept',
    // Whoever asked for a decoy is known to it by that. Sources made up in SYNs must not become as many broadcasts.
    `arp operation request arp daddr ip @decoy_gateways ${broadcasts}`,
    `arp operation request arp daddr ip @decoy_peers ${broadcasts}`,
    'arp operation request arp daddr ip @decoy_gateways drop',
    'arp operation request arp daddr ip @decoy_peers drop',
    escape,
  ])
  writer.chain('decoy_out_ip', [
    'ip saddr @decoy_withdrawn drop',
    `ether saddr != @decoy_macs ${escape}`,
    `ip saddr != @decoys ${escape}`,
    `@nh,48,16 & 0x3fff != 0 ${escape}`,
    `tcp flags & (syn | ack) == syn ${escape}`,
    'tcp flags & rst == rst accept',
    'meta l4proto 6 meta l4proto . th sport @decoy_ports accept',
    'meta l4proto 17 ip daddr . udp dport . ip saddr . udp sport @decoy_asked accept',
    'icmp type { echo-reply, destination-unreachable } accept',
    escape,
  ])
}

export const decoyChains = (plan: Plan, writer: Writer): void => {
  if (plan.decoys === undefined) return
  towards(plan, writer)
  from(writer)
}

/** Rules in front of the bypass: a bypassed edge is a plain bridge for the plant, not for its decoys. */
export const decoyFirst = (plan: Plan, writer: Writer): string[] =>
  plan.decoys === undefined
    ? []
    : [
        `iifname "${plan.decoys.device}" goto ${writer.name('decoy_out')}`,
        `oifname "${plan.decoys.device}" goto ${writer.name('decoy_in')}`,
      ]

/** Nothing of a decoy reaches the machine itself, but for answers to its ARP (a redirect to a decoy needs them). */
export const decoyInput = (plan: Plan): string[] =>
  plan.decoys === undefined
    ? []
    : [
        `iifname "${plan.decoys.device}" meta protocol arp arp operation reply accept`,
        `iifname "${plan.decoys.device}" drop`,
      ]

/** Dark addresses: whoever sends there is out of scope, also from inside the zone. */
export const darkSets = (plan: Plan, writer: Writer): void => {
  if (plan.decoys === undefined || plan.decoys.dark.length === 0) return
  writer.set('dark', 'type ipv4_addr', 'interval', 'auto-merge; ')
  writer.elements(
    'dark',
    plan.decoys.dark.map(({ network }) => network),
  )
}

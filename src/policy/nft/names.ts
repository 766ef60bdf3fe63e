/**
 * Names of kernel objects. What a plan says lives in the two tables named here; the rules that send commands to inspectors have a
 * table of their own (edge/kernel/queues).
 */
import type { Family, Plan } from '../plan.ts'

export const table = 'bulkhead'
/** NAT, conntrack exemption and defragmentation: what the bridge family does not have. */
export const ipTable = 'bulkhead_ip'
/** NFLOG group of every record of ours. */
export const logGroup = 5
/** NFLOG group of whole packets whose commands are watched and not touched. */
export const watchGroup = 6
/** Mark of packets of a redirected connection: they pass to their new destination. */
export const redirectedMark = 0x10000
/** Mark of packets that a decoy answers in place of their destination. */
export const deceivedMark = 0x20000

/** The bridge family where the edge is a bridge: one family then sees every EtherType, and a contained source loses all of them. */
export const familyOfPlan = (plan: Pick<Plan, 'kind'>): 'bridge' | 'inet' =>
  plan.kind === 'bridge' ? 'bridge' : 'inet'

/** Words of one IP version. */
export interface IpWords {
  readonly family: Family
  readonly ip: string
  readonly address: string
  readonly src: string
  readonly dst: string
  readonly etherType: string
}
export const words = {
  4: { family: 4, ip: 'ip', address: 'ipv4_addr', src: 'ip saddr', dst: 'ip daddr', etherType: 'ip' },
  6: { family: 6, ip: 'ip6', address: 'ipv6_addr', src: 'ip6 saddr', dst: 'ip6 daddr', etherType: 'ip6' },
} as const satisfies Record<Family, IpWords>
export const bothFamilies = [words[4], words[6]] as const

/** A name is quoted where nft could read it as a keyword. */
export const quoted = (name: string): string => `"${name}"`

/** Counters that exist besides those of conduits (`c-`) and denies (`d-`). */
export const counters = {
  /** What happened to packets towards a zone. */
  zone: (zone: string, what: 'observed' | 'would-deny' | 'denied' | 'intra' | 'spoof' | 'contained' | 'cascade') =>
    `z-${zone}-${what}`,
  port: (device: string, what: 'dropped' | 'would-drop' | 'observed' | 'arp-spoof') => `p-${device}-${what}`,
  sensor: (id: string) => `s-${id}`,
  /** Packets for which a set had no room: `strangers`, `would`, or a sensor's. */
  full: (set: string) => `f-${set}`,
  icmpErrors: 'icmp-errors',
  contained: 'contained',
  wouldContained: 'would-contained',
  spoof: 'spoof',
  wouldSpoof: 'would-spoof',
  unzoned: 'unzoned',
  bypass: 'bypass',
  infrastructure: 'infrastructure',
  groups: 'non-unicast',
  temporary: 'temporary',
  /** Should have been judged, and passed because the inspector was hung, or was dead or had no room. */
  uninspectedHung: 'uninspected-hung',
  uninspectedDead: 'uninspected-dead',
  uninspectedDropped: 'uninspected-dropped',
  fixedOffset: 'fixed-offset',
  /** To decoys; of those, above the limits; what a decoy may not send; claims of its address by somebody else. */
  decoyPackets: 'decoy-packets',
  decoyExcess: 'decoy-excess',
  decoyEscapes: 'decoy-escapes',
  decoyClaims: 'decoy-claims',
} as const

/**
 * The source of a packet in 128 bits, so that the circuit breaker counts both IP versions in one set: an IPv6 address as it
 * is, an IPv4 address behind zeros.
 */
export const sourceBits = { 4: '@nh,0,128 & 0xffffffff', 6: '@nh,64,128' } as const satisfies Record<Family, string>

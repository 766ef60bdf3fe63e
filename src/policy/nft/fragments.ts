/**
 * Parts of IP packets that nobody put together. A first part is judged like a whole packet, for it has the ports and flags; a later one
 * passes where its first one passed, and cannot change what that was judged by (RFC 1858; RFC 3128). In the bridge family `th` reads
 * whatever stands at that place in a later part, so none of them may come to a rule that looks at ports or flags.
 */
import { parseIp } from '#core/address.ts'
import { firstBytes, type IpPacket, type Packet } from '../packet.ts'
import { enforcesAnything, type Plan, type VlanId } from '../plan.ts'
import { absent, baseChain } from './base-chain.ts'
import { byDestination } from './modes.ts'
import { bothFamilies, table, type IpWords } from './names.ts'
import { log, plainOutcome } from './outcome.ts'
import type { Writer } from './writer.ts'

/** Kind of the records of later parts whose first ones did not pass before them. */
export const aloneRecord = 'alone'

/** Places at which the first parts that passed are remembered, and s for which. Parts of one packet follow each other at once. */
const places = 65_536
const seconds = 5

const isPart = { 4: 'meta protocol ip @nh,48,16 & 0x3fff != 0', 6: 'meta protocol ip6 exthdr frag exists' } as const

/** The header behind the fragment header is the transport's: others could hide where that begins, or a second fragment header. */
const isLast = 'frag nexthdr != { 0, 43, 44, 60 }'

/** A whole packet with a fragment header (RFC 6946). */
const isWhole = `meta protocol ip6 frag frag-off 0 frag more-fragments 0 ${isLast}`

/** With no header before that of IPv6 fragments, for the length counts it. */
const isFirst = {
  4: `meta protocol ip @nh,51,13 0 @nh,16,16 >= ${20 + firstBytes}`,
  6: `meta protocol ip6 ip6 nexthdr 44 frag frag-off 0 frag more-fragments 1 ip6 length >= ${8 + firstBytes} ${isLast}`,
} as const

const isLater = {
  4: `meta protocol ip @nh,51,13 >= ${firstBytes / 8}`,
  6: `meta protocol ip6 frag frag-off >= ${firstBytes / 8}`,
} as const

/**
 * Both addresses are one field: of sets with more than four libnftables 1.0.6 forgets what their fields are, and `nft list ruleset` ends
 * by an assertion. The packet's number is one of its sender, receiver and protocol; from where that sender may send, `follows` asks.
 */
const link = 'oifname . meta mark'
const key = { 4: `${link} . @nh,32,16 . @nh,96,64`, 6: `${link} . frag id . @nh,64,256` } as const

const setOf = ({ family }: Pick<IpWords, 'family'>) => `passed_parts${family}`

/** A later part that follows its first, from where its sender may be (see `ip`): the key does not say where it came from. */
const follows = (writer: Writer, ip: IpWords, sensed: readonly string[]): string[] => {
  const { family, src } = ip
  // A sensor counts them as it counts whole packets.
  const to = sensed.length === 0 ? 'accept' : `goto ${writer.chain(`later${family}`, [...sensed, 'accept'])}`
  const own = (name: string) => writer.name(`${name}${family}`)
  const here = `meta mark . ${src}`
  return [
    `iifname . meta mark . ether saddr . ${src} @${own('bound')}`,
    `iifname . ${here} @${own('placed')}`,
    `${here} != @${own('sited')} ${here} != @${own('zoned')}`,
    `${here} != @${own('sited')} iifname . ${here} @${own('misplaced_ok')}`,
  ].map((place) => `${isLater[family]} ${place} ${key[family]} @${setOf(ip)} ${to}`)
}

/** Every datagram that is made in another order has to be told until one is understood, not each conversation once. */
const told = {
  4: `${isLater[4]} limit rate 4/second burst 8 packets ${log(aloneRecord, 'edge')}`,
  6: `${isLater[6]} limit rate 4/second burst 8 packets ${log(aloneRecord, 'edge')}`,
} as const

const hex = (ip: string) => (parseIp(ip)?.value ?? 0n).toString(16).padStart(ip.includes(':') ? 32 : 8, '0')

/** Text that asks the kernel whether the first part of a packet passed lately, by another part of it. */
export const askForFirst = ({ out }: Packet, { family, src, dst, part }: IpPacket, vlan: VlanId): string =>
  `get element bridge ${table} ${setOf({ family })} { "${out}" . ${vlan} . ${part?.id ?? 0} . 0x${hex(src)}${hex(dst)} }`

/** The sets, which outlive generations. */
export const firstParts = (ip: Pick<IpWords, 'family'>): string =>
  `  set ${setOf(ip)} { typeof ${key[ip.family]}; size ${places}; flags dynamic,timeout; timeout ${seconds}s; }`

/**
 * Writes the chain of one IP version that decides about parts.
 * @param sensed rules of the sensors that see every packet
 * @returns rules that lead to it, to stand before all that look at ports or flags; none where nothing is enforced
 */
export const fragmentRules = (plan: Plan, writer: Writer, ip: IpWords, sensed: readonly string[]): string[] => {
  if (!enforcesAnything(plan)) return []
  const { family } = ip
  const name = writer.chain(`fragments${family}`, [
    ...(family === 6 ? [`${isWhole} return`] : []),
    // A router puts them together, but for what it cannot.
    ...(plan.kind === 'bridge' ? [`${isFirst[family]} return`, ...follows(writer, ip, sensed), told[family]] : []),
    ...byDestination(plan, writer, ip, (mode) => plainOutcome(mode, writer, ip, 'group')),
    'accept',
  ])
  return [`${isPart[family]} jump ${name}`]
}

const notBypassed = 'meta iiftype != @bypass'

/** Behind all that may still drop a packet, audit included: what comes here passes. */
const priority = 20

/** Text of a bridge's flip: remembers the first parts that pass. */
export const rememberFirstParts = (plan: Plan): string => {
  if (!enforcesAnything(plan)) return absent('bridge', table, 'first_parts')
  const chain = `bridge ${table} first_parts`
  return [
    baseChain('bridge', table, 'first_parts', 'filter', 'forward', priority),
    `flush chain ${chain}\n`,
    // Where packets could not come to a queue, the mark still asks for it: what is behind the VLAN is nobody's any more.
    `add rule ${chain} meta protocol ip @nh,48,16 & 0x3fff 0x2000 ${notBypassed} meta mark set meta mark & 0xffff update @${setOf(bothFamilies[0])} { ${key[4]} }\n`,
    `add rule ${chain} meta protocol ip6 frag frag-off 0 frag more-fragments 1 ${notBypassed} meta mark set meta mark & 0xffff update @${setOf(bothFamilies[1])} { ${key[6]} }\n`,
  ].join('')
}

/**
 * Parts of IP packets that nobody put together. A first part is judged like a whole packet, for it has the ports and flags; a later one
 * passes where its first one passed, and cannot change what that was judged by (RFC 1858; RFC 3128). In the bridge family `th` reads
 * whatever stands at that place in a later part, so none of them may come to a rule that looks at ports or flags.
 */
import { firstBytes } from '../packet.ts'
import { enforcesAnything, type Plan } from '../plan.ts'
import { absent, baseChain } from './base-chain.ts'
import { byDestination } from './modes.ts'
import { bothFamilies, table, type IpWords } from './names.ts'
import { plainOutcome } from './outcome.ts'
import type { Writer } from './writer.ts'

/** Places at which the first parts that passed are remembered, and s for which. Parts of one packet follow each other at once. */
const places = 65_536
const seconds = 5

const isPart = { 4: 'meta protocol ip @nh,48,16 & 0x3fff != 0', 6: 'meta protocol ip6 exthdr frag exists' } as const

/** A whole packet with a fragment header (RFC 6946), behind which no second one hides. */
const isWhole = 'meta protocol ip6 frag frag-off 0 frag more-fragments 0 frag nexthdr != 44'

/** With the header behind the fragment header being the transport's: an extension header could hide where that begins. */
const isFirst = {
  4: `meta protocol ip @nh,51,13 0 @nh,16,16 >= ${20 + firstBytes}`,
  6: `meta protocol ip6 frag frag-off 0 frag more-fragments 1 ip6 length >= ${8 + firstBytes} frag nexthdr != { 0, 43, 44, 60 }`,
} as const

const isLater = {
  4: `meta protocol ip @nh,51,13 >= ${firstBytes / 8}`,
  6: `meta protocol ip6 frag frag-off >= ${firstBytes / 8}`,
} as const

/** nft types hold five fields at most: both addresses are one. The packet's number is one of its sender, receiver and protocol. */
const link = 'oifname . meta mark . ether saddr'
const key = { 4: `${link} . @nh,32,16 . @nh,96,64`, 6: `${link} . frag id . @nh,64,256` } as const

const setOf = ({ family }: Pick<IpWords, 'family'>) => `first_parts${family}`

/** The sets, which outlive generations. */
export const firstParts = (ip: Pick<IpWords, 'family'>): string =>
  `  set ${setOf(ip)} { typeof ${key[ip.family]}; size ${places}; flags dynamic,timeout; timeout ${seconds}s; }`

/**
 * Writes the chain of one IP version that decides about parts.
 * @returns rules that lead to it, to stand before all that look at ports or flags; none where nothing is enforced
 */
export const fragmentRules = (plan: Plan, writer: Writer, ip: IpWords): string[] => {
  if (!enforcesAnything(plan)) return []
  const { family } = ip
  const name = writer.chain(`fragments${family}`, [
    ...(family === 6 ? [`${isWhole} return`] : []),
    // A router puts them together, but for what it cannot.
    ...(plan.kind === 'bridge'
      ? [`${isFirst[family]} return`, `${isLater[family]} ${key[family]} @${setOf(ip)} accept`]
      : []),
    ...byDestination(plan, writer, ip, (mode) => plainOutcome(mode, writer, ip, 'group')),
    'accept',
  ])
  return [`${isPart[family]} jump ${name}`]
}

/** Behind all that may still drop a packet, audit included: what comes here passes. */
const priority = 20

/** Text of a bridge's flip: remembers the first parts that pass. */
export const rememberFirstParts = (plan: Plan): string => {
  if (!enforcesAnything(plan)) return absent('bridge', table, 'first_parts')
  const chain = `bridge ${table} first_parts`
  return [
    baseChain('bridge', table, 'first_parts', 'filter', 'forward', priority),
    `flush chain ${chain}\n`,
    `add rule ${chain} meta iiftype @bypass accept\n`,
    // Where packets could not come to a queue, the mark still asks for it: what is behind the VLAN is nobody's any more.
    `add rule ${chain} meta protocol ip @nh,48,16 & 0x3fff 0x2000 meta mark set meta mark & 0xffff update @${setOf(bothFamilies[0])} { ${key[4]} }\n`,
    `add rule ${chain} meta protocol ip6 frag frag-off 0 frag more-fragments 1 meta mark set meta mark & 0xffff update @${setOf(bothFamilies[1])} { ${key[6]} }\n`,
  ].join('')
}

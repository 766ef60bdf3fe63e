/** What happens to a packet that nothing permits: recorded, counted, denied, its source contained. */
import type { Mode } from '#schema/site.ts'
import { linkLocal } from '../packet.ts'
import type { Agreed, Family, OutOfScope, Plan, PlanZone } from '../plan.ts'
import { isEnforcing } from './modes.ts'
import { counters, logGroup, sourceBits, type IpWords } from './names.ts'
import type { Writer } from './writer.ts'

/** TCP flags of every segment but a first one, which is SYN without ACK. */
export const isAnswer = 'tcp flags & (syn | ack) != syn'
export const isPureSyn = 'tcp flags & (fin | syn | rst | ack) == syn'

/**
 * Packets that name their own way (RFC 7126, 4.3; RFC 5095): whoever is permitted as their destination would send them on.
 * `meta protocol` is said because nft would else look at the outer EtherType, and pass what has a VLAN tag.
 */
export const sourceRouted = {
  4: ['lsrr', 'ssrr'].map((option) => `meta protocol ip ip option ${option} exists`),
  6: ['meta protocol ip6 rt seg-left > 0'],
} as const
/** Not for one receiver, at layer 2 or 3: never contains its sender. */
export const notUnicast = ({ family }: IpWords): string[] => [
  `meta pkttype { broadcast, multicast }`,
  family === 4 ? 'ip daddr { 224.0.0.0/4, 255.255.255.255 }' : 'ip6 daddr ff00::/8',
]

/** Kinds of the records of containments whose packet does not tell that it contained. */
const containMark = { known: 'contained-known', stranger: 'contained-stranger' } as const

export const log = (kind: string, subject: string): string => `log prefix "${kind}|${subject}" group ${logGroup}`

/** ICMP types that report an error about another packet (RFC 792; RFC 4443, 3). */
export const icmpErrors = {
  4: 'meta l4proto 1 icmp type { 3, 4, 5, 11, 12 }',
  6: 'meta l4proto 58 icmpv6 type { 1, 2, 3, 4 }',
} as const

/** What a conversation outside the permit maps is counted as; each has sets of its own, so that one never hides another. */
export const notedKinds = ['denials', 'spoofs', 'groups'] as const
export type Noted = (typeof notedKinds)[number]

const portSetOf = (noted: Noted, family: Family) => `${noted}${family}`
const plainSetOf = (noted: Noted, family: Family) => `${noted}_plain${family}`

/** The sets that count, by what they count. */
export const noteSets: readonly { readonly set: string; readonly noted: Noted; readonly family: Family }[] =
  notedKinds.flatMap((noted) =>
    ([4, 6] as const).flatMap((family) =>
      [portSetOf(noted, family), plainSetOf(noted, family)].map((set) => ({ set, noted, family })),
    ),
  )

/** Writes a record for the first packet of a conversation, and counts every packet of it exactly. Rate-limited as a whole. */
export const note = (ip: IpWords, noted: Noted, kind: string, subject: string): string[] => {
  const limit = 'limit rate 200/second burst 400 packets'
  const hosts = `meta mark . ${ip.src} . ${ip.dst} . meta l4proto`
  const counting = (match: string, set: string, key: string) => [
    `${match} ${key} != @${set} ${limit} ${log(kind, subject)}`,
    `${match} update @${set} { ${key} counter }`,
  ]
  return [
    ...counting('meta l4proto { 6, 17 }', portSetOf(noted, ip.family), `${hosts} . th dport`),
    ...counting('meta l4proto != { 6, 17 }', plainSetOf(noted, ip.family), hosts),
  ]
}

/** The record of a containment: of whom, by the responses of which zone, for how long and how far. */
export const containedLog = (who: keyof typeof containMark, zone: string, { seconds, scope }: OutOfScope): string =>
  log(containMark[who], `${zone}|${seconds}|${scope}`)

/** Chain that drops every TCP packet but a pure SYN. Not `flags != syn drop`: that lets fragments by, which have no flags. */
const synOnly = (writer: Writer): string =>
  writer.has('syn_only') ? writer.name('syn_only') : writer.chain('syn_only', [`${isPureSyn} return`, 'drop'])

/** Chain that drops what has no protocol because its IP header is wrong: who sent that is as uncertain as the rest of it. */
const protocolOnly = (writer: Writer): string =>
  writer.has('protocol_only')
    ? writer.name('protocol_only')
    : writer.chain('protocol_only', ['meta l4proto != 255 return', 'meta l4proto 255 return', 'drop'])

/** The link-local address of a known MAC is as good as known: routers advertise themselves from it, so it is never contained. */
export const ownLink = (writer: Writer): string => `ip6 saddr ${linkLocal[6]} ether saddr @${writer.name('known_macs')}`

/** Contains all frames of a MAC, unless it carries production. */
export const wholeLink = (writer: Writer, seconds: number): string => {
  const link = 'iifname . meta mark . ether saddr'
  return `ether saddr != @${writer.name('known_macs')} ${link} != @carriers iifname . meta mark != @carriers_full update @stranger_macs { ${link} timeout ${seconds}s }`
}

/** Rules that put an eligible source into the containment sets; what cannot contain has left by `drop` before. */
const contain = (writer: Writer, ip: IpWords, subject: string, { stranger, known }: Agreed): string[] => {
  const { family, src } = ip
  const link = 'iifname . meta mark . ether saddr'
  const ineligible = [
    `jump ${protocolOnly(writer)}`,
    `meta l4proto 6 jump ${synOnly(writer)}`,
    `${icmpErrors[family]} drop`,
    `meta l4proto 17 udp sport @${writer.name('service_ports')} drop`,
    ...(family === 4 ? [`ip daddr @${writer.name('broadcast_ips')} drop`] : []),
  ]
  const ofKnown =
    known.action === 'contain'
      ? [
          `meta mark . ${src} @${writer.name(`known${family}`)} meta mark . ${src} != @${writer.name(`safety${family}`)} update @breaker { meta mark . ${sourceBits[family]} timeout ${known.seconds}s } update @contained_known${family} { meta mark . ${src} timeout ${known.seconds}s } ${containedLog('known', subject, known)}`,
        ]
      : []
  const ofStranger =
    stranger.action === 'contain'
      ? [
          ...(family === 6 ? [`${ownLink(writer)} drop`] : []),
          `update @strangers${family} { ${link} . ${src} timeout ${stranger.seconds}s }`,
          `${link} . ${src} != @strangers${family} ${writer.counter(counters.full('strangers'))}`,
          wholeLink(writer, stranger.seconds),
        ]
      : []
  return [...ineligible, ...ofKnown, `meta mark . ${src} @${writer.name(`known${family}`)} drop`, ...ofStranger]
}

/** The rules for one mode. `subject` names the zone (or `port` for addresses in no zone) in records and counters. */
const rules = (mode: Mode, writer: Writer, ip: IpWords, subject: string, agreed: Agreed): string[] => {
  const count = (what: 'observed' | 'would-deny' | 'denied') => writer.counter(counters.zone(subject, what))
  const { family, src } = ip
  const stranger = `meta mark . ${src} != @${writer.name(`known${family}`)}`
  const would = `iifname . meta mark . ether saddr . ${src}`
  if (mode === 'observe') return [...note(ip, 'denials', 'observed', subject), `${count('observed')} accept`]
  if (mode === 'shadow')
    return [
      ...note(ip, 'denials', 'would-deny', subject),
      `${stranger} update @would${family} { ${would} timeout 1h }`,
      `${stranger} ${would} != @would${family} ${writer.counter(counters.full('would'))}`,
      `${count('would-deny')} accept`,
    ]
  return [
    count('denied'),
    ...note(ip, 'denials', 'denied', subject),
    ...(mode === 'contain' ? contain(writer, ip, subject, agreed) : []),
    'drop',
  ]
}

const byDefault: Agreed = {
  stranger: { action: 'contain', seconds: 3600, scope: 'edge' },
  known: { action: 'deny', seconds: 3600, scope: 'edge' },
}

/**
 * Chain of a destination zone in a mode, and of addresses in no zone when `zone` is absent.
 * @param variant tells chains of one zone apart between which the agreed responses differ
 */
export const outcome = (mode: Mode, writer: Writer, ip: IpWords, zone?: PlanZone, variant = ''): string => {
  const local = zone === undefined ? `out_${mode}${ip.family}` : `out_z${zone.index}_${mode}${ip.family}${variant}`
  if (!writer.has(local)) {
    writer.chain(local, rules(mode, writer, ip, zone?.name ?? 'unzoned', zone ?? byDefault))
  }
  return writer.name(local)
}

/** Chain for what is dropped (or counted) for another reason than being out of scope, and never contains. */
export const plainOutcome = (mode: Mode, writer: Writer, ip: IpWords, kind: 'spoof' | 'group'): string => {
  const local = `${kind}_${mode}${ip.family}`
  if (!writer.has(local)) {
    const enforced = isEnforcing(mode)
    const counter = kind === 'group' ? counters.groups : enforced ? counters.spoof : counters.wouldSpoof
    const record = kind === 'group' ? 'group' : 'spoof'
    writer.chain(local, [
      writer.counter(counter),
      ...note(ip, `${kind}s`, enforced ? record : mode === 'shadow' ? `would-${record}` : `observed-${record}`, 'edge'),
      enforced ? 'drop' : 'accept',
    ])
  }
  return writer.name(local)
}

export const hasMode = (plan: Plan, mode: Mode): boolean => plan.zones.some((zone) => zone.mode === mode)

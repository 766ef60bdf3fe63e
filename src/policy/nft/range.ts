/** A range rule's matches as nft text. */
import type { Plan, Ports, Range } from '../plan.ts'
import type { IpWords } from './names.ts'
import { back, there } from './tuple.ts'
import type { Writer } from './writer.ts'

export const portsText = (ports: Ports): string => {
  const texts = ports.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
  return texts.length === 1 ? (texts[0] ?? '') : `{ ${texts.join(', ')} }`
}

/** Networks of one or two hosts stay in the rule; longer lists become a small set of their own, shared by both directions. */
const inline = 2
const memberOf = (writer: Writer, ip: IpWords, field: string, networks: readonly string[] | undefined): string => {
  if (networks === undefined) return ''
  if (networks.length <= inline)
    return `${field} ${networks.length === 1 ? (networks[0] ?? '') : `{ ${networks.join(', ')} }`} `
  const local = writer.shared(`${ip.family} ${networks.join(' ')}`, (name) => {
    writer.set(name, `type ${ip.address}`, 'interval', 'auto-merge; ')
    writer.elements(name, networks)
  })
  return `${field} @${writer.name(local)} `
}

/**
 * Matches of a range, as it was written (`there`) or mirrored (`back`: the answer, whose source port is the service's).
 * @returns nft text without a verdict
 */
export const rangeRule = (writer: Writer, ip: IpWords, range: Range, direction: 'there' | 'back'): string => {
  const [src, dst] = direction === 'there' ? [ip.src, ip.dst] : [ip.dst, ip.src]
  const proto = range.proto === undefined ? '' : `meta l4proto ${range.proto} `
  const field = direction === 'there' ? 'dport' : 'sport'
  const ports = range.ports === undefined ? '' : `th ${field} ${portsText(range.ports)} `
  const on = range.vlans === undefined ? '' : `meta mark { ${range.vlans.join(', ')} } `
  const text =
    `${on}${memberOf(writer, ip, src, range.src)}${memberOf(writer, ip, dst, range.dst)}${proto}${ports}`.trim()
  return text === '' ? `meta protocol ${ip.etherType}` : text
}

export const essentialRanges = (plan: Plan, { family }: IpWords) =>
  plan.ranges.filter((range) => range.family === family && plan.conduits[range.conduit]?.essential === true)

/** Matches of senders that are ends of essential conduits: contained, they keep the ARP or ND that these conduits need. */
export const essentialEnds = (plan: Plan, writer: Writer, ip: IpWords): string[] => [
  `meta mark . ${ip.src} @${writer.name(`essential_ends${ip.family}`)}`,
  ...essentialRanges(plan, ip).flatMap(({ family, src, dst }) =>
    [src, dst].map((end) => rangeRule(writer, ip, { family, ...(end === undefined ? {} : { src: end }) }, 'there')),
  ),
]

/** What is essential, with the ND that it needs, leaves a chain here. */
export const essentialReturns = (plan: Plan, writer: Writer, ip: IpWords): string[] => {
  const { family } = ip
  const portless = (a: string, b: string) =>
    `meta mark . ${a} . ${b} . meta l4proto @${writer.name(`essential_portless_${family}`)} return`
  return [
    `${there(ip)} @${writer.name(`essential_${family}`)} return`,
    `${back(ip)} @${writer.name(`essential_${family}`)} return`,
    portless(ip.src, ip.dst),
    portless(ip.dst, ip.src),
    ...(family === 6
      ? essentialEnds(plan, writer, ip).map((match) => `meta l4proto 58 icmpv6 type { 135, 136 } ${match} return`)
      : []),
    ...essentialRanges(plan, ip).flatMap((range) => [
      `${rangeRule(writer, ip, range, 'there')} return`,
      `${rangeRule(writer, ip, range, 'back')} return`,
    ]),
  ]
}

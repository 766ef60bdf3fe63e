/** What a contained source still may do, and where a forged one ends. */
import type { Mode } from '#schema/site.ts'
import type { Plan } from '../plan.ts'
import { byDestination, byEgress, netSet, portSet, presentModes } from './modes.ts'
import { counters, type IpWords } from './names.ts'
import { hasMode, notUnicast, plainOutcome } from './outcome.ts'
import { rangeRule } from './range.ts'
import { there, back } from './tuple.ts'
import type { Writer } from './writer.ts'
const essentialRanges = (plan: Plan, { family }: IpWords) =>
  plan.ranges.filter((range) => range.family === family && plan.conduits[range.conduit]?.essential === true)

/** Matches of senders that are ends of essential conduits: contained, they keep the ARP or ND that these conduits need. */
export const essentialEnds = (plan: Plan, writer: Writer, ip: IpWords): string[] => [
  `meta mark . ${ip.src} @${writer.name(`essential_ends${ip.family}`)}`,
  ...essentialRanges(plan, ip).flatMap(({ family, src, dst }) =>
    [src, dst].map((end) => rangeRule(writer, ip, { family, ...(end === undefined ? {} : { src: end }) }, 'there')),
  ),
]

/** Contained sources: essential conduits return, zones in mode contain drop, others go on. */
export const containedChain = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family } = ip
  const portless = (a: string, b: string) =>
    `meta mark . ${a} . ${b} . meta l4proto @${writer.name(`essential_portless_${family}`)} return`
  const dropping = hasMode(plan, 'contain')
  writer.chain(`contained${family}`, [
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
    ...(dropping
      ? [
          ...notUnicast(ip).flatMap((match) => [
            `${match} oifname . meta mark @${writer.name(portSet('contain'))} goto ${writer.name('contained_drop')}`,
            `${match} goto ${writer.name('contained_would')}`,
          ]),
          `meta mark . ${ip.dst} @${writer.name(netSet('contain', ip))} goto ${writer.name('contained_drop')}`,
          `meta mark . ${ip.dst} @${writer.name(`zoned${family}`)} goto ${writer.name('contained_would')}`,
          ...byDestination(plan, writer, ip, (mode) =>
            writer.name(mode === 'contain' ? 'contained_drop' : 'contained_would'),
          ).slice(presentModes(plan).length),
        ]
      : [writer.counter(counters.wouldContained)]),
  ])
}

export const spoofChain = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const target = (mode: Mode) => plainOutcome(mode, writer, ip, 'spoof')
  const egress = byEgress(plan, writer, target)
  writer.chain(`spoof_group${ip.family}`, [...egress, 'accept'])
  writer.chain(`spoof${ip.family}`, [
    ...notUnicast(ip).map((match) => `${match} goto ${writer.name(`spoof_group${ip.family}`)}`),
    ...byDestination(plan, writer, ip, target),
    'accept',
  ])
}

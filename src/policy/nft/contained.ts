/** What a contained source still may do, where a forged one ends, and what does not cross the border of an isolated zone. */
import type { Mode } from '#schema/site.ts'
import { endsOf, type Plan, type PlanIsland } from '../plan.ts'
import {
  among,
  byDestination,
  byEgress,
  cutPorts,
  cutUnzoned,
  devices,
  netSet,
  portSet,
  presentModes,
} from './modes.ts'
import { hasMode, icmpErrors, notUnicast, outcome, plainOutcome } from './outcome.ts'
import { essentialRanges, essentialReturns, rangeRule } from './range.ts'
import { counters, type IpWords } from './names.ts'
import { back, there } from './tuple.ts'
import type { Writer } from './writer.ts'

/** Contained sources: essential conduits return, zones in mode contain drop, others go on. */
export const containedChain = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family } = ip
  const dropping = hasMode(plan, 'contain')
  writer.chain(`contained${family}`, [
    ...essentialReturns(plan, writer, ip),
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
    ...(hasBorders(plan, ip) ? [`jump ${forgedBorder(plan, writer, ip, target('enforce'))}`] : []),
    ...byDestination(plan, writer, ip, target),
    'accept',
  ])
}

const islandsOf = ({ islands = [] }: Plan, { family }: IpWords) => islands.filter((island) => island.family === family)

export const hasBorders = (plan: Plan, ip: IpWords): boolean =>
  plan.islandPorts.length > 0 || islandsOf(plan, ip).length > 0

const wordsOf = (plan: Plan, { zone, networks, vlans }: PlanIsland) => ({
  on: vlans === undefined ? '' : `meta mark ${among(vlans.map(String))} `,
  inside: among(networks),
  ports: plan.zones[zone]?.devices ?? [],
})

/** What is permitted when nothing is cut off, as matches of what asks for it and of what answers. */
const cutMatches = ({ cut }: Plan, writer: Writer, ip: IpWords): string[] => {
  const { family, address, src, dst } = ip
  if (cut === undefined) return []
  const [set, portless] = [`cut_${family}`, `cut_portless_${family}`]
  const key = `mark . ${address} . ${address} . inet_proto`
  if (!writer.has(set)) {
    const own = cut.exact.filter((element) => element.family === family)
    const text = (element: (typeof own)[number]) =>
      `${element.vlan} . ${element.src} . ${element.dst} . ${element.proto}${element.port === undefined ? '' : ` . ${element.port}`}`
    writer.set(set, `type ${key} . inet_service`)
    writer.elements(set, [...new Set(own.filter(({ port }) => port !== undefined).map(text))])
    writer.set(portless, `type ${key}`)
    writer.elements(portless, [...new Set(own.filter(({ port }) => port === undefined).map(text))])
  }
  return [
    ...[there(ip), back(ip)].map((tuple) => `${tuple} @${writer.name(set)}`),
    ...[
      [src, dst],
      [dst, src],
    ].map(([a, b]) => `meta mark . ${a} . ${b} . meta l4proto @${writer.name(portless)}`),
    ...cut.ranges
      .filter((range) => range.family === family)
      .flatMap((range) => [rangeRule(writer, ip, range, 'there'), rangeRule(writer, ip, range, 'back')]),
  ]
}

/** Chain for what leads over the border of an island: what goes on once it rejoins is refused, without a word against who tries it. */
const cutChain = (plan: Plan, writer: Writer, ip: IpWords, { zone }: PlanIsland): string => {
  const { family } = ip
  const local = `cut${zone + 1}_${family}`
  if (writer.has(local)) return writer.name(local)
  const refused = outcome('enforce', writer, ip, plan.zones[zone])
  const closed = `goto ${writer.name(`closed${family}`)}`
  return writer.chain(local, [
    ...notUnicast(ip).map((match) => `${match} ${closed}`),
    ...cutMatches(plan, writer, ip).map((match) => `${match} goto ${refused}`),
    closed,
  ])
}

/** Chain that denies what leads over a border, before any conduit but the essential ones is asked. */
export const borderChain = (plan: Plan, writer: Writer, ip: IpWords): string => {
  const { family, src, dst } = ip
  const closed = `goto ${writer.name(`closed${family}`)}`
  const islands = islandsOf(plan, ip).map((island) => ({
    ...wordsOf(plan, island),
    refused: `goto ${cutChain(plan, writer, ip, island)}`,
  }))
  const ends = (field: string) => `meta mark . ${field} @${writer.name(`essential_ends${family}`)}`
  const errors = [
    `${src} @${writer.name(`routers${family}`)}`,
    `${ends(src)} ${ends(dst)}`,
    ...essentialRanges(plan, ip)
      .map(endsOf)
      .flatMap((range) => [rangeRule(writer, ip, range, 'there'), rangeRule(writer, ip, range, 'back')]),
  ]
  return writer.chain(`border${family}`, [
    ...essentialReturns(plan, writer, ip),
    ...errors.map((match) => `${icmpErrors[family]} ${match} return`),
    ...cutUnzoned(plan, writer, ip).map((match) => `${match} ${closed}`),
    ...islands.flatMap(({ on, inside, ports, refused }) => [
      `${on}${dst} ${inside} ${src} != ${inside} ${refused}`,
      `${on}${src} ${inside} ${dst} != ${inside} ${ports.length === 0 ? '' : `oifname != ${devices(ports)} `}${refused}`,
    ]),
    ...notUnicast(ip).map((match) => `${match} return`),
    ...islands.map(({ on, inside, refused }) => `${on}${src} ${inside} ${dst} != ${inside} ${refused}`),
  ])
}

/** The same for what is not where its source address belongs, which therefore says nothing: the port does. */
export const forgedBorder = (plan: Plan, writer: Writer, ip: IpWords, denied: string): string => {
  const { family, src, dst } = ip
  const islands = islandsOf(plan, ip).map((island) => wordsOf(plan, island))
  return writer.chain(`border_forged${family}`, [
    ...essentialReturns(plan, writer, ip),
    ...islands.flatMap(({ on, inside, ports }) =>
      ports.length === 0 ? [] : [`${on}${src} ${inside} ${dst} ${inside} iifname ${devices(ports)} return`],
    ),
    ...islands.flatMap(({ on, inside }) => [src, dst].map((field) => `${on}${field} ${inside} goto ${denied}`)),
    ...cutPorts(plan).map(({ match }) => `${match} goto ${denied}`),
  ])
}

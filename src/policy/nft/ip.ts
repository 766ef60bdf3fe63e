/** Chains of one IP version: from identity to permit, and where the rest goes. */
import type { Plan, RangePermit } from '../plan.ts'
import { borderChain, containedChain, hasBorders, spoofChain } from './contained.ts'
import { decoyClaims } from './decoys.ts'
import { errorsChain } from './errors.ts'
import { fragmentRules } from './fragments.ts'
import { guardOf, guardsAt, guardText, risksAsked, suffixOf, type Guard } from './guards.ts'
import { identity } from './identity.ts'
import { infrastructure } from './infrastructure.ts'
import { inspectedMaps, inspectedRange, inspectedRules, strictestFirst } from './inspection.ts'
import { counters, type IpWords } from './names.ts'
import { hasMode, icmpErrors, isAnswer, notUnicast, sourceRouted } from './outcome.ts'
import { rangeRule } from './range.ts'
import { windowed } from './responses.ts'
import { sensorRules } from './sensors.ts'
import { there, back, inspected } from './tuple.ts'
import type { Writer } from './writer.ts'
import { zoneChains } from './zones.ts'
/** ICMP messages that start a conversation: like a SYN, they do not pass as an answer. */
const icmpFirst = { 4: 'meta l4proto 1 icmp type { 8, 13, 15, 17 }', 6: 'meta l4proto 58 icmpv6 type { 128 }' } as const

/** The cheap test that goes first: almost no packet has options or extension headers, or is a part of one. */
const isOdd = {
  4: '@nh,0,64 & 0x0f00000000003fff != 0x0500000000000000',
  6: 'meta protocol ip6 ip6 nexthdr != { 6, 17, 58 }',
} as const

/** Element texts of exact permits, by the map they belong to. */
const exactMaps = (plan: Plan, ip: IpWords) => {
  const maps = new Map<string, string[]>()
  const put = (map: string, element: string) => {
    const list = maps.get(map)
    if (list === undefined) maps.set(map, [element])
    else list.push(element)
  }
  for (const element of plan.exact) {
    const { conduit, family, vlan, src, dst, proto, port } = element
    const owner = plan.conduits[conduit]
    if (family !== ip.family || owner === undefined) continue
    const suffix = suffixOf(guardOf(owner, element))
    const counter = `: "${owner.counter}"`
    if (inspected(owner, element) && port !== undefined) {
      // It has a map of its own: see inspectedMaps.
    } else if (port === undefined) put(`portless${suffix}_${family}`, `${vlan} . ${src} . ${dst} . ${proto} ${counter}`)
    else put(`permit${suffix}_${family}`, `${vlan} . ${src} . ${dst} . ${proto} . ${port} ${counter}`)
    if (owner.essential) {
      const tuple = `${vlan} . ${src} . ${dst} . ${proto}`
      if (port === undefined) put(`essential_portless_${family}`, tuple)
      else put(`essential_${family}`, `${tuple} . ${port}`)
    }
  }
  return maps
}

/** All chains and sets of one IP version. Entry: `ip4`, `ip6`. */
export const ipChains = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family, address, src } = ip
  const maps = exactMaps(plan, ip)
  const key = `mark . ${address} . ${address} . inet_proto`
  const windows = plan.windows.map((_, window): Guard => ({ window }))
  const risks = risksAsked(plan)
  const rated = risks.flatMap((risk) => guardsAt(plan, risk))
  const mapNames = ['', ...windows.map(suffixOf), ...rated.map(suffixOf)]
  writer.set(`essential_${family}`, `type ${key} . inet_service`)
  writer.elements(`essential_${family}`, maps.get(`essential_${family}`) ?? [])
  writer.set(`essential_portless_${family}`, `type ${key}`)
  writer.elements(`essential_portless_${family}`, maps.get(`essential_portless_${family}`) ?? [])
  for (const suffix of mapNames) {
    writer.map(`permit${suffix}_${family}`, `${key} . inet_service : counter`)
    writer.map(`portless${suffix}_${family}`, `${key} : counter`)
    writer.elements(`permit${suffix}_${family}`, maps.get(`permit${suffix}_${family}`) ?? [])
    writer.elements(`portless${suffix}_${family}`, maps.get(`portless${suffix}_${family}`) ?? [])
  }
  const judgedMaps = inspectedMaps(plan, ip)
  for (const [local, elements] of judgedMaps) {
    writer.map(local, `${key} . inet_service : counter`)
    writer.elements(local, elements)
  }
  const judgedRules = (direction: 'there' | 'back', guard: Guard = {}) =>
    inspectedRules(plan, writer, ip, judgedMaps, direction, guard)
  identity(plan, writer, ip)
  containedChain(plan, writer, ip)
  spoofChain(plan, writer, ip)
  windowed(plan, writer, ip)
  zoneChains(plan, writer, ip)

  const permit = (map: string, direction: string) => `counter name ${direction} map @${map} accept`
  const portless = (direction: 'there' | 'back') =>
    direction === 'there'
      ? `meta mark . ${src} . ${ip.dst} . meta l4proto`
      : `meta mark . ${ip.dst} . ${src} . meta l4proto`
  const conduitRanges = plan.ranges.filter((range) => range.family === family)
  const open = (range: RangePermit, direction: 'there' | 'back') => {
    const conduit = plan.conduits[range.conduit]
    return conduit === undefined ? '' : guardText(writer, ip, guardOf(conduit, range), direction)
  }
  const rangePermit = (range: RangePermit, direction: 'there' | 'back'): string[] => {
    const conduit = plan.conduits[range.conduit]
    const rules = inspected(conduit, range)
      ? inspectedRange(plan, writer, ip, range, direction)
      : [`${rangeRule(writer, ip, range, direction)} ${writer.counter(conduit?.counter ?? '')} accept`]
    return rules.map((rule) => `${open(range, direction)}${rule}`)
  }
  // Conduits add up: what one permits as a whole is not judged for another.
  const isJudged = (range: RangePermit) => inspected(plan.conduits[range.conduit], range)
  const riskOf = (range: RangePermit) => plan.conduits[range.conduit]?.riskBelow
  const wholeRanges = (direction: 'there' | 'back') =>
    conduitRanges.filter((range) => !isJudged(range)).flatMap((range) => rangePermit(range, direction))
  const judgedRanges = strictestFirst(plan, conduitRanges.filter(isJudged))
  const judgedAt = (direction: 'there' | 'back', risk: number | undefined) =>
    judgedRanges.filter((range) => riskOf(range) === risk).flatMap((range) => rangePermit(range, direction))
  /**
   * Judged, and more of it permitted while a risk is low: before everything else that is judged and from the lowest risk up, so that
   * the mark says the lowest that the source is below.
   */
  const graded = (direction: 'there' | 'back') =>
    risks.flatMap((risk) => [
      ...guardsAt(plan, risk).flatMap((guard) => judgedRules(direction, guard)),
      ...judgedAt(direction, risk),
    ])
  const others = (direction: 'there' | 'back') => {
    const tuple = direction === 'there' ? there(ip) : back(ip)
    const mac = direction === 'there' ? 'ether saddr' : 'ether daddr'
    // nft types hold five fields at most: a permit bound to a MAC holds on every VLAN.
    const withMac = tuple.replace('meta mark', mac)
    return [
      permit(`temporary${family}`, tuple),
      permit(`temporary_mac${family}`, withMac),
      permit(writer.name(`portless_${family}`), portless(direction)),
      ...[...windows, ...rated].flatMap((guard) =>
        [
          permit(writer.name(`permit${suffixOf(guard)}_${family}`), tuple),
          permit(writer.name(`portless${suffixOf(guard)}_${family}`), portless(direction)),
        ].map((rule) => `${guardText(writer, ip, guard, direction)}${rule}`),
      ),
      ...wholeRanges(direction),
      ...graded(direction),
      ...judgedRules(direction),
      ...windows.flatMap((guard) => judgedRules(direction, guard)),
      ...judgedAt(direction, undefined),
    ]
  }
  const main = `permit_${family}`
  const { closed, passing } = sensorRules(plan, writer, ip)
  if (passing.length > 0) writer.chain(`sensors${family}`, passing)
  const sensed = passing.length > 0 ? [`jump ${writer.name(`sensors${family}`)}`] : []
  const goOn = `goto ${writer.name(`rest${family}`)}`
  const known = [
    ...sensed,
    permit(writer.name(main), there(ip)),
    `meta l4proto 6 goto ${writer.name(`known_answer${family}`)}`,
    permit(writer.name(main), back(ip)),
    goOn,
  ]
  // A segment whose flags cannot be read (a fragment, a header cut short) is no answer either.
  writer.chain(`known_answer${family}`, [`${isAnswer} ${permit(writer.name(main), back(ip))}`, goOn])
  const jump = `jump ${writer.name(`contained${family}`)}`
  const notHeld = `meta mark . ${src} != @held${family}`
  const notAlone = `iifname . meta mark . ether saddr . ${src} != @strangers${family}`

  // The kernel takes no chain more than fifteen steps from its base chain: whoever adds one here takes another away.
  writer.chain(`odd${family}`, [
    ...fragmentRules(plan, writer, ip, sensed),
    ...sourceRouted[family].map((match) => `${match} goto ${writer.name(`spoof${family}`)}`),
  ])
  writer.chain(`ip${family}`, [
    `${isOdd[family]} jump ${writer.name(`odd${family}`)}`,
    `iifname . meta mark . ether saddr . ${src} @${writer.name(`bound${family}`)} goto ${writer.name(`known_source${family}`)}`,
    `iifname . meta mark . ${src} @${writer.name(`placed${family}`)} iifname . meta mark . ether saddr != @carriers jump ${writer.name(`carried${family}`)}`,
    `iifname . meta mark . ${src} @${writer.name(`placed${family}`)} goto ${writer.name(`known_source${family}`)}`,
    ...(family === 4 ? decoyClaims(plan, writer, 'ip') : []),
    `meta mark . ${src} @${writer.name(`sited${family}`)} goto ${writer.name(`spoof${family}`)}`,
    `meta mark . ${src} @${writer.name(`zoned${family}`)} iifname . meta mark . ${src} != @${writer.name(`misplaced_ok${family}`)} goto ${writer.name(`spoof${family}`)}`,
    `meta mark . ${src} @held${family} ${jump}`,
    `iifname . meta mark . ether saddr . ${src} @strangers${family} ${notHeld} ${jump}`,
    `ether saddr != @${writer.name('known_macs')} iifname . meta mark . ether saddr != @carriers iifname . meta mark . ether saddr @stranger_macs iifname . meta mark != @carriers_full ${notAlone} ${notHeld} ${jump}`,
    ...sensed,
    goOn,
  ])
  writer.chain(`carried${family}`, [
    `update @carriers { iifname . meta mark . ether saddr timeout 1d } return`,
    // Somebody filled the set: which MACs carry production behind this port is no longer known, so none is contained as a whole.
    `update @carriers_full { iifname . meta mark timeout 1d }`,
  ])
  writer.chain(`known_source${family}`, [
    `meta mark . ${src} @held${family} ${jump}`,
    `meta mark . ${src} @contained_known${family} ${notHeld} ${jump}`,
    ...known,
  ])
  writer.chain(`rest${family}`, [
    ...infrastructure(writer, ip),
    ...(hasMode(plan, 'shadow')
      ? [
          `iifname . meta mark . ether saddr . ${src} @would${family} ${writer.counter(counters.zone('all', 'cascade'))}`,
        ]
      : []),
    ...(hasBorders(plan, ip) ? [`jump ${borderChain(plan, writer, ip)}`] : []),
    `meta l4proto 6 ${isAnswer} goto ${writer.name(`answer${family}`)}`,
    `meta l4proto 6 goto ${writer.name(`new${family}`)}`,
    `${icmpFirst[family]} goto ${writer.name(`new${family}`)}`,
    `goto ${writer.name(`answer${family}`)}`,
  ])
  writer.chain(`answer${family}`, [
    permit(writer.name(main), back(ip)),
    ...others('back'),
    `goto ${writer.name(`new${family}`)}`,
  ])
  const hasEssential = plan.conduits.some((conduit) => conduit.essential && inspected(conduit))
  const judgedEssential = hasEssential ? [...graded('there'), ...judgedRules('there')] : []
  const denies = plan.denies.filter((deny) => deny.family === family)
  writer.chain(`new${family}`, [
    permit(writer.name(main), there(ip)),
    // A temporary permit covers the whole service, also where commands are judged.
    ...(judgedEssential.length === 0
      ? []
      : [
          permit(`temporary${family}`, there(ip)),
          permit(`temporary_mac${family}`, there(ip).replace('meta mark', 'ether saddr')),
        ]),
    ...judgedEssential.map((rule) => `${there(ip)} @${writer.name(`essential_${family}`)} ${rule}`),
    ...conduitRanges
      .filter((range) => plan.conduits[range.conduit]?.essential === true)
      .toSorted((x, y) => Number(isJudged(x)) - Number(isJudged(y)))
      .flatMap((range) => [
        ...(isJudged(range) ? graded('there').map((rule) => `${rangeRule(writer, ip, range, 'there')} ${rule}`) : []),
        ...rangePermit(range, 'there'),
      ]),
    ...denies.map(
      (deny) =>
        `${rangeRule(writer, ip, deny, 'there')} ${writer.counter(deny.counter)} goto ${writer.name(`closed${family}`)}`,
    ),
    ...others('there'),
    `${icmpErrors[family]} jump ${writer.name(`errors${family}`)}`,
    `goto ${writer.name(`closed${family}`)}`,
  ])
  writer.chain(`closed${family}`, [
    ...notUnicast(ip).map((match) => `${match} goto ${writer.name(`group${family}`)}`),
    ...closed,
    `meta mark . ${ip.dst} vmap @${writer.name(`zones${family}`)}`,
    `goto ${writer.name(`unzoned${family}`)}`,
  ])
  errorsChain(plan, writer, ip, conduitRanges)
}

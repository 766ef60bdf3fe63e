/** What was agreed before the incident, as rules: what a sensor's hit does, and who uses a conduit while it is closed. */
import type { Agreed, Exact, Plan, PlanSensor, PlanZone, SensorEffect } from '../plan.ts'
import { familyNetworks } from './modes.ts'
import { counters, sourceBits, type IpWords } from './names.ts'
import { containedLog, icmpErrors, note, outcome, ownLink, wholeLink } from './outcome.ts'
import { rangeRule } from './range.ts'
import type { Writer } from './writer.ts'

const there = ({ src, dst }: IpWords) => `meta mark . ${src} . ${dst} . meta l4proto . th dport`
const back = ({ src, dst }: IpWords) => `meta mark . ${dst} . ${src} . meta l4proto . th sport`

/** Essential conversations, in both directions, and pairs whose own mode does not contain: there a sensor only tells. */
const untouched = (plan: Plan, writer: Writer, ip: IpWords): string[] => {
  const { family } = ip
  const essential = plan.ranges.filter(
    (range) => range.family === family && plan.conduits[range.conduit]?.essential === true,
  )
  const milder = plan.pairModes.filter((pair) => pair.family === family && pair.mode !== 'contain')
  return [
    `${there(ip)} @${writer.name(`essential_${family}`)} return`,
    `${back(ip)} @${writer.name(`essential_${family}`)} return`,
    ...[...essential, ...milder].flatMap((range) => [
      `${rangeRule(writer, ip, range, 'there')} return`,
      `${rangeRule(writer, ip, range, 'back')} return`,
    ]),
  ]
}

/**
 * Contains the source of a packet that could contain one out of scope too, and drops it with the containment. A full set, or a full
 * circuit breaker, contains nobody.
 */
const containing = (
  zone: PlanZone,
  { stranger, known }: Agreed,
  writer: Writer,
  ip: IpWords,
  local: string,
): string[] => {
  const { family, src } = ip
  const link = 'iifname . meta mark . ether saddr'
  const isKnown = `meta mark . ${src} @${writer.name(`known${family}`)}`
  const drop = `goto ${writer.name(`contained${family}`)}`
  writer.chain(local, [
    ...(known.action === 'contain'
      ? [
          `${isKnown} meta mark . ${src} != @${writer.name(`safety${family}`)} update @breaker { meta mark . ${sourceBits[family]} timeout ${known.seconds}s } update @contained_known${family} { meta mark . ${src} timeout ${known.seconds}s } ${containedLog('known', zone.name, known)} ${drop}`,
        ]
      : []),
    `${isKnown} return`,
    ...(family === 6 ? [`${ownLink(writer)} return`] : []),
    ...(stranger.action === 'contain'
      ? [
          wholeLink(writer, stranger.seconds),
          `update @strangers${family} { ${link} . ${src} timeout ${stranger.seconds}s } ${containedLog('stranger', zone.name, stranger)} ${drop}`,
          writer.counter(counters.full('strangers')),
        ]
      : []),
  ])
  const to = `goto ${writer.name(local)}`
  return [
    ...(family === 4 ? [`ip daddr @${writer.name('broadcast_ips')} return`] : []),
    `${icmpErrors[family]} return`,
    `meta l4proto 6 tcp flags & (fin | syn | rst | ack) == syn ${to}`,
    `meta l4proto 17 udp sport != @${writer.name('service_ports')} ${to}`,
    `meta l4proto != { 6, 17 } ${to}`,
  ]
}

const effectChain = (
  plan: Plan,
  zone: PlanZone,
  effect: SensorEffect,
  writer: Writer,
  ip: IpWords,
  local: string,
): string => {
  const isKnown = `meta mark . ${ip.src}`
  const set = `@${writer.name(`known${ip.family}`)}`
  const limited = effect.limits && (effect.known.action === 'deny' || effect.stranger.action === 'deny')
  if (limited)
    writer.chain(`${local}_drop`, [
      writer.counter(counters.zone(zone.name, 'denied')),
      ...note(ip, 'denials', 'denied', zone.name),
      'drop',
    ])
  const drop = `goto ${writer.name(`${local}_drop`)}`
  writer.chain(local, [
    ...untouched(plan, writer, ip),
    ...(effect.limits && effect.known.action === 'deny' ? [`${isKnown} ${set} ${drop}`] : []),
    ...(effect.limits && effect.stranger.action === 'deny' ? [`${isKnown} != ${set} ${drop}`] : []),
    ...(zone.mode === 'contain' ? containing(zone, effect, writer, ip, `${local}_contain`) : []),
  ])
  return writer.name(local)
}

/** Name of the map from destinations to what a sensor's hit does there; undefined when it only tells. */
export const effectMap = (plan: Plan, sensor: PlanSensor, writer: Writer, ip: IpWords): string | undefined => {
  const elements = sensor.effects.flatMap((effect) => {
    const zone = plan.zones[effect.zone]
    const networks = familyNetworks(zone?.networks ?? [], ip)
    if (zone === undefined || networks.length === 0) return []
    const chain = effectChain(plan, zone, effect, writer, ip, `s${sensor.index}_z${zone.index}_${ip.family}`)
    return zone.vlans.flatMap((vlan) => networks.map((network) => `${vlan} . ${network} : goto ${chain}`))
  })
  if (elements.length === 0) return undefined
  const local = `s${sensor.index}_zones${ip.family}`
  writer.map(local, `mark . ${ip.address} : verdict`, 'interval')
  writer.elements(local, elements)
  return writer.name(local)
}

/** The window of a conduit that may be closed for another reason: a risk that is too high. */
const ratedWindow = ({ conduits }: Plan, conduit: number): number | undefined =>
  conduits[conduit]?.riskBelow === undefined ? undefined : conduits[conduit].window

/** Conduits that are closed by a window alone, and those of which it must be asked first whether it is the window. */
const closedKinds = (plan: Plan): readonly { readonly suffix: string; readonly window?: number }[] => [
  { suffix: '' },
  ...[...new Set(plan.conduits.flatMap((_, index) => ratedWindow(plan, index) ?? []))].map((window) => ({
    suffix: `_w${window}`,
    window,
  })),
]

/** Conversations of conduits with a window, asked about only after everything that permits: the window is closed. */
export const windowed = (plan: Plan, writer: Writer, ip: IpWords): void => {
  if (!plan.zones.some(({ offHours }) => offHours !== undefined)) return
  const { family } = ip
  const key = `mark . ${ip.address} . ${ip.address} . inet_proto`
  const mine = plan.exact.filter(
    (element: Exact) => element.family === family && plan.conduits[element.conduit]?.window !== undefined,
  )
  for (const { suffix, window } of closedKinds(plan)) {
    const meant = mine.filter(({ conduit }) => ratedWindow(plan, conduit) === window)
    writer.set(`windowed${suffix}_${family}`, `type ${key} . inet_service`)
    writer.set(`windowed${suffix}_portless_${family}`, `type ${key}`)
    const unique = (ported: boolean) => [
      ...new Set(
        meant
          .filter(({ port }) => (port !== undefined) === ported)
          .map(
            ({ vlan, src, dst, proto, port }) =>
              `${vlan} . ${src} . ${dst} . ${proto}${port === undefined ? '' : ` . ${port}`}`,
          ),
      ),
    ]
    writer.elements(`windowed${suffix}_${family}`, unique(true))
    writer.elements(`windowed${suffix}_portless_${family}`, unique(false))
  }
}

/** Rules of a zone's chain for who uses a conduit while its window is closed. */
export const offHoursRules = (plan: Plan, zone: PlanZone, writer: Writer, ip: IpWords): string[] => {
  const { offHours } = zone
  if (offHours === undefined) return []
  const { family } = ip
  const local = `z${zone.index}_closed${family}`
  const pairs = plan.pairModes.filter((pair) => pair.family === family)
  const watching = plan.sensors.filter(
    ({ counts, zone: of }) => counts === 'off-hours' && (of === undefined || of === zone.name),
  )
  const closed = { ...zone, ...offHours }
  writer.chain(local, [
    ...watching.map(({ id }) => writer.counter(counters.sensor(id))),
    ...pairs.flatMap((pair) => {
      const to = outcome(pair.mode, writer, ip, closed, '_closed')
      return [`${rangeRule(writer, ip, pair, 'there')} goto ${to}`, `${rangeRule(writer, ip, pair, 'back')} goto ${to}`]
    }),
    `goto ${outcome(zone.mode, writer, ip, closed, '_closed')}`,
  ])
  const to = `goto ${writer.name(local)}`
  const ranges = plan.ranges.filter(
    (range) => range.family === family && plan.conduits[range.conduit]?.window !== undefined,
  )
  const closedAt = (window: number | undefined) =>
    window === undefined ? '' : `meta iiftype != @${writer.name(`w${window}`)} `
  return [
    ...closedKinds(plan).flatMap(({ suffix, window }) => [
      `${closedAt(window)}${there(ip)} @${writer.name(`windowed${suffix}_${family}`)} ${to}`,
      `${closedAt(window)}meta mark . ${ip.src} . ${ip.dst} . meta l4proto @${writer.name(`windowed${suffix}_portless_${family}`)} ${to}`,
    ]),
    ...ranges.map(
      (range) => `${closedAt(ratedWindow(plan, range.conduit))}${rangeRule(writer, ip, range, 'there')} ${to}`,
    ),
  ]
}

/** Sensors: counted by the kernel outside the permit maps. What was agreed on for them is in nft/responses. */
import type { Plan, PlanSensor } from '../plan.ts'
import { infrastructureIp } from './infrastructure.ts'
import { familyNetworks } from './modes.ts'
import { counters, type IpWords } from './names.ts'
import { log, notUnicast } from './outcome.ts'
import { effectMap } from './responses.ts'
import type { Writer } from './writer.ts'

/** Above none, the first one fires. */
const limit = (sensor: PlanSensor) =>
  sensor.over === 0 ? '' : ` limit rate over ${rate(sensor)} burst ${sensor.over} packets`
const units = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const
/** `over` events in `seconds`, as the nearest rate that nft can say. */
const rate = ({ over, seconds }: PlanSensor) => {
  for (const [unit, length] of Object.entries(units)) {
    const count = (over / seconds) * length
    if (count >= 10) return `${Math.round(count)}/${unit}`
  }
  return `${Math.max(1, Math.round((over / seconds) * 604_800))}/week`
}

/** Destinations that a sensor watches; undefined: none of this IP version. */
const inZone = (plan: Plan, sensor: PlanSensor, ip: IpWords): string | undefined => {
  if (sensor.zone === undefined) return ''
  const networks = familyNetworks(plan.zones.find(({ name }) => name === sensor.zone)?.networks ?? [], ip)
  return networks.length === 0 ? undefined : `${ip.dst} { ${networks.join(', ')} } `
}

/** Counts, tells, and does what was agreed for the destination's zone. */
const hit = (plan: Plan, sensor: PlanSensor, writer: Writer, ip: IpWords): string => {
  const local = `s${sensor.index}_hit${ip.family}`
  const effects = effectMap(plan, sensor, writer, ip)
  // Scans are of what nothing permits: infrastructure has passed before.
  const spared = sensor.counts === 'packets' ? infrastructureIp[ip.family] : []
  writer.chain(local, [
    writer.counter(counters.sensor(sensor.id)),
    `limit rate 20/second burst 40 packets ${log('sensor', sensor.id)}`,
    ...(effects === undefined
      ? []
      : [
          ...notUnicast(ip).map((match) => `${match} return`),
          ...spared.map(({ match }) => `${match} return`),
          `meta mark . ${ip.dst} vmap @${effects}`,
        ]),
  ])
  return writer.name(local)
}

/** Counts what a sensor could not count for want of room: what is not in a set after it was put there. */
const unless = (key: string, set: string, sensor: PlanSensor, writer: Writer) =>
  `${key} != @${set} ${writer.counter(counters.full(`s-${sensor.id}`))}`

/**
 * What everybody hears says nothing about peers, nor does what passes in every mode. Pairs of known assets are remembered apart, and have
 * a limit of their own: of addresses that somebody makes up there is no end.
 */
const firstSeen = (sensor: PlanSensor, zone: string, writer: Writer, ip: IpWords): string => {
  const { family, src, dst } = ip
  const pair = `meta mark . ${src} . ${dst}`
  const known = `@${writer.name(`known${family}`)}`
  const tell = `${writer.counter(counters.sensor(sensor.id))} ${log('first-seen', sensor.id)}`
  const remembering = (set: string): string[] => [
    // What is not told now is not remembered either: the next packet of the pair is as good.
    'limit rate over 50/second burst 100 packets return',
    `update @${set} { ${pair} } ${tell} return`,
    unless(pair, set, sensor, writer),
    // Without room it cannot be known what is new: some is told, whether or not it was before.
    `limit rate 10/minute burst 10 packets ${tell}`,
  ]
  const local = `s${sensor.index}_peers${family}`
  writer.chain(`s${sensor.index}_assets${family}`, remembering(`seen_known${family}`))
  writer.chain(local, [
    ...notUnicast(ip).map((match) => `${match} return`),
    ...(family === 4 ? [`ip daddr @${writer.name('broadcast_ips')} return`] : []),
    ...infrastructureIp[family].map(({ match }) => `${match} return`),
    `meta mark . ${src} ${known} meta mark . ${dst} ${known} goto ${writer.name(`s${sensor.index}_assets${family}`)}`,
    ...remembering(`seen${family}`),
  ])
  // A pair is known by whoever spoke first.
  const unseen = (set: string) => `${pair} != @${set} meta mark . ${dst} . ${src} != @${set}`
  return `${zone}${unseen(`seen_known${family}`)} ${unseen(`seen${family}`)} jump ${writer.name(local)}`
}

/** What a zone lets its members do is permitted, and goes by the sensors of what is not; dark addresses are nobody's. */
const inside = (plan: Plan, writer: Writer, ip: IpWords): string[] =>
  plan.zones.flatMap(({ index, intra, networks, vlans }) => {
    const own = familyNetworks(networks, ip)
    if (!intra || own.length === 0) return []
    const isDark = ip.family === 4 && plan.decoys?.dark.some(({ zone }) => zone === index) === true
    const among = `{ ${own.join(', ')} }`
    return [
      `meta mark { ${vlans.join(', ')} } ${ip.src} ${among} ${ip.dst} ${among} ${isDark ? `${ip.dst} != @${writer.name('dark')} ` : ''}goto ${writer.name(`z${index}_${ip.family}`)}`,
    ]
  })

/**
 * Rules of all sensors. The same address on two VLANs is two sources.
 * `passing` sees every packet of a source that is who it says and is not contained (rate, first-seen peer); `closed` what nothing
 * permits (scans).
 */
export const sensorRules = (plan: Plan, writer: Writer, ip: IpWords): { passing: string[]; closed: string[] } => {
  const { family, address, src, dst } = ip
  const passing: string[] = []
  const closed: string[] = []
  for (const sensor of plan.sensors) {
    const zone = inZone(plan, sensor, ip)
    if (zone === undefined) continue
    const own = `s${sensor.index}_${family}`
    const seconds = `timeout ${sensor.seconds}s`
    const source = `meta mark . ${src}`
    const meter = `update @${writer.name(own)} { ${source} ${seconds}${limit(sensor)} }`
    const declareMeter = () => writer.set(own, `type mark . ${address}`, 'dynamic,timeout', 'size 65536; ')
    if (sensor.counts === 'distinct-destinations' || sensor.counts === 'distinct-ports') {
      const ports = sensor.counts === 'distinct-ports'
      const pair = `meta mark . ${src} . ${dst}${ports ? ' . th dport' : ''}`
      declareMeter()
      writer.set(
        `${own}_seen`,
        `type mark . ${address} . ${address}${ports ? ' . inet_service' : ''}`,
        'dynamic,timeout',
        'size 65536; ',
      )
      const seen = writer.name(`${own}_seen`)
      writer.chain(`${own}_new`, [
        // One rule: a pair that cannot be remembered would count as a new one with each of its packets.
        `update @${seen} { ${pair} ${seconds} } ${meter} jump ${hit(plan, sensor, writer, ip)}`,
        `${unless(pair, seen, sensor, writer)} return`,
        unless(source, writer.name(own), sensor, writer),
      ])
      const eligible = ports ? 'meta l4proto { 6, 17 } ' : ''
      closed.push(`${zone}${eligible}${pair} != @${seen} jump ${writer.name(`${own}_new`)}`)
    }
    if (sensor.counts === 'packets') {
      declareMeter()
      passing.push(
        `${zone}${meter} jump ${hit(plan, sensor, writer, ip)}`,
        `${zone}${unless(source, writer.name(own), sensor, writer)}`,
      )
    }
    if (sensor.counts === 'first-seen-peer') passing.push(firstSeen(sensor, zone, writer, ip))
  }
  return { passing, closed: closed.length === 0 ? [] : [...inside(plan, writer, ip), ...closed] }
}

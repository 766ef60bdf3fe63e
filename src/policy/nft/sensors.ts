/** Sensors: counted by the kernel, outside the permit maps where the count allows it. */
import type { Plan, PlanSensor } from '../plan.ts'
import { familyNetworks, isEnforcing } from './modes.ts'
import { counters, sourceBits, type IpWords } from './names.ts'
import { hasMode, log } from './outcome.ts'
import type { Writer } from './writer.ts'

const burst = (sensor: PlanSensor) => `limit rate over ${rate(sensor)} burst ${Math.max(1, sensor.over)} packets`
/** `over` events in `seconds`, as the nearest rate that nft can say. */
const rate = ({ over, seconds }: PlanSensor) => {
  const perSecond = over / seconds
  if (perSecond >= 10) return `${Math.round(perSecond)}/second`
  if (perSecond * 60 >= 10) return `${Math.round(perSecond * 60)}/minute`
  return `${Math.max(1, Math.round(perSecond * 3600))}/hour`
}

const inZone = (plan: Plan, sensor: PlanSensor, ip: IpWords): string | undefined => {
  if (sensor.zone === undefined) return ''
  const networks = familyNetworks(plan.zones.find(({ name }) => name === sensor.zone)?.networks ?? [], ip)
  return networks.length === 0 ? undefined : `${ip.dst} { ${networks.join(', ')} } `
}

/** A containment by a sensor acts, like every other, only towards zones in mode contain. */
const hit = (plan: Plan, sensor: PlanSensor, writer: Writer, ip: IpWords): string => {
  const { family, src } = ip
  const local = `s${sensor.index}_hit${family}`
  const link = 'iifname . meta mark . ether saddr'
  const contains = sensor.response === 'contain' && hasMode(plan, 'contain')
  const known = `meta mark . ${src} @${writer.name(`known${family}`)}`
  const time = '1h'
  writer.chain(local, [
    writer.counter(counters.sensor(sensor.id)),
    `limit rate 20/second burst 40 packets ${log('sensor', sensor.id)}`,
    ...(contains
      ? [
          `${known} update @breaker { meta mark . ${sourceBits[family]} timeout ${time} } update @contained_known${family} { meta mark . ${src} timeout ${time} } return`,
          `${known} return`,
          `update @strangers${family} { ${link} . ${src} timeout ${time} }`,
        ]
      : []),
  ])
  return writer.name(local)
}

/**
 * Rules of all sensors.
 * `always` sees every packet (rate, first-seen peer); `first` sees what nothing permits (scans).
 */
export const sensorRules = (plan: Plan, writer: Writer, ip: IpWords): { always: string[]; first: string[] } => {
  const { family, address, src, dst } = ip
  const always: string[] = []
  const first: string[] = []
  for (const sensor of plan.sensors) {
    const zone = inZone(plan, sensor, ip)
    if (zone === undefined) continue
    const own = `s${sensor.index}_${family}`
    const seconds = `timeout ${sensor.seconds}s`
    const meter = `update @${writer.name(own)} { ${src} ${seconds} ${burst(sensor)} }`
    const declareMeter = () => writer.set(own, `type ${address}`, 'dynamic,timeout', 'size 65536; ')
    if (sensor.counts === 'distinct-destinations' || sensor.counts === 'distinct-ports') {
      const ports = sensor.counts === 'distinct-ports'
      const pair = `${src} . ${dst}${ports ? ' . th dport' : ''}`
      declareMeter()
      writer.set(
        `${own}_seen`,
        `type ${address} . ${address}${ports ? ' . inet_service' : ''}`,
        'dynamic,timeout',
        'size 65536; ',
      )
      writer.chain(`${own}_new`, [
        `update @${writer.name(`${own}_seen`)} { ${pair} ${seconds} }`,
        `${meter} jump ${hit(plan, sensor, writer, ip)}`,
      ])
      const eligible = ports ? 'meta l4proto { 6, 17 } ' : ''
      first.push(`${zone}${eligible}${pair} != @${writer.name(`${own}_seen`)} jump ${writer.name(`${own}_new`)}`)
    }
    if (sensor.counts === 'packets') {
      declareMeter()
      always.push(`${zone}${meter} jump ${hit(plan, sensor, writer, ip)}`)
    }
    if (sensor.counts === 'first-seen-peer')
      always.push(
        `${zone}${src} . ${dst} != @seen${family} update @seen${family} { ${src} . ${dst} } ${writer.counter(counters.sensor(sensor.id))} limit rate 50/second burst 100 packets ${log('first-seen', sensor.id)}`,
      )
  }
  return { always, first }
}

/** Sensors that need the kernel's enforcement to act say so in `policy check`. */
export const actsInKernel = (plan: Plan, sensor: PlanSensor): boolean =>
  sensor.response === 'contain' && plan.zones.some(({ mode }) => isEnforcing(mode))

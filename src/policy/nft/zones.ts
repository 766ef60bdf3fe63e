/** Where the rest goes: by the destination's zone, by the port for what is not unicast. */
import type { Mode } from '#schema/site.ts'
import type { Plan } from '../plan.ts'
import { decoyHold } from './decoys.ts'
import { cutUnzoned, byDestination, byEgress, familyNetworks } from './modes.ts'
import { counters, type IpWords } from './names.ts'
import { outcome, plainOutcome } from './outcome.ts'
import { rangeRule } from './range.ts'
import { offHoursRules } from './responses.ts'
import type { Writer } from './writer.ts'
/** Per zone: traffic inside it, overrides of its mode by conduits, then its mode. */
export const zoneChains = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family } = ip
  const pairs = plan.pairModes.filter((pair) => pair.family === family)
  writer.map(`zones${family}`, `mark . ${ip.address} : verdict`, 'interval')
  for (const zone of plan.zones) {
    const networks = familyNetworks(zone.networks, ip)
    if (networks.length === 0) continue
    const inside = `${ip.src} { ${networks.join(', ')} }`
    const isDark = family === 4 && plan.decoys?.dark.some((dark) => dark.zone === zone.index) === true
    writer.chain(`z${zone.index}_${family}`, [
      ...cutUnzoned(plan, writer, ip, ['iifname']).map(
        (match) => `${match} goto ${outcome('enforce', writer, ip, zone)}`,
      ),
      ...(isDark ? [`${ip.dst} @${writer.name('dark')} goto ${outcome(zone.mode, writer, ip, zone)}`] : []),
      ...(zone.intra && family === 4 ? decoyHold(plan, writer, zone.mode, inside) : []),
      ...(zone.intra ? [`${inside} ${writer.counter(counters.zone(zone.name, 'intra'))} accept`] : []),
      ...offHoursRules(plan, zone, writer, ip),
      ...pairs.flatMap((pair) => {
        const to = outcome(pair.mode, writer, ip, zone)
        return [
          `${rangeRule(writer, ip, pair, 'there')} goto ${to}`,
          `${rangeRule(writer, ip, pair, 'back')} goto ${to}`,
        ]
      }),
      `goto ${outcome(zone.mode, writer, ip, zone)}`,
    ])
    writer.elements(
      `zones${family}`,
      zone.vlans.flatMap((vlan) =>
        networks.map((network) => `${vlan} . ${network} : goto ${writer.name(`z${zone.index}_${family}`)}`),
      ),
    )
  }
  const mark = (mode: Mode) => outcome(mode, writer, ip)
  writer.chain(`unzoned${family}`, [
    writer.counter(counters.unzoned),
    ...cutUnzoned(plan, writer, ip).map((match) => `${match} goto ${mark('enforce')}`),
    ...pairs.flatMap((pair) => {
      const to = outcome(pair.mode, writer, ip)
      return [`${rangeRule(writer, ip, pair, 'there')} goto ${to}`, `${rangeRule(writer, ip, pair, 'back')} goto ${to}`]
    }),
    ...byDestination(plan, writer, ip, mark),
    'accept',
  ])
  writer.chain(`group${family}`, [
    `meta l4proto 17 iifname . oifname . meta mark . udp dport @${writer.name('broadcast_services')} ${writer.counter(counters.groups)} accept`,
    ...byEgress(plan, writer, (mode) => plainOutcome(mode, writer, ip, 'group')),
    'accept',
  ])
}

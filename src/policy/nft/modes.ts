/** Rules that find the mode that applies to a packet, and go where that mode says. */
import { modes, type Mode } from '#schema/site-words.ts'
import { insideIslands } from '../tables.ts'
import { linkLocal } from '../packet.ts'
import type { Plan } from '../plan.ts'
import type { IpWords } from './names.ts'
import type { Writer } from './writer.ts'

export const isEnforcing = (mode: Mode): boolean => mode === 'enforce' || mode === 'contain'

/** Networks of zones in observe and shadow, on whatever VLAN. */
export const mildNetworks = (plan: Plan, ip: IpWords): string[] =>
  plan.zones.flatMap((zone) => (isEnforcing(zone.mode) ? [] : familyNetworks(zone.networks, ip)))

/** Modes that occur in the plan, from mildest: chains exist for these only, so observe and shadow text has no drop in it. */
export const presentModes = (plan: Plan): readonly Mode[] =>
  modes.filter(
    (mode) => plan.zones.some((zone) => zone.mode === mode) || plan.pairModes.some((pair) => pair.mode === mode),
  )

export const familyNetworks = (networks: readonly string[], { family }: IpWords): string[] =>
  networks.filter((network) => network.includes(':') === (family === 6))

export const netSet = (mode: Mode, { family }: IpWords) => `net_${mode}${family}`
export const portSet = (mode: Mode) => `port_${mode}`

/** Sets of networks per mode and ports per mode, and of all zoned networks. */
export const declareModes = (plan: Plan, writer: Writer, families: readonly IpWords[]): void => {
  for (const mode of modes) {
    const ports = plan.portModes.filter((port) => port.mode === mode)
    writer.set(portSet(mode), 'type ifname . mark')
    writer.elements(
      portSet(mode),
      ports.map(({ device, vlan }) => `"${device}" . ${vlan}`),
    )
    for (const ip of families) {
      writer.set(netSet(mode, ip), `type mark . ${ip.address}`, 'interval')
      const zones = plan.zones.filter((zone) => zone.mode === mode)
      writer.elements(
        netSet(mode, ip),
        zones.flatMap((zone) =>
          familyNetworks(zone.networks, ip).flatMap((network) => zone.vlans.map((vlan) => `${vlan} . ${network}`)),
        ),
      )
    }
  }
  for (const ip of families) {
    writer.set(`zoned${ip.family}`, `type mark . ${ip.address}`, 'interval')
    writer.elements(
      `zoned${ip.family}`,
      plan.zones.flatMap((zone) =>
        familyNetworks(zone.networks, ip).flatMap((network) => zone.vlans.map((vlan) => `${vlan} . ${network}`)),
      ),
    )
  }
}

/** Mode of what is not unicast: that of the port it leaves through (the mildest of the zones behind it). */
export const byEgress = (plan: Plan, writer: Writer, target: (mode: Mode) => string): string[] => [
  // What is cut off is denied in both directions, whatever the mode behind the other port.
  ...cutPorts(plan).map(({ match }) => `${match} goto ${target('enforce')}`),
  ...presentModes(plan).map((mode) => `oifname . meta mark @${writer.name(portSet(mode))} goto ${target(mode)}`),
]

/**
 * Mode of a unicast packet: that of the destination's zone; for a destination in no zone the milder of both ends, where an
 * end in no zone takes the mode of its port. A link-local destination takes the mode of the port it is behind.
 */
export const byDestination = (plan: Plan, writer: Writer, ip: IpWords, target: (mode: Mode) => string): string[] => {
  const present = presentModes(plan)
  return [
    ...present.map((mode) => `meta mark . ${ip.dst} @${writer.name(netSet(mode, ip))} goto ${target(mode)}`),
    // A link-local address is on this wire, behind the port that the packet leaves by.
    ...present.map(
      (mode) =>
        `${ip.dst} ${linkLocal[ip.family]} oifname . meta mark @${writer.name(portSet(mode))} goto ${target(mode)}`,
    ),
    ...present.flatMap((mode) => [
      `oifname . meta mark @${writer.name(portSet(mode))} goto ${target(mode)}`,
      `meta mark . ${ip.src} @${writer.name(netSet(mode, ip))} goto ${target(mode)}`,
      `meta mark . ${ip.src} != @${writer.name(`zoned${ip.family}`)} iifname . meta mark @${writer.name(portSet(mode))} goto ${target(mode)}`,
    ]),
  ]
}

type Side = 'iifname' | 'oifname'
export const among = (all: readonly string[]) => `{ ${all.join(', ')} }`
export const devices = (all: readonly string[]) => among(all.map((device) => `"${device}"`))

/** Matches of what comes from, or goes to, a port behind which everything is cut off. */
export const cutPorts = (
  plan: Plan,
  sides: readonly Side[] = ['iifname', 'oifname'],
): { side: Side; match: string }[] => {
  if (plan.islandPorts.length === 0) return []
  const inside = insideIslands(plan).filter(({ from, to }) => from !== to || plan.kind === 'routed')
  const beyond =
    inside.length === 0 ? '' : ` iifname . oifname != ${among(inside.map(({ from, to }) => `"${from}" . "${to}"`))}`
  return sides.map((side) => ({ side, match: `${side} ${devices(plan.islandPorts)}${beyond}` }))
}

/** Of these, what has an address in no zone at that port. */
export const cutUnzoned = (plan: Plan, writer: Writer, ip: IpWords, sides?: readonly Side[]): string[] =>
  cutPorts(plan, sides).map(
    ({ side, match }) =>
      `meta mark . ${side === 'iifname' ? ip.src : ip.dst} != @${writer.name(`zoned${ip.family}`)} ${match}`,
  )

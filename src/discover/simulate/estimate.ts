/** How often a policy would be in the way of known assets, and how far a recording allows to say so. */
import { zoneAt } from '#policy/tables.ts'
import type { Plan } from '#policy/plan.ts'
import type { Conversations } from './conversations.ts'
import type { Commands } from './commands.ts'
import type { Reason } from './tally.ts'
import type { ZoneEstimate } from './result.ts'

export const hour = 3600
export const day = 24 * hour

/** What a length of time is in words: `43 s`, `12 min`, `3.5 h`, `2.0 days`. */
export const lengthText = (seconds: number): string => {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 2 * hour) return `${Math.round(seconds / 60)} min`
  return seconds < 2 * day ? `${(seconds / hour).toFixed(1)} h` : `${(seconds / day).toFixed(1)} days`
}

/** What a recording of some seconds allows to say about a day. */
export const recordedText = (seconds: number): string => {
  const length = lengthText(seconds)
  if (seconds < hour) return `${length} recorded, too short to say anything about a day`
  return seconds < day ? `${length} recorded; figures per day are extrapolated from it` : `${length} recorded`
}

interface Counted {
  packets: number
  conversations: number
  commands: number
}

/** The zone that a denied packet was for; for a frame to a group, the zones behind the port it would leave by. */
const zoneOf = (plan: Plan, { decision: { verdict, packet, vlan } }: Reason): string => {
  if (verdict.zone !== undefined) return verdict.zone
  const zone = packet.ip === undefined ? undefined : zoneAt(plan, vlan, packet.ip.dst)
  if (zone !== undefined) return zone.name
  return plan.ports.find(({ device }) => device === packet.out)?.zones.join(', ') ?? 'unzoned'
}

/** @param seconds that were recorded */
export const estimates = (
  plan: Plan,
  conversations: Conversations,
  commands: Commands,
  seconds: number,
): readonly ZoneEstimate[] => {
  const zones = new Map<string, Counted>(
    plan.zones.map(({ name }) => [name, { packets: 0, conversations: 0, commands: 0 }]),
  )
  const countedIn = (zone: string): Counted => {
    const known = zones.get(zone) ?? { packets: 0, conversations: 0, commands: 0 }
    zones.set(zone, known)
    return known
  }
  for (const { tallies } of conversations.all) {
    const hit = new Set<string>()
    for (const reason of tallies[0]?.reasons.values() ?? []) {
      const { verdict, stranger } = reason.decision
      if (verdict.outcome !== 'deny' || stranger) continue
      const zone = zoneOf(plan, reason)
      countedIn(zone).packets += reason.packets
      if (!hit.has(zone)) countedIn(zone).conversations++
      hit.add(zone)
    }
  }
  const known = new Set(plan.known.map(({ vlan, ip }) => `${vlan} ${ip}`))
  for (const { tallies, vlan, client, server, from } of commands.all) {
    const [sender, receiver] = from === 'client' ? [client, server] : [server, client]
    const denied = tallies[0]?.denied ?? 0
    if (denied > 0 && known.has(`${vlan} ${sender}`))
      countedIn(zoneAt(plan, vlan, receiver)?.name ?? 'unzoned').commands += denied
  }
  const perDay = (count: number) => Math.round((count * day) / seconds)
  return [...zones].map(([zone, counted]) => ({
    zone,
    ...counted,
    ...(seconds < hour ? {} : { perDay: { packets: perDay(counted.packets), commands: perDay(counted.commands) } }),
  }))
}

/** Containments that the kernel made by itself, written down. */
import type { Packet } from '#policy/packet.ts'
import type { EventDraft, EventEnd } from '#schema/event.ts'
import { durably, endOf, portNamed, record, type Edge, steadyNow } from '../context.ts'
import { listContained, type KernelContainment } from '../kernel/containment.ts'

const familyOf = (ip: string) => (ip.includes(':') ? 6 : 4)

const agreed = (edge: Edge, zone: string) =>
  edge.plan.zones.find(({ name }) => name === zone)?.stranger ?? { seconds: 3600, scope: 'edge' as const }

/** Stores the containment of a stranger; undefined when it was known already. */
export const strangerContained = (
  edge: Edge,
  packet: Packet,
  zone: string,
  source: EventEnd,
): EventDraft | undefined => {
  const ip = packet.ip
  if (ip === undefined) return undefined
  const { seconds, scope } = agreed(edge, zone)
  const now = steadyNow(edge.store)
  const { added } = edge.store.containments.add({
    kind: 'stranger',
    family: ip.family,
    vlan: packet.tag?.vid ?? 0,
    mac: packet.srcMac,
    ip: ip.src,
    port: portNamed(edge.plan, packet.in),
    since: now,
    expiresAt: now + seconds * 1000,
    reason: 'stranger-contained',
    by: 'kernel',
    scope,
    evidence: { destination: ip.dst, protocol: ip.proto, port: ip.dport ?? null },
  })
  return added
    ? {
        kind: 'containment',
        by: 'kernel',
        reason: 'stranger-contained',
        source,
        zone,
        text: `${ip.src} is no known asset and was contained at its first packet, to ${ip.dst}${ip.dport === undefined ? '' : ` port ${ip.dport}`}.`,
      }
    : undefined
}

const familiar = { 'contained-known': 'known', 'contained-stranger': 'stranger' } as const

/**
 * A containment that its record tells by itself (`kind|zone|seconds|scope`): of a known asset, or by a sensor.
 * @returns undefined for other records, and when it was known already
 */
export const containedBy = (edge: Edge, prefix: string, packet: Packet, source: EventEnd): EventDraft | undefined => {
  const [first = '', zone = '', seconds = '', scope] = prefix.split('|')
  const kind = first === 'contained-known' || first === 'contained-stranger' ? familiar[first] : undefined
  const { ip } = packet
  if (kind === undefined || ip === undefined) return undefined
  const now = steadyNow(edge.store)
  const { added } = edge.store.containments.add({
    kind,
    family: ip.family,
    vlan: packet.tag?.vid ?? 0,
    ip: ip.src,
    ...(kind === 'stranger' ? { mac: packet.srcMac, port: portNamed(edge.plan, packet.in) } : {}),
    since: now,
    expiresAt: now + Number(seconds) * 1000,
    reason: 'agreed-response',
    by: 'kernel',
    scope: scope === 'site' || scope === 'fleet' ? scope : 'edge',
    evidence: { destination: ip.dst, protocol: ip.proto, port: ip.dport ?? null },
  })
  return added
    ? {
        kind: 'containment',
        by: 'kernel',
        reason: 'agreed-response',
        source,
        zone,
        text: `${source.asset ?? ip.src} was contained as agreed in the responses of zone ${zone}, by a packet to ${ip.dst}${ip.dport === undefined ? '' : ` port ${ip.dport}`}.`,
      }
    : undefined
}

const key = ({
  kind,
  ip,
  vlan,
  mac,
  port,
}: {
  kind: string
  ip?: string | undefined
  vlan: number
  mac?: string | undefined
  port?: string | undefined
}) => (kind === 'stranger' ? `${kind} ${vlan} ${mac ?? ''} ${ip ?? ''} ${port ?? ''}` : `${kind} ${ip ?? ''}`)

/** Written down at once: more would hold up orders and the watchdog. The rest is found again by the next pass. */
const perPass = 500

/**
 * Compares kernel and store: containments the kernel made while nobody read its records are written down; those whose time is over
 * get their end. Returns what was new, for the report after a gap.
 */
export const reconcile = (edge: Edge): readonly KernelContainment[] => {
  const now = steadyNow(edge.store)
  const ended = durably(edge, () => edge.store.containments.settle(now)) ?? []
  record(
    edge,
    ...ended.map(({ ip, mac }): EventDraft => ({
      kind: 'release',
      by: 'kernel',
      source: ip === undefined ? {} : endOf(edge.plan, ip),
      text: `The containment of ${ip ?? mac ?? ''} ended by itself.`,
    })),
  )
  const stored = new Set(edge.store.containments.active(now).map((row) => key(row)))
  const inKernel = listContained(edge.nft, edge.family)
  const fresh = inKernel.filter(
    ({ kind, ip, vlan, mac, device }) =>
      !stored.has(key({ kind, ip, vlan, mac, port: device === undefined ? undefined : portNamed(edge.plan, device) })),
  )
  const once = new Map(fresh.map((row) => [`${row.kind} ${row.ip} ${row.mac ?? ''}`, row]))
  const placeOf = ({ mac, device }: KernelContainment) => ({
    ...(mac === undefined ? {} : { mac }),
    ...(device === undefined ? {} : { port: portNamed(edge.plan, device) }),
  })
  const all = [...once.values()]
  const some = all.slice(0, perPass)
  const written = durably(edge, () => {
    for (const row of some)
      edge.store.containments.add({
        kind: row.kind,
        family: familyOf(row.ip),
        vlan: row.vlan,
        ip: row.ip,
        since: now,
        expiresAt: now + row.expires * 1000,
        reason: 'found-in-kernel',
        by: 'kernel',
        ...placeOf(row),
      })
    return true
  })
  if (written === undefined) return all
  record(
    edge,
    ...some.map((row): EventDraft => ({
      kind: 'containment',
      by: 'kernel',
      reason: row.kind === 'stranger' ? 'stranger-contained' : 'out-of-scope',
      source: endOf(edge.plan, row.ip, placeOf(row)),
      text: `${row.ip} was contained by the kernel${row.kind === 'known' ? ' as agreed in the responses of its destination' : ''}.`,
    })),
  )
  return all
}

/** Containments that the kernel made by itself, written down. */
import { setImmediate } from 'node:timers/promises'
import type { Packet } from '#policy/packet.ts'
import type { EventDraft, EventEnd } from '#schema/event.ts'
import { durably, endOf, portNamed, record, refusalOf, type Edge, steadyNow } from '../context.ts'
import { settlePermits } from '../orders/permit.ts'
import { containedParts, listContained, type KernelContainment } from '../kernel/containment.ts'

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

/** Written down in one go: more would hold up orders and the watchdog. */
const atOnce = 50
/** Written down in one pass. The rest is found again by the next one. */
const perPass = 2000

const placeOf = (edge: Edge, { mac, device }: KernelContainment) => ({
  ...(mac === undefined ? {} : { mac }),
  ...(device === undefined ? {} : { port: portNamed(edge.plan, device) }),
})

/** Those whose time is over get their end. */
const settle = async (edge: Edge): Promise<void> => {
  for (let done = 0; done < perPass; done += atOnce) {
    const ended =
      durably(edge, () => {
        const over = edge.store.containments.settle(steadyNow(edge.store), atOnce)
        record(
          edge,
          ...over.map(({ ip, mac }): EventDraft => ({
            kind: 'release',
            by: 'kernel',
            source: ip === undefined ? {} : endOf(edge.plan, ip),
            text: `The containment of ${ip ?? mac ?? ''} ended by itself.`,
          })),
        )
        return over.length
      }) ?? 0
    if (ended < atOnce) return
    await setImmediate()
  }
}

/**
 * After the machine restarted, or somebody took our sets away: what the kernel had contained by itself passes again until it goes out of
 * scope again, which is told anew. The end is written down by {@link reconcile}.
 */
export const endLost = ({ nft, family, store }: Pick<Edge, 'nft' | 'family' | 'store'>): void => {
  const present = listContained(nft, family).flatMap(({ kind, ip }) => (kind === 'ordered' ? [] : [ip]))
  // On a full disk they stay until their time is over.
  refusalOf(() => store.containments.endLost([...new Set(present)], steadyNow(store)))
}

const unknown = (edge: Edge, row: KernelContainment, now: number): boolean =>
  !edge.store.containments.isActive({ family: familyOf(row.ip), ...row, ...placeOf(edge, row) }, now)

const writeDown = (edge: Edge, rows: readonly KernelContainment[]): boolean =>
  durably(edge, () => {
    const now = steadyNow(edge.store)
    for (const row of rows)
      edge.store.containments.add({
        kind: row.kind,
        family: familyOf(row.ip),
        vlan: row.vlan,
        ip: row.ip,
        since: now,
        expiresAt: now + row.expires * 1000,
        reason: 'found-in-kernel',
        by: 'kernel',
        ...placeOf(edge, row),
      })
    record(
      edge,
      ...rows.map((row): EventDraft => ({
        kind: 'containment',
        by: 'kernel',
        reason: row.kind === 'stranger' ? 'stranger-contained' : 'out-of-scope',
        source: endOf(edge.plan, row.ip, placeOf(edge, row)),
        text: `${row.ip} was contained by the kernel${row.kind === 'known' ? ' as agreed in the responses of its destination' : ''}.`,
      })),
    )
    return true
  }) === true

/**
 * Compares kernel and store: containments the kernel made while nobody read its records are written down; those whose time is over
 * get their end. It takes seconds where there are tens of thousands, in steps between which everything else has its turn. Returns what
 * was new, for the report after a gap.
 */
export const reconcile = async (edge: Edge): Promise<readonly KernelContainment[]> => {
  await settle(edge)
  settlePermits(edge)
  const once = new Map<string, KernelContainment>()
  for await (const part of containedParts(edge.nft, edge.family)) {
    const now = steadyNow(edge.store)
    for (const row of part) if (unknown(edge, row, now)) once.set(`${row.kind} ${row.ip} ${row.mac ?? ''}`, row)
  }
  const all = [...once.values()]
  const some = all.slice(0, perPass)
  for (let from = 0; from < some.length; from += atOnce) {
    const now = steadyNow(edge.store)
    // Some may have been written down meanwhile, by the record of their first packet.
    const rows = some.slice(from, from + atOnce).filter((row) => unknown(edge, row, now))
    if (!writeDown(edge, rows)) break
    await setImmediate()
  }
  return all
}

/** Containments that the kernel made by itself, written down. */
import { setImmediate as soon } from 'node:timers'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Packet } from '#policy/packet.ts'
import { type EventDraft, type EventEnd, timestamp } from '#schema/event.ts'
import { endOf, portNamed, type Edge, steadyNow } from '../context.ts'
import { record, refusalOf, whenThereIsRoom } from '../writing.ts'
import { settlePermits } from '../orders/permit.ts'
import type { ContainmentKind, NewContainment } from '../store/containments.ts'
import { containedParts, listContained, type KernelContainment } from '../kernel/containment.ts'
import { Flood } from './flood.ts'

const familyOf = (ip: string) => (ip.includes(':') ? 6 : 4)

const agreed = (edge: Edge, zone: string) =>
  edge.plan.zones.find(({ name }) => name === zone)?.stranger ?? { seconds: 3600, scope: 'edge' as const }

/** Written down in one go: more would hold up orders and the watchdog. */
const atOnce = 50
/** Written down in one pass, and waited with at most. The rest is found in the kernel by the next one. */
const perPass = 2000

interface Notes {
  readonly flood: Flood
  /** Told by records of the kernel, and not written down yet. */
  readonly waiting: Noticed[]
}
interface Noticed {
  readonly row: NewContainment
  readonly draft: EventDraft
  /** Released before it was written down: by whom, and when in ms since 1970. */
  ended?: { readonly by: string; readonly at: number }
}
const notes = new WeakMap<Edge, Notes>()
const notesOf = (edge: Edge): Notes => {
  const known = notes.get(edge) ?? { flood: new Flood(), waiting: [] }
  notes.set(edge, known)
  return known
}

/** Known assets and orders are always told. */
const tell = (edge: Edge, kind: ContainmentKind, draft: EventDraft & { kind: 'containment' | 'release' }): void => {
  if (kind !== 'stranger' || notesOf(edge).flood.takes(draft.kind)) record(edge, draft)
}

/** What the disk does not take is written, and told, by a later pass; the allowance for what is told one by one is not used up by it. */
const storeAndTell = <T>(edge: Edge, work: () => T): T | undefined => {
  const { flood } = notesOf(edge)
  const before = flood.mark()
  const done = whenThereIsRoom(edge, () => {
    flood.goBack(before)
    return work()
  })
  if (done === undefined) flood.goBack(before)
  return done
}

const writeSome = (edge: Edge): boolean => {
  const { waiting } = notesOf(edge)
  const some = waiting.slice(0, atOnce)
  if (some.length === 0) return false
  const written = storeAndTell(edge, () => {
    for (const { row, draft, ended } of some) {
      const { containment, added } = edge.store.containments.add(row)
      if (added) tell(edge, row.kind, { ...draft, kind: 'containment' })
      if (ended !== undefined) edge.store.containments.release(containment.id, ended.by, ended.at)
    }
    return true
  })
  if (written === undefined) return false
  waiting.splice(0, some.length)
  return waiting.length > 0
}

/** Writes down at once what waits for that, as far as the disk takes it. */
export const writeNoticed = (edge: Edge): void => {
  while (writeSome(edge));
}

/** What waits is not in force any more when it is written down. @param at ms since 1970 */
export const noticedReleased = (edge: Edge, ip: string, by: string, at: number): void => {
  for (const one of notesOf(edge).waiting) if (one.row.ip === ip) one.ended = { by, at }
}

const writeSoon = (edge: Edge): void =>
  void soon(() => {
    if (writeSome(edge)) writeSoon(edge)
  })

/** Written down soon, many at once: of a flood each by itself would wait for the disk, and everybody else for that. */
const notice = (edge: Edge, row: NewContainment, draft: EventDraft): void => {
  const { waiting } = notesOf(edge)
  if (waiting.length >= perPass) return
  if (waiting.push({ row, draft: { ...draft, ...at(row.since) } }) === 1) writeSoon(edge)
}

/** Notes that a stranger was contained at a packet. */
export const strangerContained = (edge: Edge, packet: Packet, zone: string, source: EventEnd): void => {
  const ip = packet.ip
  if (ip === undefined) return
  const { seconds, scope } = agreed(edge, zone)
  const now = steadyNow(edge.store)
  notice(
    edge,
    {
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
    },
    {
      kind: 'containment',
      by: 'kernel',
      reason: 'stranger-contained',
      source,
      zone,
      text: `${ip.src} is no known asset and was contained at its first packet, to ${ip.dst}${ip.dport === undefined ? '' : ` port ${ip.dport}`}.`,
    },
  )
}

const familiar = { 'contained-known': 'known', 'contained-stranger': 'stranger' } as const

/** Notes a containment that its record tells by itself (`kind|zone|seconds|scope`): of a known asset, or by a sensor. */
export const containedBy = (edge: Edge, prefix: string, packet: Packet, source: EventEnd): void => {
  const [first = '', zone = '', seconds = '', scope] = prefix.split('|')
  const kind = first === 'contained-known' || first === 'contained-stranger' ? familiar[first] : undefined
  const { ip } = packet
  if (kind === undefined || ip === undefined) return
  const now = steadyNow(edge.store)
  notice(
    edge,
    {
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
    },
    {
      kind: 'containment',
      by: 'kernel',
      reason: 'agreed-response',
      source,
      zone,
      text: `${source.asset ?? ip.src} was contained as agreed in the responses of zone ${zone}, by a packet to ${ip.dst}${ip.dport === undefined ? '' : ` port ${ip.dport}`}.`,
    },
  )
}

const placeOf = (edge: Edge, { mac, device }: KernelContainment) => ({
  ...(mac === undefined ? {} : { mac }),
  ...(device === undefined ? {} : { port: portNamed(edge.plan, device) }),
})

/** When something happened that may be told much later. @param time ms since 1970 */
const at = (time: number | undefined): Pick<EventDraft, 'first' | 'last'> =>
  time === undefined ? {} : { first: timestamp(time), last: timestamp(time) }

/** Those whose time is over get their end. On a full disk a later pass writes it down, and it is told then, once. */
export const settleContained = async (edge: Edge): Promise<void> => {
  for (let done = 0; done < perPass; done += atOnce) {
    const ended =
      storeAndTell(edge, () => {
        const over = edge.store.containments.settle(steadyNow(edge.store), atOnce)
        for (const { kind, ip, mac, expiresAt } of over)
          tell(edge, kind, {
            kind: 'release',
            by: 'kernel',
            ...at(expiresAt),
            source: ip === undefined ? {} : endOf(edge.plan, ip),
            text: `The containment of ${ip ?? mac ?? ''} ended by itself.`,
          })
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
  storeAndTell(edge, () => {
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
    for (const row of rows)
      tell(edge, row.kind, {
        kind: 'containment',
        by: 'kernel',
        reason: row.kind === 'stranger' ? 'stranger-contained' : 'out-of-scope',
        source: endOf(edge.plan, row.ip, placeOf(edge, row)),
        text: `${row.ip} was contained by the kernel${row.kind === 'known' ? ' as agreed in the responses of its destination' : ''}.`,
      })
    return true
  }) === true

/** Writes down what no record told of: a record says more, and orders follow from what it says. */
export const writeFound = async (edge: Edge, found: readonly KernelContainment[]): Promise<void> => {
  const some = found.slice(0, perPass)
  for (let from = 0; from < some.length; from += atOnce) {
    const now = steadyNow(edge.store)
    const noticed = new Set(notesOf(edge).waiting.map(({ row }) => row.ip))
    const rows = some.slice(from, from + atOnce).filter((row) => !noticed.has(row.ip) && unknown(edge, row, now))
    if (!writeDown(edge, rows)) return
    await setImmediate()
  }
}

/** ms after which the record of a packet has been read: the kernel keeps it for 10 (linux/nflog.ts). */
const recordMs = 50

/**
 * Compares kernel and store: containments the kernel made while nobody read its records are written down; those whose time is over
 * get their end. It takes seconds where there are tens of thousands, in steps between which everything else has its turn. Returns what
 * was new, for the report after a gap.
 */
export const reconcile = async (edge: Edge): Promise<readonly KernelContainment[]> => {
  while (writeSome(edge)) await setImmediate()
  await settleContained(edge)
  settlePermits(edge)
  record(edge, ...notesOf(edge).flood.sum())
  const once = new Map<string, KernelContainment>()
  for await (const part of containedParts(edge.nft, edge.family)) {
    const now = steadyNow(edge.store)
    for (const row of part) if (unknown(edge, row, now)) once.set(`${row.kind} ${row.ip} ${row.mac ?? ''}`, row)
  }
  const found = [...once.values()]
  if (found.length > 0) await sleep(recordMs)
  await writeFound(edge, found)
  return found
}

/** Orders of persons and of the manager: contain a source, release it. */
import { canonicalIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/address.ts'
import type { OrderReport, RequestOf } from '#schema/control.ts'
import type { EventDraft } from '#schema/event.ts'
import { assetOf, durably, endOf, notDurable, record, vlansOf, type Edge, steadyNow } from '../context.ts'
import { hold, holdAll, lift, type Link } from '../kernel/containment.ts'

const familyOf = (ip: string) => (ip.includes(':') ? 6 : 4)

/** @throws Fault `refused` for what may never be contained */
export const refuseProtected = (edge: Edge, ip: string): void => {
  const known = edge.plan.known.find((row) => row.ip === ip)
  if (known?.kind === 'sis') throw new Fault('refused', `${known.asset} is a safety asset: it is never contained.`)
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Newest events looked through: those of orders do not tell the place. */
const recent = 20

/** Where an address was seen on the wire, so that all its frames stop, not only IP; never a MAC that carries a known asset. */
const linksOf = (edge: Edge, ip: string): Link[] => {
  const deviceOf = (port: string | undefined) => edge.plan.ports.find(({ name }) => name === port)?.device
  const seen = [
    ...edge.store.containments.of({ ip }, steadyNow(edge.store)).map(({ mac, port, vlan, evidence }) => ({
      mac: mac ?? text(evidence['mac']),
      port: port ?? text(evidence['port']),
      vlan,
    })),
    ...edge.store.events
      .search({ source: ip, limit: recent })
      .map(({ event: { source } }) => ({ mac: source?.mac, port: source?.port, vlan: source?.vlan ?? 0 })),
  ]
  const links = seen.flatMap(({ mac, port, vlan }) => {
    const device = deviceOf(port)
    return mac === undefined || device === undefined || edge.plan.knownMacs.includes(mac) ? [] : [{ device, vlan, mac }]
  })
  return [...new Map(links.map((link) => [JSON.stringify(link), link])).values()]
}

export interface ContainOrder {
  readonly ip: string
  readonly seconds: number
  readonly reason: string
  readonly by: string
  readonly scope?: 'edge' | 'site' | 'fleet'
}

export interface ContainedNow {
  /** When the kernel had it, ms since 1970, and how long that took it. */
  readonly at: number
  readonly kernelMs: number
  readonly expiresAt: number
  /** Ids of the containments, in the order of the orders; undefined when the disk did not take them. */
  readonly ids: readonly number[] | undefined
}

const lasting = (seconds: number): string =>
  seconds % 3600 === 0 ? `${seconds / 3600}h` : seconds % 60 === 0 ? `${seconds / 60}m` : `${Math.ceil(seconds)}s`

/**
 * Kernel first, so that a full disk delays nothing; then durable; then answered. All of them or none.
 * @param beside what is written down in the same transaction
 */
export const containAll = (
  edge: Edge,
  orders: readonly ContainOrder[],
  beside: (done: Omit<ContainedNow, 'ids'>) => void = () => {},
): ContainedNow => {
  const vlans = vlansOf(edge.plan)
  const steady = steadyNow(edge.store)
  const holds = orders.map(({ ip, seconds }) => {
    const fresh = orders.length === 1 && edge.store.containments.of({ ip }, steady).length === 0
    return { ip, vlans, seconds, links: linksOf(edge, ip), fresh }
  })
  const before = performance.now()
  holdAll(edge.nft, edge.family, holds)
  const kernelMs = performance.now() - before
  const now = steadyNow(edge.store)
  const done = { at: Date.now(), kernelMs, expiresAt: now + (orders[0]?.seconds ?? 0) * 1000 }
  const ids = durably(edge, () => {
    const added = orders.map(({ ip, seconds, reason, by, scope = 'edge' }) =>
      edge.store.containments.add({
        family: familyOf(ip),
        vlan: 0,
        ip,
        kind: 'ordered',
        since: now,
        expiresAt: now + seconds * 1000,
        reason,
        by,
        scope,
      }),
    )
    record(
      edge,
      ...orders.map(({ ip, seconds, reason, by }): EventDraft => ({
        kind: 'containment',
        source: endOf(edge.plan, ip),
        by,
        text: `${assetOf(edge.plan, ip) ?? ip} is contained for ${lasting(seconds)} by order: ${reason}.`,
      })),
    )
    beside(done)
    return added.map(({ containment }) => containment.id)
  })
  return { ...done, ids }
}

export const contain = (edge: Edge, request: RequestOf<'contain'>): OrderReport => {
  const started = performance.now()
  const ip = canonicalIp(request.ip) ?? request.ip
  refuseProtected(edge, ip)
  const { reason, by } = request
  const { ids, kernelMs, expiresAt } = containAll(edge, [{ ip, seconds: durationSeconds(request.for), reason, by }])
  return {
    id: String(ids?.[0] ?? ip),
    ms: { total: performance.now() - started, kernel: kernelMs },
    expires: new Date(expiresAt).toISOString(),
    text: `${ip} is contained for ${request.for}${notDurable(ids)}`,
  }
}

/**
 * @param beside what is written down in the same transaction
 * @throws Fault `not-found` when it is not contained; nothing is written down then
 */
export const release = (
  edge: Edge,
  request: RequestOf<'release'>,
  beside: (done: { readonly at: number; readonly kernelMs: number }) => void = () => {},
): OrderReport => {
  const started = performance.now()
  const ip = canonicalIp(request.ip) ?? request.ip
  const before = performance.now()
  const lifted = lift(edge.nft, edge.family, ip, linksOf(edge, ip))
  const kernel = performance.now() - before
  edge.decoys.forgive(ip)
  const now = steadyNow(edge.store)
  const stored = edge.store.containments.of({ ip }, now)
  if (lifted.length === 0 && stored.length === 0)
    throw new Fault('not-found', `${ip} is not contained.`, { advice: 'See who is with `bulkhead edge status`.' })
  const at = Date.now()
  const done = durably(edge, () => {
    for (const { id } of stored) edge.store.containments.release(id, request.by, now)
    record(edge, {
      kind: 'release',
      source: endOf(edge.plan, ip),
      by: request.by,
      text: `${assetOf(edge.plan, ip) ?? ip} is released: ${request.reason}.`,
    })
    beside({ at, kernelMs: kernel })
    return true
  })
  return { id: ip, ms: { total: performance.now() - started, kernel }, text: `${ip} is released${notDurable(done)}` }
}

/** Orders in force, put back after a restart of the machine or of the rules. */
export const restoreContainments = (edge: Edge): void => {
  const now = steadyNow(edge.store)
  for (const { ip, kind, expiresAt } of edge.store.containments.active(now))
    if (ip !== undefined && kind === 'ordered')
      hold(edge.nft, edge.family, {
        ip,
        vlans: vlansOf(edge.plan),
        seconds: expiresAt === undefined ? 30 * 86_400 : (expiresAt - now) / 1000,
      })
}

/** Orders of persons and of the manager: contain a source, release it. */
import { canonicalIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/duration.ts'
import type { OrderReport, RequestOf } from '#schema/control.ts'
import type { EventDraft } from '#schema/event.ts'
import { assetOf, endOf, vlansOf, type Edge, steadyNow } from '../context.ts'
import { notDurable, record, refusalOf, writeManagers, writeOrder } from '../writing.ts'
import { hold, holdAll, liftAll, type Link, type Looked, lookSoftly } from '../kernel/containment.ts'
import { noticedReleased } from '../records/contained.ts'
import type { ContainmentOrigin } from '../store/containments.ts'
import type { Layer } from '../store/overlay.ts'
import { lastOf, orderedAbout, withheld } from './ordered.ts'

const familyOf = (ip: string) => (ip.includes(':') ? 6 : 4)

/** @throws Fault `refused` for what may never be contained */
export const refuseProtected = (edge: Edge, ip: string): void => {
  const known = edge.plan.known.find((row) => row.ip === ip)
  if (known?.kind === 'sis') throw new Fault('refused', `${known.asset} is a safety asset: it is never contained.`)
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Newest events looked through: those of orders do not tell the place. */
const recent = 20

/**
 * Where an address was seen on the wire, so that all its frames stop, not only IP; never a MAC that carries a known asset.
 * @param told only where containments say that it is, not where its packets came from
 */
export const linksOf = (edge: Pick<Edge, 'store' | 'plan'>, ip: string, told = false): Link[] => {
  const deviceOf = (port: string | undefined) => edge.plan.ports.find(({ name }) => name === port)?.device
  const seen = [
    ...edge.store.containments.of({ ip }, steadyNow(edge.store)).map(({ mac, port, vlan, evidence }) => ({
      mac: mac ?? text(evidence['mac']),
      port: port ?? text(evidence['port']),
      vlan,
    })),
    ...(told ? [] : edge.store.events.search({ source: ip, limit: recent })).map(({ event: { source } }) => ({
      mac: source?.mac,
      port: source?.port,
      vlan: source?.vlan ?? 0,
    })),
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
  /** Ids of the containments, in the order of the orders; undefined when the disk did not take them. */
  readonly ids: readonly number[] | undefined
}

const lasting = (seconds: number): string =>
  seconds % 3600 === 0 ? `${seconds / 3600}h` : seconds % 60 === 0 ? `${seconds / 60}m` : `${Math.ceil(seconds)}s`

/**
 * Kernel first, so that a full disk delays nothing; then durable; then answered. All of them or none. What another origin ordered for
 * longer is not shortened. What the disk does not take is written down when there is room.
 * @param origin whose orders they are
 * @param beside what is written down in the same transaction
 * @param meanwhile lays over the store what holds until it is
 */
export const containAll = (
  edge: Edge,
  origin: ContainmentOrigin,
  orders: readonly ContainOrder[],
  beside: (done: Omit<ContainedNow, 'ids'>) => void = () => {},
  meanwhile: (layer: Layer) => void = () => {},
): ContainedNow => {
  const vlans = vlansOf(edge.plan)
  const now = steadyNow(edge.store)
  const holds = orders.map(({ ip, seconds }) => {
    const others = lastOf(orderedAbout(edge.store, ip, now).filter((one) => one.origin !== origin))
    return { ip, vlans, seconds: Math.max(seconds, (others - now) / 1000), links: linksOf(edge, ip) }
  })
  const before = performance.now()
  holdAll(edge.nft, edge.family, holds)
  const kernelMs = performance.now() - before
  const done = { at: Date.now(), kernelMs }
  const write = (): number[] => {
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
  }
  const ids = (origin === 'manager' ? writeManagers : writeOrder)(edge, write, meanwhile)
  return { ...done, ids }
}

export const contain = (edge: Edge, request: RequestOf<'contain'>): OrderReport => {
  const started = performance.now()
  const ip = canonicalIp(request.ip) ?? request.ip
  refuseProtected(edge, ip)
  const { reason, by } = request
  const seconds = durationSeconds(request.for)
  const expiresAt = steadyNow(edge.store) + seconds * 1000
  const longer = withheld(edge.store, ip, expiresAt, 'person')
  const { ids, kernelMs } = containAll(edge, 'person', [{ ip, seconds, reason, by }])
  return {
    id: String(ids?.[0] ?? ip),
    ms: { total: performance.now() - started, kernel: kernelMs },
    expires: new Date(longer?.until ?? expiresAt).toISOString(),
    text: `${ip} is contained for ${request.for}${longer === undefined ? '' : `; ${longer.text}`}${notDurable(edge, ids)}`,
  }
}

export interface ReleaseOrder {
  readonly ip: string
  readonly reason: string
  readonly by: string
}

export interface ReleasedNow {
  readonly at: number
  readonly kernelMs: number
  /** Those that were contained. */
  readonly ips: ReadonlySet<string>
}

const liftsOf = (edge: Edge, orders: readonly ReleaseOrder[]) =>
  orders.map(({ ip }) => ({ ip, links: linksOf(edge, ip) }))

/**
 * In the kernel all of them or none; then durable, where any of them was contained.
 * @param beside what is written down in the same transaction
 * @param meanwhile lays over the store what holds until it is
 * @param looked what was found of them a moment ago
 * @returns also whether the disk took it
 */
const releaseAll = (
  edge: Edge,
  orders: readonly ReleaseOrder[],
  beside: (done: ReleasedNow) => void = () => {},
  meanwhile: (layer: Layer) => void = () => {},
  looked?: Looked,
): ReleasedNow & { readonly stored: boolean } => {
  const before = performance.now()
  const lifted = liftAll(edge.nft, edge.family, liftsOf(edge, orders), looked)
  const kernelMs = performance.now() - before
  const at = Date.now()
  const now = steadyNow(edge.store)
  for (const { ip } of orders) edge.decoys.forgive(ip)
  const rows = new Map(orders.map(({ ip }) => [ip, edge.store.containments.of({ ip }, now)]))
  const inKernel = new Set(lifted.map(({ ip }) => ip))
  const ended = orders.filter(({ ip }) => inKernel.has(ip) || (rows.get(ip)?.length ?? 0) > 0)
  const done = { at, kernelMs, ips: new Set(ended.map(({ ip }) => ip)) }
  const releaseStored = (): true => {
    // As they are stored by then: one that could not be written down when it was ordered may be now.
    for (const { ip, by } of ended)
      for (const { id, since } of edge.store.containments.of({ ip }, now))
        if (since <= now) edge.store.containments.release(id, by, now)
    record(
      edge,
      ...ended.map(({ ip, by, reason }): EventDraft => ({
        kind: 'release',
        source: endOf(edge.plan, ip),
        by,
        text: `${assetOf(edge.plan, ip) ?? ip} is released: ${reason}.`,
      })),
    )
    beside(done)
    return true
  }
  for (const { ip, by } of ended) noticedReleased(edge, ip, by, now)
  const stored = writeOrder(edge, releaseStored, (layer) => {
    for (const { id } of [...rows.values()].flat()) layer.released.add(id)
    meanwhile(layer)
  })
  return { ...done, stored: stored === true }
}

/** The same; others have their turn while tens of thousands of contained strangers are looked through. */
export const releaseSoftly = async (
  edge: Edge,
  orders: readonly ReleaseOrder[],
  beside?: (done: ReleasedNow) => void,
  meanwhile?: (layer: Layer) => void,
): Promise<ReleasedNow & { readonly stored: boolean }> => {
  const looked = await lookSoftly(edge.nft, edge.family, liftsOf(edge, orders))
  return releaseAll(edge, orders, beside, meanwhile, looked)
}

/** @throws Fault `not-found` when it is not contained */
export const release = async (edge: Edge, request: RequestOf<'release'>): Promise<OrderReport> => {
  const started = performance.now()
  const ip = canonicalIp(request.ip) ?? request.ip
  const { ips, kernelMs, stored } = await releaseSoftly(edge, [{ ...request, ip }])
  if (!ips.has(ip))
    throw new Fault('not-found', `${ip} is not contained.`, { advice: 'See who is with `bulkhead edge status`.' })
  return {
    id: ip,
    ms: { total: performance.now() - started, kernel: kernelMs },
    text: `${ip} is released${notDurable(edge, stored ? true : undefined, 'a restart before then may bring it back')}`,
  }
}

type Restored = Pick<Edge, 'nft' | 'family' | 'store' | 'plan'>

/**
 * Puts orders in force back after a restart of the machine or of the rules, each by itself: one that the kernel does not take must stop
 * neither the others nor the line.
 * @returns how many it did not take
 */
export const restoreOrders = (edge: Restored): number => {
  const now = steadyNow(edge.store)
  const vlans = vlansOf(edge.plan)
  const ordered = edge.store.containments.active(now).filter(({ kind }) => kind === 'ordered')
  // Of several about one address the longest comes last, and holds.
  const refusals = ordered
    .toSorted((a, b) => lastOf([a]) - lastOf([b]))
    .flatMap(({ ip, expiresAt, by }) => {
      if (ip === undefined) return []
      const seconds = expiresAt === undefined ? 30 * 86_400 : (expiresAt - now) / 1000
      const links: Link[] = []
      // Who spoke to a decoy may have done so through a router. An event that cannot be read costs the place, not the order.
      refusalOf(() => links.push(...linksOf(edge, ip, by === 'policy')))
      return refusalOf(() => hold(edge.nft, edge.family, { ip, vlans, seconds, links })) ?? []
    })
  return refusals.length
}

/** The same in a daemon, which tells. */
export const restoreContainments = (edge: Edge): void => {
  const missing = restoreOrders(edge)
  if (missing === 0) edge.alarms.delete('orders')
  else
    edge.alarms.set(
      'orders',
      `${missing} ${missing === 1 ? 'address' : 'addresses'} that an order contains could not be put back into the kernel. Release others, and restart the daemon.`,
    )
}

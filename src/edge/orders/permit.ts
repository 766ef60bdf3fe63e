/** Temporary permits: bound to a source (and its MAC), ended by the kernel, revocable at once in both directions. */
import { canonicalIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/duration.ts'
import type { OrderReport, Permit, RequestOf } from '#schema/control.ts'
import { timestamp } from '#schema/event.ts'
import { parseService } from '#policy/service.ts'
import type { Temporary } from '#policy/state.ts'
import { endOf, vlansOf, type Edge, steadyNow } from '../context.ts'
import { atOnce, notDurable, record, refusalOf, writeManagers, writeOrder } from '../writing.ts'
import { islandBetween } from './islands.ts'
import { askOf, refuseRisky } from './permit-risk.ts'
import { addTemporary, listTemporary, removeTemporary } from '../kernel/permits.ts'
import type { Layer } from '../store/overlay.ts'
import type { Permit as Stored } from '../store/permits.ts'
import { resetTranslated } from '../inspection/reset-translated.ts'

/** Elements one permit may become. */
const limit = 64

type Flow = Pick<Stored, 'src' | 'dst' | 'proto' | 'port' | 'mac'>

/** What several permits may have in common: for the kernel they are one then. */
const keyOf = ({ src, dst, proto, port, mac }: Flow): string => [mac, src, dst, proto, port].join(' ')

/** Of one that only the kernel has. */
const unstoredId = ({ mac, src, dst, proto, port }: Flow): string =>
  ['unstored', ...(mac === undefined ? [] : [mac]), src, dst, `${proto}/${port}`].join('-')

const sharing = (rows: readonly Stored[], flows: readonly Flow[]): Stored[] => {
  const wanted = new Set(flows.map(keyOf))
  return rows.filter((row) => wanted.has(keyOf(row)))
}

const elements = (edge: Edge, permit: Flow): Temporary[] => {
  const base = { src: permit.src, dst: permit.dst, proto: permit.proto, port: permit.port ?? 0 }
  return permit.mac === undefined
    ? vlansOf(edge.plan).map((vlan) => ({ ...base, vlan }))
    : [{ ...base, vlan: 0, mac: permit.mac }]
}

/** Puts permits into the kernel; of several that are one there, the longest counts. @param now ms since 1970, like their ends */
const put = (edge: Edge, permits: readonly (Flow & { readonly expiresAt: number })[], now: number): void => {
  const longest = new Map<string, (typeof permits)[number]>()
  for (const one of permits) if ((longest.get(keyOf(one))?.expiresAt ?? 0) < one.expiresAt) longest.set(keyOf(one), one)
  for (const [expiresAt, some] of Map.groupBy(longest.values(), (one) => one.expiresAt))
    addTemporary(
      edge.nft,
      edge.family,
      some.flatMap((one) => elements(edge, one)),
      (expiresAt - now) / 1000,
    )
}

/** Seconds. With less left it is one that has just ended in the store, which the kernel ends a moment later. */
const lingerS = 2

/**
 * Permits in force, with those that only the kernel has, because the disk took nothing or the daemon was killed before it had written them
 * down: they are listed and revoked like any other.
 * @param now ms since 1970
 */
const inForce = (edge: Edge, now: number): Stored[] => {
  const stored = edge.store.permits.active(now)
  const known = new Set(stored.map(keyOf))
  const others = new Map<string, Stored>()
  for (const { expires, vlan: _vlan, ...flow } of listTemporary(edge.nft, edge.family)) {
    const key = keyOf(flow)
    if (known.has(key) || expires < lingerS) continue
    others.set(key, {
      ...flow,
      id: unstoredId(flow),
      since: now,
      expiresAt: now + expires * 1000,
      by: 'unknown',
      reason: 'the kernel has it, and nobody could write down who gave it and why',
    })
  }
  return [...stored, ...others.values()]
}

/** The same by id; what has one is found by the one that it had before it was written down, too. */
export const permitsByName = (edge: Edge): ReadonlyMap<string, Stored> => {
  const all = inForce(edge, steadyNow(edge.store))
  return new Map([...all.map((row) => [unstoredId(row), row] as const), ...all.map((row) => [row.id, row] as const)])
}

/** Where a containment comes first. */
const containedText = (edge: Edge, ends: readonly string[], now: number): string => {
  const contained = ends.filter((ip) => edge.store.containments.of({ ip }, now).length > 0)
  return contained.length === 0
    ? ''
    : ` (${contained.join(' and ')} ${contained.length === 1 ? 'is' : 'are'} contained: unless released, zones in mode contain drop it all the same)`
}

const flowsOf = (edge: Edge, service: string): { proto: number; port: number }[] => {
  const flows = parseService(service, edge.site.groups)?.flows.filter(
    ({ from, multicast }) => from === 'client' && multicast === undefined,
  )
  const ports = (flows ?? []).flatMap(({ proto, ports: ranges }) =>
    proto === 6 || proto === 17
      ? (ranges ?? []).flatMap(([from, to]) =>
          to - from >= limit ? [] : Array.from({ length: to - from + 1 }, (_, i) => ({ proto, port: from + i })),
        )
      : [],
  )
  if (ports.length === 0 || ports.length > limit)
    throw new Fault(
      'refused',
      `A temporary permit takes a service of at most ${limit} TCP or UDP ports; "${service}" is not one.`,
      {
        advice: 'Name a protocol such as modbus, or a port such as tcp/22.',
      },
    )
  return ports
}

/**
 * What the disk does not take is written down when there is room.
 * @param beside of a manager: what is written down in the same transaction, given the ids of what was permitted
 * @param meanwhile of a manager: lays over the store what holds until it is, given the ids until then
 */
export const permit = (
  edge: Edge,
  request: RequestOf<'permit'>,
  beside?: (ids: readonly string[], done: { readonly at: number; readonly kernelMs: number }) => void,
  meanwhile?: (layer: Layer, ids: readonly string[]) => void,
): OrderReport => {
  const started = performance.now()
  const src = canonicalIp(request.from) ?? request.from
  const dst = canonicalIp(request.to) ?? request.to
  if (src.includes(':') !== dst.includes(':'))
    throw new Fault('usage', `${src} and ${dst} are of different IP versions.`)
  const target = edge.plan.known.find(({ ip }) => ip === dst)
  if (target?.kind === 'sis')
    throw new Fault(
      'refused',
      `${target.asset} is a safety asset: its permits are part of the policy, with two people.`,
    )
  const island = islandBetween(edge, src, dst)
  if (island !== undefined)
    throw new Fault('refused', `Zone ${island} is isolated: no temporary permit leads over its border.`, {
      advice: `Connect it again first: bulkhead edge rejoin ${island}`,
    })
  const below = request['risk-below']
  if (below !== undefined) refuseRisky(edge, src, below)
  const seconds = durationSeconds(request.for)
  const now = steadyNow(edge.store)
  const wanted = flowsOf(edge, request.service)
  const expiresAt = now + seconds * 1000
  const asked = wanted.map((flow) => ({
    src,
    dst,
    ...flow,
    ...(request.mac === undefined ? {} : { mac: request.mac }),
    expiresAt,
  }))
  const before = performance.now()
  put(edge, [...asked, ...sharing(inForce(edge, now), asked)], now)
  const kernel = performance.now() - before
  const at = Date.now()
  resetTranslated(edge.store.path, [src, dst])
  const write = (): string[] => {
    const created = asked.map((one) =>
      edge.store.permits.create({ ...one, since: now, by: request.by, reason: request.reason }),
    )
    if (below !== undefined)
      askOf(
        edge,
        created.map(({ id }) => id),
        below,
      )
    record(edge, {
      kind: 'permit',
      source: endOf(edge.plan, src),
      destination: endOf(edge.plan, dst),
      by: request.by,
      text: `${src} may use ${request.service} of ${dst} for ${request.for}${below === undefined ? '' : `, while its risk is below ${below}`}: ${request.reason}.`,
    })
    const all = created.map(({ id }) => id)
    beside?.(all, { at, kernelMs: kernel })
    return all
  }
  const ids = (beside === undefined ? writeOrder : writeManagers)(edge, write, (layer) =>
    meanwhile?.(layer, asked.map(unstoredId)),
  )
  return {
    id: ids?.join(',') ?? '',
    ms: { total: performance.now() - started, kernel },
    expires: new Date(expiresAt).toISOString(),
    text: `${src} may use ${request.service} of ${dst} for ${request.for}${containedText(edge, [src, dst], now)}${notDurable(edge, ids)}`,
  }
}

const shown = ({ id, src, dst, proto, port, mac, expiresAt, by, reason }: Stored): Permit => ({
  id,
  from: src,
  to: dst,
  service: `${proto === 6 ? 'tcp' : 'udp'}/${port ?? 0}`,
  ...(mac === undefined ? {} : { mac }),
  expires: new Date(expiresAt).toISOString(),
  by,
  reason,
})

export const permits = (edge: Edge): Permit[] => inForce(edge, steadyNow(edge.store)).map(shown)

/** Takes an id, or several with commas, as `permit` gave them. */
export const revoke = (edge: Edge, request: RequestOf<'revoke'>): OrderReport => {
  const started = performance.now()
  const now = steadyNow(edge.store)
  const active = inForce(edge, now)
  // What was listed as unstored may have been written down meanwhile.
  const named = (id: string) => active.find((row) => row.id === id) ?? active.find((row) => unstoredId(row) === id)
  const wanted = request.id.split(',').map((id) => named(id.trim()))
  const found = wanted.filter((row) => row !== undefined)
  if (found.length !== wanted.length)
    throw new Fault('not-found', `No permit in force has the id ${request.id}.`, {
      advice: 'List them with `bulkhead edge permits`.',
    })
  const others = sharing(
    active.filter((row) => !found.includes(row)),
    found,
  )
  const kept = new Set(others.map(keyOf))
  const before = performance.now()
  put(edge, others, now)
  removeTemporary(
    edge.nft,
    edge.family,
    found.filter((row) => !kept.has(keyOf(row))).flatMap((row) => elements(edge, row)),
  )
  const kernel = performance.now() - before
  const gone = found.filter((row) => !kept.has(keyOf(row)))
  const revokeStored = (): true => {
    for (const { id } of found) edge.store.permits.revoke(id, request.by, now)
    // Those that could not be written down when they were given, and are by now.
    for (const { id, since } of sharing(edge.store.permits.active(now), gone))
      if (since <= now) edge.store.permits.revoke(id, request.by, now)
    const [first] = found
    record(edge, {
      kind: 'revoke',
      ...(first === undefined ? {} : { source: endOf(edge.plan, first.src), destination: endOf(edge.plan, first.dst) }),
      by: request.by,
      text: `The permit of ${first?.src ?? ''} to ${first?.dst ?? ''} is revoked.`,
    })
    return true
  }
  const stored = writeOrder(edge, revokeStored, ({ revoked }) => found.forEach(({ id }) => revoked.add(id)))
  return {
    id: request.id,
    ms: { total: performance.now() - started, kernel },
    text: `revoked${others.length === 0 ? '' : `, but the same is permitted by ${others.map(({ id }) => id).join(', ')}`}${notDurable(edge, stored, 'a restart before then may bring it back')}`,
  }
}

/** Permits in force, put back after a restart of the machine or of the rules. */
export const restoreTemporary = (edge: Edge): void => {
  const now = steadyNow(edge.store)
  put(edge, edge.store.permits.active(now), now)
}

/** The kernel ended them; that is written down, once for each order. Where the disk does not take it, the next call does so, and it is told then. */
export const settlePermits = (edge: Edge): void => {
  const write = (): void => {
    const over = edge.store.permits.settle(steadyNow(edge.store))
    const orders = new Map(over.map((row) => [`${row.src} ${row.dst} ${row.expiresAt} ${row.by}`, row]))
    for (const { src, dst, expiresAt } of orders.values()) {
      const at = timestamp(expiresAt)
      record(edge, {
        kind: 'revoke',
        source: endOf(edge.plan, src),
        destination: endOf(edge.plan, dst),
        by: 'kernel',
        first: at,
        last: at,
        text: `The permit of ${src} to ${dst} ended by itself.`,
      })
    }
  }
  refusalOf(() => atOnce(edge, write))
}

/** Takes away what leads over the border of an island. */
export const revokeCrossing = (edge: Edge, crosses: (src: string, dst: string) => boolean, by: string): void => {
  const now = steadyNow(edge.store)
  for (const row of inForce(edge, now)) if (crosses(row.src, row.dst)) revoke(edge, { id: row.id, by })
}

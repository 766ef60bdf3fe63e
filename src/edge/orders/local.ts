/** What a person changes at the edge itself: bypass, islands, spare parts. Works without manager and network. */
import * as z from 'zod'
import { cidrContains } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/duration.ts'
import type { ApplyReport, OrderReport, RequestOf } from '#schema/control.ts'
import { durably, record, type Edge } from '../context.ts'
import { setBypass } from '../kernel/permits.ts'
import { localChanges } from '../enforce.ts'
import { keys } from '../store/kv.ts'
import { resetTranslated } from '../inspection/reset-translated.ts'
import { become } from './apply.ts'
import { revokeCrossing } from './permit.ts'

export const bypass = (edge: Edge, request: RequestOf<'bypass'>): OrderReport => {
  const started = performance.now()
  const seconds = durationSeconds(request.for)
  const before = performance.now()
  setBypass(edge.nft, edge.family, seconds)
  const kernel = performance.now() - before
  const resets = resetTranslated(edge.store.path)
  const until = new Date(Date.now() + seconds * 1000).toISOString()
  durably(edge, () => edge.store.kv.set(keys.bypass, { until, reason: request.reason, by: request.by }))
  record(edge, {
    kind: 'bypass-start',
    by: request.by,
    text: `The edge passes everything until ${until}: ${request.reason}.`,
    ...(resets === 0 ? {} : { details: { resets } }),
  })
  return {
    id: 'bypass',
    ms: { total: performance.now() - started, kernel },
    expires: until,
    text: `bypassed until ${until}${resets === 0 ? '' : `; ${resets} connection${resets === 1 ? '' : 's'} that carried a refused command ${resets === 1 ? 'was' : 'were'} reset`}`,
  }
}

const Ordered = z.object({ until: z.iso.datetime() })

/** A bypass in force, put back after somebody else took the rules away: production comes first. */
export const restoreBypass = (edge: Edge): void => {
  const ordered = edge.store.kv.get(keys.bypass, Ordered)
  const seconds = ordered === undefined ? 0 : (Date.parse(ordered.until) - Date.now()) / 1000
  if (seconds > 0) setBypass(edge.nft, edge.family, seconds)
}

export const endBypass = (edge: Edge, request: RequestOf<'bypass-end'>): OrderReport => {
  const started = performance.now()
  const before = performance.now()
  setBypass(edge.nft, edge.family, 0)
  const kernel = performance.now() - before
  durably(edge, () => edge.store.kv.set(keys.bypass, undefined))
  record(edge, { kind: 'bypass-end', by: request.by, text: 'The edge enforces again.' })
  return { id: 'bypass', ms: { total: performance.now() - started, kernel }, text: 'enforcing again' }
}

/** @param undo takes the change back when the kernel refuses what follows from it */
const changed = async (edge: Edge, text: string, undo: () => unknown): Promise<ApplyReport> => {
  const started = performance.now()
  try {
    await become(edge, edge.site, edge.text)
  } catch (error) {
    undo()
    throw error
  }
  return {
    digest: edge.plan.digest,
    generation: edge.generation,
    permitted: [],
    denied: [],
    modes: [text],
    warnings: [],
    ms: performance.now() - started,
  }
}

const zoneOf = (edge: Edge, name: string) => {
  const zone = edge.site.zones[name]
  if (zone === undefined)
    throw new Fault('not-found', `There is no zone called "${name}".`, {
      advice: `The policy has: ${Object.keys(edge.site.zones).join(', ')}.`,
    })
  return zone
}

/** Cuts a zone off: of what crosses its border only essential conduits remain. */
export const isolate = async (edge: Edge, { zone: name, reason, by }: RequestOf<'isolate'>): Promise<ApplyReport> => {
  const zone = zoneOf(edge, name)
  const { islands } = localChanges(edge.store)
  if (islands.includes(name)) throw new Fault('refused', `Zone ${name} is isolated already.`)
  const inside = (ip: string) => zone.networks.some((network) => cidrContains(network, ip))
  edge.store.kv.set(keys.islands, [...islands, name])
  const report = await changed(edge, `${name}: isolated`, () => edge.store.kv.set(keys.islands, islands))
  revokeCrossing(edge, (src, dst) => inside(src) !== inside(dst), by)
  record(edge, {
    kind: 'isolate',
    zone: name,
    by,
    text: `Zone ${name} is cut off, but for essential conduits: ${reason}.`,
  })
  return report
}

export const rejoin = async (edge: Edge, { zone: name, by }: RequestOf<'rejoin'>): Promise<ApplyReport> => {
  zoneOf(edge, name)
  const { islands } = localChanges(edge.store)
  if (!islands.includes(name)) throw new Fault('refused', `Zone ${name} is not isolated.`)
  edge.store.kv.set(
    keys.islands,
    islands.filter((island) => island !== name),
  )
  const report = await changed(edge, `${name}: rejoined`, () => edge.store.kv.set(keys.islands, islands))
  record(edge, { kind: 'rejoin', zone: name, by, text: `Zone ${name} is connected again.` })
  return report
}

/** Accepts another device in place of an asset: the MAC given, or any until the policy names one. */
export const replaceAsset = async (
  edge: Edge,
  { asset, mac, by }: RequestOf<'replace-asset'>,
): Promise<ApplyReport> => {
  const known = edge.site.assets[asset]
  if (known === undefined) throw new Fault('not-found', `There is no asset called "${asset}".`)
  const taken = Object.entries(edge.site.assets).find(
    ([name, other]) => name !== asset && mac !== undefined && (other.macs ?? []).includes(mac),
  )
  if (taken !== undefined) throw new Fault('refused', `${mac ?? ''} belongs to ${taken[0]}.`)
  const reason = mac === undefined ? 'any MAC on its port' : mac
  const before = edge.store.bindings.list().find((binding) => binding.asset === asset)
  const macs = mac === undefined ? [] : [mac]
  edge.store.bindings.set({ asset, macs, replaces: known.macs ?? [], at: Date.now(), by, reason })
  const report = await changed(edge, `${asset}: ${reason}`, () =>
    before === undefined ? edge.store.bindings.remove(asset) : edge.store.bindings.set(before),
  )
  record(edge, {
    kind: 'replace-asset',
    by,
    source: { asset, ...(mac === undefined ? {} : { mac }) },
    text: `${asset} was replaced; accepted: ${reason}.`,
  })
  return report
}

/** Marks an asset as one that refuses an undefined function harmlessly, so that `deny-action: neutralise` holds for it; or takes that back. */
export const qualify = async (edge: Edge, { asset, reason, by, undo }: RequestOf<'qualify'>): Promise<ApplyReport> => {
  const known = edge.site.assets[asset]
  if (known === undefined)
    throw new Fault('not-found', `There is no asset called "${asset}".`, {
      advice: `The policy has: ${Object.keys(edge.site.assets).slice(0, 40).join(', ')}.`,
    })
  if (known.kind === 'sis')
    throw new Fault('refused', `${asset} is a safety system: what is sent to it is never rewritten.`)
  const before = localChanges(edge.store).qualified ?? []
  if (before.includes(asset) !== undo)
    throw new Fault('refused', undo ? `${asset} was not qualified here.` : `${asset} is qualified already.`)
  edge.store.kv.set(keys.qualified, undo ? before.filter((name) => name !== asset) : [...before, asset])
  const text = `${asset}: ${undo ? 'no longer qualified' : 'qualified'}`
  const report = await changed(edge, text, () => edge.store.kv.set(keys.qualified, before))
  record(edge, {
    kind: 'qualify',
    by,
    source: { asset },
    text: undo
      ? `${asset} is no longer sent functions that it refuses: ${reason}.`
      : `${asset} may be sent a function that it refuses in place of a denied one: ${reason}.`,
  })
  return report
}

/** What a person changes at the edge itself: islands, spare parts. Works without manager and network. */
import { Fault } from '#core/errors.ts'
import type { ApplyReport, RequestOf } from '#schema/control.ts'
import type { EventDraft } from '#schema/event.ts'
import { begin, type UnwrittenOrder } from '../untold.ts'
import type { Edge } from '../context.ts'
import { forgetUnwritten, giveUp, keepUnwritten, record, recordBegun, refusalOf, writeUnwritten } from '../writing.ts'
import { localChanges } from '../enforce.ts'
import { siteHere } from '../policy-source.ts'
import { keys } from '../store/kv.ts'
import type { Store } from '../store/open.ts'
import type { Layer } from '../store/overlay.ts'
import { become } from './apply.ts'
import { crossesBorder } from './islands.ts'
import { revokeCrossing } from './permit.ts'

interface Change {
  /** As the answer calls it. */
  readonly text: string
  readonly make: () => unknown
  /** Takes the change back when the kernel refuses what follows from it. */
  readonly undo: () => unknown
  /** Lays over the store what holds once it is made, or once it is taken back, where the disk takes neither. */
  readonly lay: (layer: Layer, made: boolean) => unknown
  /** What follows from it besides. */
  readonly afterwards?: () => unknown
  readonly event: EventDraft
  /** What happens where it is not written down before a restart. */
  readonly restart: string
}

/** One of the values by name. */
const valueChange = <T>({ kv }: Store, key: string, before: T, after: T): Pick<Change, 'make' | 'undo' | 'lay'> => ({
  make: () => kv.set(key, after),
  undo: () => kv.set(key, before),
  lay: ({ values }, made) => values.set(key, made ? after : before),
})

/** How far a change is written down. */
interface Written {
  /** As it is to be told; absent where the disk has not taken it. */
  begun?: EventDraft
  /** What waits for room. */
  readonly waiting?: UnwrittenOrder
}

/** Written before the rules are loaded, so that of a daemon that dies in between the next one enforces it. A full disk holds nothing up. */
const writeBegun = (edge: Edge, { event, make, lay }: Change): Written => {
  const written: Written = {}
  const write = () => (written.begun = begin(edge.store, event, make))
  const refusal = writeUnwritten(edge, true) ?? refusalOf(write)
  if (refusal === undefined) return written
  const waiting = { at: Date.now(), write }
  keepUnwritten(edge, waiting, refusal, (layer) => lay(layer, true))
  return Object.assign(written, { waiting })
}

const takeBackSurely = (edge: Edge, { waiting, begun }: Written, { undo, lay }: Change): void => {
  if (waiting !== undefined && edge.unwritten.has(waiting)) {
    lay(edge.store.overlay.layer, false)
    forgetUnwritten(edge, waiting)
  } else if (begun !== undefined) giveUp(edge, begun, undo, (layer) => lay(layer, false))
  else lay(edge.store.overlay.layer, false)
}

/** It is enforced and told, or told when there is room. @returns whether it is written down */
const finish = (edge: Edge, written: Written, { event, make }: Change): boolean => {
  writeUnwritten(edge, true)
  const { waiting, begun } = written
  if (waiting !== undefined && edge.unwritten.has(waiting)) {
    waiting.write = () => {
      make()
      record(edge, event)
    }
    return false
  }
  // Too many waited already: it was not kept, and its event is told alone.
  if (waiting !== undefined && begun === undefined) {
    record(edge, event)
    return false
  }
  recordBegun(edge, event)
  return true
}

const change = async (edge: Edge, asked: Change): Promise<ApplyReport> => {
  const started = performance.now()
  const written = writeBegun(edge, asked)
  try {
    await become(edge, edge.site, edge.text)
  } catch (error) {
    takeBackSurely(edge, written, asked)
    throw error
  }
  asked.afterwards?.()
  const stored = finish(edge, written, asked)
  return {
    digest: edge.plan.digest,
    generation: edge.generation,
    permitted: [],
    denied: [],
    modes: [asked.text],
    warnings: stored
      ? []
      : [
          `In the kernel, but not stored: ${edge.unwritten.refusal?.message ?? ''} ${edge.unwritten.isBeyond ? 'Too many orders wait already: make room, and give it again.' : 'It is written down as soon as there is room.'} If the daemon or the machine restarts before then, ${asked.restart}.`,
        ],
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
  zoneOf(edge, name)
  const { islands } = localChanges(edge.store)
  if (islands.includes(name)) throw new Fault('refused', `Zone ${name} is isolated already.`)
  return change(edge, {
    text: `${name}: isolated`,
    ...valueChange(edge.store, keys.islands, islands, [...islands, name]),
    restart: `zone ${name} is connected again, and is to be isolated anew`,
    afterwards: () => revokeCrossing(edge, (src, dst) => crossesBorder(edge, name, src, dst), by),
    event: {
      kind: 'isolate',
      zone: name,
      by,
      text: `Zone ${name} is cut off, but for essential conduits: ${reason}.`,
    },
  })
}

export const rejoin = async (edge: Edge, { zone: name, by }: RequestOf<'rejoin'>): Promise<ApplyReport> => {
  const { islands } = localChanges(edge.store)
  if (!islands.includes(name)) {
    zoneOf(edge, name)
    throw new Fault('refused', `Zone ${name} is not isolated.`)
  }
  const others = islands.filter((island) => island !== name)
  return change(edge, {
    text: `${name}: rejoined`,
    ...valueChange(edge.store, keys.islands, islands, others),
    restart: `zone ${name} is cut off again, and is to be rejoined anew`,
    event: { kind: 'rejoin', zone: name, by, text: `Zone ${name} is connected again.` },
  })
}

/** Another asset that has a MAC, by the policy or as the spare that was accepted for it. */
const otherWith = ({ site, store }: Edge, asset: string, mac: string): string | undefined => {
  const here = siteHere(site, localChanges(store)).assets
  return Object.entries(site.assets).find(
    ([name, { macs = [] }]) => name !== asset && [...macs, ...(here[name]?.macs ?? [])].includes(mac),
  )?.[0]
}

/** Accepts another device in place of an asset: the MAC given, or any until the policy names one. */
export const replaceAsset = async (
  edge: Edge,
  { asset, mac, by }: RequestOf<'replace-asset'>,
): Promise<ApplyReport> => {
  const known = edge.site.assets[asset]
  if (known === undefined) throw new Fault('not-found', `There is no asset called "${asset}".`)
  const taken = mac === undefined ? undefined : otherWith(edge, asset, mac)
  if (taken !== undefined)
    throw new Fault('refused', `${mac ?? ''} belongs to ${taken}.`, {
      advice: `If that device stands in for ${asset} now, say first which one is ${taken}: bulkhead edge replace-asset ${taken}`,
    })
  const reason = mac === undefined ? 'any MAC on its port' : mac
  const before = edge.store.bindings.list().find((binding) => binding.asset === asset)
  const macs = mac === undefined ? [] : [mac]
  const after = { asset, macs, replaces: known.macs ?? [], at: Date.now(), by, reason }
  return change(edge, {
    text: `${asset}: ${reason}`,
    make: () => edge.store.bindings.set(after),
    undo: () => (before === undefined ? edge.store.bindings.remove(asset) : edge.store.bindings.set(before)),
    lay: ({ bindings }, made) => bindings.set(asset, made ? after : before),
    restart: `the spare of ${asset} is a stranger again, and is to be accepted anew`,
    event: {
      kind: 'replace-asset',
      by,
      source: { asset, ...(mac === undefined ? {} : { mac }) },
      text: `${asset} was replaced; accepted: ${reason}.`,
    },
  })
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
    throw new Fault('refused', undo ? `${asset} was not qualified here.` : `${asset} is qualified already.`, {
      advice:
        undo && known.qualified === true
          ? 'The policy has `qualified: true` for it: take that out of the file, and apply it. Nothing was changed.'
          : 'Nothing was changed.',
    })
  const after = undo ? before.filter((name) => name !== asset) : [...before, asset]
  return change(edge, {
    text: `${asset}: ${undo ? 'no longer qualified' : 'qualified'}`,
    ...valueChange(edge.store, keys.qualified, before, after),
    restart: `${asset} is ${undo ? 'qualified again' : 'not qualified any more'}`,
    event: {
      kind: 'qualify',
      by,
      source: { asset },
      text: undo
        ? `${asset} is no longer sent functions that it refuses: ${reason}.`
        : `${asset} may be sent a function that it refuses in place of a denied one: ${reason}.`,
    },
  })
}

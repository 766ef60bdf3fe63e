/** What changes between two policies, as conversations newly permitted and newly denied. */
import { isDeepStrictEqual } from 'node:util'
import type { Site } from '#schema/site.ts'
import type { Spans } from './check/span.ts'
import { isEmpty, subtract, type Box, type Tokens } from './diff/box.ts'
import { decoyChanges } from './diff/decoys.ts'
import { byTarget } from './diff/lookup.ts'
import { permitsOf, timesCover, type Permit } from './diff/permits.ts'
import { commandWords, namer, serviceWords, type Namer } from './diff/words.ts'

/** Conversations of one conduit that the other policy does not permit. */
export interface Conversations {
  readonly conduit: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly service: string
  /** Commands; empty: the whole service. */
  readonly ops: readonly string[]
  readonly when?: string
  readonly expires?: string
}

export interface Change {
  readonly name: string
  readonly change: 'added' | 'removed' | 'changed'
  /** `mode: shadow → contain`, one for each field that changed. */
  readonly fields: readonly string[]
}

export interface Difference {
  readonly permitted: readonly Conversations[]
  readonly denied: readonly Conversations[]
  /** Modes of zones and conduits that became stricter or milder. */
  readonly modes: readonly Change[]
  readonly zones: readonly Change[]
  readonly assets: readonly Change[]
  /** Everything else with a name: edges, groups, conduit settings, denies, sensors, responses, redirects, decoys, exceptions. */
  readonly other: Readonly<Record<string, readonly Change[]>>
}

/** Two permits of one signature permit the same; ends and services are shared by many conduits, so each is written once. */
const written = new WeakMap<object, string>()
const textOf = (value: Spans | Tokens): string => {
  let text = written.get(value)
  if (text === undefined) {
    text =
      'has' in value
        ? [...value].join()
        : value.map(({ first, last }) => `${first.toString(36)}-${last.toString(36)}`).join()
    written.set(value, text)
  }
  return text
}
const boxText = ({ sources, targets, flows, tokens }: Box) => [sources, targets, flows, tokens].map(textOf).join(' ')

const signature = ({ times: { ranges = '', riskBelow = 0, expires = '' }, boxes }: Permit) =>
  [ranges, riskBelow, expires, ...boxes.map(boxText)].join('|')

/** A box that more than this many pieces are cut from is told whole rather than in crumbs. */
const maxPieces = 256

const remaining = (permit: Permit, others: (box: Box) => Iterable<Permit>): readonly Box[] => {
  let left = permit.boxes
  for (const other of others(permit.whole)) {
    if (!timesCover(other.times, permit.times)) continue
    for (const box of other.boxes) left = left.flatMap((part) => subtract(part, box))
    if (left.length === 0) return []
    if (left.length > maxPieces) return left
  }
  return left.filter((box) => !isEmpty(box))
}

const worded = (permit: Permit, box: Box, name: Namer): Conversations => {
  const { conduit, vocabulary } = permit.resolved
  const { when, expires } = permit.times
  return {
    conduit: permit.id,
    from: name(box.sources, conduit.from, permit.whole.sources),
    to: name(box.targets, conduit.to, permit.whole.targets),
    service: serviceWords(box.flows, conduit.service, permit.whole.flows),
    ops: commandWords(box.tokens, vocabulary),
    ...(when === undefined ? {} : { when }),
    ...(expires === undefined ? {} : { expires }),
  }
}

/** What `all` permits and `others` do not. */
const onlyIn = (site: Site, all: readonly Permit[], others: readonly Permit[]): readonly Conversations[] => {
  const same = new Set(others.map(signature))
  const lookup = byTarget(others)
  const name = namer(site)
  return all
    .filter((permit) => !same.has(signature(permit)))
    .flatMap((permit) => remaining(permit, lookup).map((box) => worded(permit, box, name)))
}

const shown = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)

const fieldsChanged = (before: object, after: object, ignored: ReadonlySet<string>): string[] => {
  const [a, b] = [new Map<string, unknown>(Object.entries(before)), new Map<string, unknown>(Object.entries(after))]
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => !ignored.has(key) && !isDeepStrictEqual(a.get(key), b.get(key)))
    .map((key) => `${key}: ${shown(a.get(key))} → ${shown(b.get(key))}`)
}

const changes = (
  before: ReadonlyMap<string, object>,
  after: ReadonlyMap<string, object>,
  ignored: ReadonlySet<string> = new Set(),
): readonly Change[] => {
  const found: Change[] = []
  for (const [name, entry] of before) {
    const other = after.get(name)
    // Most entries are the same, and their text tells that fastest.
    const same = other !== undefined && JSON.stringify(entry) === JSON.stringify(other)
    const fields = other === undefined || same ? [] : fieldsChanged(entry, other, ignored)
    if (other === undefined) found.push({ name, change: 'removed', fields: [] })
    else if (fields.length > 0) found.push({ name, change: 'changed', fields })
  }
  for (const name of after.keys()) if (!before.has(name)) found.push({ name, change: 'added', fields: [] })
  return found
}

const named = (record: Readonly<Record<string, object>>): ReadonlyMap<string, object> => new Map(Object.entries(record))
const withId = (list: readonly { readonly id: string }[]): ReadonlyMap<string, object> =>
  new Map(list.map((entry) => [entry.id, entry]))

/** What the conversations above do not show of a conduit. */
const conduitSettings = ({ conduits }: Site): ReadonlyMap<string, object> =>
  new Map(
    conduits.map(({ id, essential = false, reason, owner, 'deny-action': denyAction, 'on-failure': onFailure }) => [
      id,
      { essential, 'deny-action': denyAction, 'on-failure': onFailure, reason, owner },
    ]),
  )

const modesOf = ({ zones, conduits }: Site, ids: ReadonlySet<string>): ReadonlyMap<string, object> =>
  new Map<string, object>([
    ...Object.entries(zones).map(([name, { mode }]) => [`zone ${name}`, { mode }] as const),
    ...conduits.flatMap(({ id, mode }) => (ids.has(id) ? [[`conduit ${id}`, { mode }] as const] : [])),
  ])

const modeChanges = (before: Site, after: Site): readonly Change[] => {
  const ids = new Set(
    [...before.conduits, ...after.conduits].flatMap(({ id, mode }) => (mode === undefined ? [] : [id])),
  )
  return changes(modesOf(before, ids), modesOf(after, ids)).filter(({ change }) => change === 'changed')
}

const rows = <T extends object>(list: readonly T[], keyOf: (entry: T) => string): ReadonlyMap<string, object> =>
  new Map(list.map((entry) => [keyOf(entry), entry]))

const otherChanges = (before: Site, after: Site): Readonly<Record<string, readonly Change[]>> => {
  const all: Record<string, readonly Change[]> = {
    edges: changes(named(before.edges), named(after.edges)),
    groups: changes(named(before.groups), named(after.groups)),
    conduits: changes(conduitSettings(before), conduitSettings(after)).filter(({ change }) => change === 'changed'),
    denies: changes(withId(before.denies), withId(after.denies)),
    broadcast: changes(
      rows(before.broadcast, ({ zone }) => zone),
      rows(after.broadcast, ({ zone }) => zone),
    ),
    layer2: changes(
      rows(before.layer2, ({ zones }) => zones.join(', ')),
      rows(after.layer2, ({ zones }) => zones.join(', ')),
    ),
    sensors: changes(withId(before.sensors), withId(after.sensors)),
    responses: changes(
      rows(before.responses, ({ zone, event }) => `${zone} ${event}`),
      rows(after.responses, ({ zone, event }) => `${zone} ${event}`),
    ),
    redirects: changes(withId(before.redirects), withId(after.redirects)),
    exceptions: changes(withId(before.exceptions), withId(after.exceptions)),
    decoys: decoyChanges(before.decoys, after.decoys),
    site: changes(
      new Map([['site', { name: before.site, timezone: before.timezone }]]),
      new Map([['site', { name: after.site, timezone: after.timezone }]]),
    ),
  }
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0))
}

const exceptMode: ReadonlySet<string> = new Set(['mode'])

/**
 * Compares two policies that have passed `check`.
 * @param now ms since 1970: expired conduits permit nothing
 */
export const diffPolicies = (before: Site, after: Site, now = Date.now()): Difference => {
  const [old, next] = [permitsOf(before, now), permitsOf(after, now)]
  return {
    permitted: onlyIn(after, next, old),
    denied: onlyIn(before, old, next),
    modes: modeChanges(before, after),
    zones: changes(named(before.zones), named(after.zones), exceptMode),
    assets: changes(named(before.assets), named(after.assets)),
    other: otherChanges(before, after),
  }
}

export const isSamePolicy = ({ permitted, denied, modes, zones, assets, other }: Difference): boolean =>
  [permitted, denied, modes, zones, assets, Object.keys(other)].every((list) => list.length === 0)

/** What changes between two policies, as conversations newly permitted and newly denied. */
import type { Site } from '#schema/site.ts'
import { placesOf, type Spans } from './check/span.ts'
import { isEmpty, subtract, type Box, type Tokens } from './diff/box.ts'
import { changes, listed, orderChanges, rows, type Change } from './diff/changes.ts'
import { decoyChanges } from './diff/decoys.ts'
import { byTarget } from './diff/lookup.ts'
import { permitsOf, timesCover, type Permit } from './diff/permits.ts'
import { conduitSettings, modeChanges } from './diff/settings.ts'
import { commandWords, namer, serviceWords, type Namer } from './diff/words.ts'

export type { Change } from './diff/changes.ts'

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

export interface Difference {
  readonly permitted: readonly Conversations[]
  readonly denied: readonly Conversations[]
  /** Modes of zones and conduits that became stricter or milder, came or went. */
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
  const { conduit } = permit.resolved
  const { when, expires } = permit.times
  return {
    conduit: permit.id,
    from: name(box.sources, conduit.from, permit.whole.sources),
    to: name(box.targets, conduit.to, permit.whole.targets),
    service: serviceWords(box.flows, conduit.service, permit.whole.flows),
    ops: commandWords(box.tokens, permit.resolved),
    ...(when === undefined ? {} : { when }),
    ...(expires === undefined ? {} : { expires }),
  }
}

/** What `all` permits and `others` do not. */
const onlyIn = (name: Namer, all: readonly Permit[], others: readonly Permit[]): readonly Conversations[] => {
  const same = new Set(others.map(signature))
  const lookup = byTarget(others)
  return all
    .filter((permit) => !same.has(signature(permit)))
    .flatMap((permit) => remaining(permit, lookup).map((box) => worded(permit, box, name)))
}

const named = (record: Readonly<Record<string, object>>): ReadonlyMap<string, object> => new Map(Object.entries(record))

const otherChanges = (before: Site, after: Site): Readonly<Record<string, readonly Change[]>> => {
  const all: Record<string, readonly Change[]> = {
    edges: changes(named(before.edges), named(after.edges)),
    groups: changes(named(before.groups), named(after.groups)),
    conduits: conduitSettings(before, after),
    denies: listed(before.denies, after.denies),
    broadcast: changes(
      rows(before.broadcast, ({ zone }) => zone),
      rows(after.broadcast, ({ zone }) => zone),
      ['zone'],
    ),
    layer2: changes(
      rows(before.layer2, ({ zones }) => zones.join(', ')),
      rows(after.layer2, ({ zones }) => zones.join(', ')),
      ['zones'],
    ),
    sensors: [...listed(before.sensors, after.sensors), ...orderChanges(before.sensors, after.sensors)],
    responses: changes(
      rows(before.responses, ({ zone, event }) => `${zone} ${event}`),
      rows(after.responses, ({ zone, event }) => `${zone} ${event}`),
      ['zone', 'event'],
    ),
    redirects: [...listed(before.redirects, after.redirects), ...orderChanges(before.redirects, after.redirects)],
    exceptions: listed(before.exceptions, after.exceptions),
    decoys: decoyChanges(before.decoys, after.decoys),
    site: changes(
      new Map([['site', { name: before.site, timezone: before.timezone }]]),
      new Map([['site', { name: after.site, timezone: after.timezone }]]),
    ),
  }
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0))
}

/**
 * Compares two policies that have passed `check`.
 * @param now ms since 1970: expired conduits permit nothing
 */
export const diffPolicies = (before: Site, after: Site, now = Date.now()): Difference => {
  const [places, others] = [placesOf(before.zones, after.zones), placesOf(after.zones, before.zones)]
  const [old, next] = [permitsOf(before, now, places), permitsOf(after, now, others)]
  return {
    permitted: onlyIn(namer(after, others), next, old),
    denied: onlyIn(namer(before, places), old, next),
    modes: modeChanges(before, after),
    zones: changes(named(before.zones), named(after.zones), ['mode']),
    assets: changes(named(before.assets), named(after.assets)),
    other: otherChanges(before, after),
  }
}

export const isSamePolicy = ({ permitted, denied, modes, zones, assets, other }: Difference): boolean =>
  [permitted, denied, modes, zones, assets, Object.keys(other)].every((list) => list.length === 0)

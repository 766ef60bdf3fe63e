/** Conduits that say the same thing twice, or meet without saying so. */
import type { Check, Context, Finding, Resolved } from './context.ts'
import { flowSpans } from '../flow-spans.ts'
import { coversFlow, sharesFlow } from './flows.ts'
import { riskBelowOf, timesOf, whenCovers } from '../when.ts'
import { overlap, within, type Spans } from './span.ts'

/** Findings of one kind beyond which the rest is only counted: each costs a reader a minute. */
const shownPairs = 50
/** Beyond this many overlaps the search ends: they were made by a machine, and a count adds nothing. */
const maxOverlaps = 20_000

const first = (spans: Spans) => spans[0]!.first
const last = (spans: Spans) => spans.at(-1)!.last
type Axis = 'sources' | 'targets'

/** The axis on which fewer conduits meet: a supervisory server has thousands of targets, a historian thousands of sources. */
const axisOf = (all: readonly Resolved[]): Axis => {
  const distinct = (axis: Axis) => new Set(all.map((each) => first(each[axis]))).size
  return distinct('sources') > distinct('targets') ? 'sources' : 'targets'
}

/** Pairs of conduits whose addresses meet, by a sweep over one axis; what is in `done` needs no more pairs. */
function* meeting(all: readonly Resolved[], done: ReadonlySet<number>): Iterable<readonly [Resolved, Resolved]> {
  const axis = axisOf(all)
  const sorted = all.toSorted((a, b) =>
    first(a[axis]) < first(b[axis]) ? -1 : first(a[axis]) > first(b[axis]) ? 1 : a.index - b.index,
  )
  let active: Resolved[] = []
  for (const each of sorted) {
    const start = first(each[axis])
    active = active.filter((other) => last(other[axis]) >= start && !done.has(other.index))
    for (const other of active)
      if (
        !done.has(other.index) &&
        !done.has(each.index) &&
        overlap(other.sources, each.sources) &&
        overlap(other.targets, each.targets)
      )
        yield other.index < each.index ? [other, each] : [each, other]
    if (!done.has(each.index)) active.push(each)
  }
}

/** Whether what `inner` allows is allowed by `outer` at all times it applies. */
const covers = (outer: Resolved, inner: Resolved): boolean => {
  const [a, b] = [outer.conduit, inner.conduit]
  return (
    whenCovers(a.when, b.when) &&
    (a.expires === undefined || (b.expires !== undefined && b.expires <= a.expires)) &&
    (b.essential !== true || a.essential === true) &&
    a.mode === b.mode &&
    (a.allow === undefined ||
      (b.allow !== undefined &&
        b.allow.every((entry) => a.allow?.some((other) => JSON.stringify(other) === JSON.stringify(entry))))) &&
    coversFlow(outer.service, inner.service) &&
    within(inner.sources, outer.sources) &&
    within(inner.targets, outer.targets)
  )
}

export interface Pair {
  readonly kind: 'redundant' | 'overlap'
  readonly of: Resolved
  readonly by: Resolved
}

const keyOf = ({ service }: Resolved) => JSON.stringify([service.flows, service.etherTypes])

/** Conduits whose services meet, directly or through others: most services meet only themselves. */
const bucketsOf = (all: readonly Resolved[]): Resolved[][] => {
  const groups = [...Map.groupBy(all, keyOf).values()]
  const owner = groups.map((_, i) => i)
  const root = (i: number): number => {
    let at = i
    while (owner[at] !== at) at = owner[at]!
    return at
  }
  const spans = groups.flatMap(([each], i) =>
    each === undefined ? [] : flowSpans(each.service).map((span) => ({ ...span, i })),
  )
  let reach: { last: bigint; i: number } | undefined
  for (const span of spans.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    if (reach !== undefined && span.first <= reach.last) owner[root(span.i)] = root(reach.i)
    if (reach === undefined || span.last > reach.last) reach = span
  }
  return [...Map.groupBy(groups.keys(), root).values()].map((members) => members.flatMap((i) => groups[i] ?? []))
}

const found = new WeakMap<Context, readonly Pair[]>()
export const pairsOf = (context: Context): readonly Pair[] => {
  const known = found.get(context)
  if (known !== undefined) return known
  const pairs: Pair[] = []
  const live = context.conduits.filter(({ sources, targets }) => sources.length > 0 && targets.length > 0)
  const redundant = new Set<number>()
  const add = (of: Resolved, by: Resolved) => {
    redundant.add(of.index)
    pairs.push({ kind: 'redundant', of, by })
  }
  let overlapping = 0
  for (const bucket of bucketsOf(live))
    for (const [a, b] of meeting(bucket, redundant)) {
      if (!sharesFlow(a.service, b.service)) continue
      if (covers(a, b)) add(b, a)
      else if (covers(b, a)) add(a, b)
      else if (++overlapping > maxOverlaps) return remember(context, pairs)
      else pairs.push({ kind: 'overlap', of: b, by: a })
    }
  return remember(context, pairs)
}

const remember = (context: Context, pairs: readonly Pair[]): readonly Pair[] => {
  found.set(context, pairs)
  return pairs
}

function* report(context: Context, kind: Pair['kind'], words: (pair: Pair) => string): Iterable<Finding> {
  const pairs = pairsOf(context)
    .filter((pair) => pair.kind === kind)
    .toSorted((a, b) => a.of.index - b.of.index || a.by.index - b.by.index)
  for (const pair of pairs.slice(0, shownPairs)) yield { path: ['conduits', pair.of.index], message: words(pair) }
  const more = pairs.length - shownPairs
  if (more > 0)
    yield {
      path: ['conduits', pairs[shownPairs]!.of.index],
      message: `and ${more} more such pair${more === 1 ? '' : 's'} from here on`,
    }
}

const same = (a: Spans, b: Spans) => within(a, b) && within(b, a)

/** In what two overlapping conduits differ, so that a reader sees whether it was meant. */
const difference = ({ of, by }: Pair): string => {
  if (!same(of.sources, by.sources) || !same(of.targets, by.targets)) return 'for some of their addresses'
  if (JSON.stringify(of.conduit.allow) !== JSON.stringify(by.conduit.allow))
    return 'with different commands; they add up'
  if (timesOf(of.conduit.when) !== timesOf(by.conduit.when) || of.conduit.expires !== by.conduit.expires)
    return 'at different times; they add up'
  return riskBelowOf(of.conduit.when) === riskBelowOf(by.conduit.when) ? 'in part' : 'at different risks; they add up'
}

export const overlaps: readonly Check[] = [
  {
    code: 'conduit-redundant',
    severity: 'warning',
    summary: 'A conduit permits nothing that another does not permit already.',
    find: (context) =>
      report(
        context,
        'redundant',
        ({ of, by }) => `conduit \`${of.conduit.id}\` is redundant: \`${by.conduit.id}\` permits all of it`,
      ),
  },
  {
    code: 'conduit-overlap',
    severity: 'warning',
    summary: 'Two conduits permit the same conversations in part. They add up, so this is untidy, not wrong.',
    find: (context) =>
      report(
        context,
        'overlap',
        (pair) => `conduits \`${pair.by.conduit.id}\` and \`${pair.of.conduit.id}\` overlap ${difference(pair)}`,
      ),
  },
]

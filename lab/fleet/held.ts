/**
 * What is in force for a stream at an edge. Values are shared: edges that hold the same and hear the same go on with one and the same
 * value, so ten thousand of them cost as much as the few that differ.
 */
import type { StateObject } from '#schema/link-objects.ts'
import { stateDigest } from '#schema/chain.ts'

interface Entry {
  readonly id: string
  readonly revision: number
  /** ms since 1970 */
  readonly expires: number
}

export interface Held {
  readonly revision: number
  readonly entries: ReadonlyMap<string, Entry>
  /** When the first of the entries ends. */
  readonly soonest: number
  /** As the link's digest has it; worked out when it is asked for. */
  readonly hash: () => string
  /** Where others with this value went from here, for as long as somebody holds that. */
  readonly after: Map<string, WeakRef<Held>>
}

/** Steps that a value remembers; those that are far behind ask for steps of their own. */
const mostSteps = 64

const held = (revision: number, entries: ReadonlyMap<string, Entry>): Held => {
  let hash: string | undefined
  return {
    revision,
    entries,
    soonest: [...entries.values()].reduce((least, { expires }) => Math.min(least, expires), Number.POSITIVE_INFINITY),
    hash: () => (hash ??= stateDigest([...entries.values()])),
    after: new Map(),
  }
}

const shared = (from: Held, step: string, make: () => Held): Held => {
  const found = from.after.get(step)?.deref()
  if (found !== undefined) return found
  const made = make()
  if (from.after.size >= mostSteps) from.after.clear()
  from.after.set(step, new WeakRef(made))
  return made
}

/** @returns a value with nothing in it, the root of what shares it */
export const nothing = (): Held => held(0, new Map())

const puts = (object: StateObject): boolean =>
  object.type === 'risk' ? object.score > 0 : object.action === 'contain' || object.action === 'permit'

const applied = (entries: ReadonlyMap<string, Entry>, to: number, objects: readonly StateObject[]): Held => {
  const next = new Map(entries)
  for (const object of objects)
    if (puts(object)) next.set(object.id, { id: object.id, revision: object.revision, expires: object.expires })
    else next.delete(object.id)
  return held(to, next)
}
const stepOf = (to: number, objects: readonly StateObject[]): string =>
  `${to} ${objects.map(({ revision }) => revision).join(' ')}`

/** After objects up to revision `to`, in the order of their revisions. */
export const advanced = (from: Held, to: number, objects: readonly StateObject[]): Held =>
  shared(from, stepOf(to, objects), () => applied(from.entries, to, objects))

/** What a snapshot says and nothing else. */
export const replaced = (from: Held, to: number, objects: readonly StateObject[]): Held =>
  shared(from, `snapshot ${stepOf(to, objects)}`, () => applied(new Map(), to, objects))

/** Without what has ended. */
export const current = (from: Held, now: number): Held => {
  let at = from
  while (at.soonest <= now) {
    const { entries, revision, soonest } = at
    at = shared(at, 'ended', () => held(revision, new Map([...entries].filter(([, { expires }]) => expires > soonest))))
  }
  return at
}

/**
 * The roll-out of one revision, as data: where each edge is, and what follows from what is heard of it. Whoever calls carries out
 * what changed: an edge that is `offered` is sent the policy, one that is `confirming` its confirmation.
 *
 * Two things hold whatever is heard, in whatever order: an edge that came to harm under a revision is never confirmed by the manager,
 * and a roll-out that stopped confirms and offers nothing any more.
 */
import type { Phase, RolloutState } from '#schema/manager-policies.ts'

export interface Timing {
  /** ms for which an edge of each stage is watched; the edge gives up `grace` later. */
  readonly soak: readonly number[]
  /** The same for an edge that joined after the end. */
  readonly joined: number
  readonly grace: number
  /** ms to wait for an edge that does not answer. */
  readonly patience: number
  /** What becomes of one edge decides about no other, as long as there is another. */
  readonly apart?: boolean
}

export interface EdgeState {
  readonly edge: number
  readonly name: string
  readonly stage: number
  readonly phase: Phase
  /** When it came into this phase, ms. */
  readonly since: number
  readonly harm?: string
  /** Its certificate counts no more: nothing can be sent to it, and nothing is heard from it. */
  readonly revoked?: boolean
}

export interface RolloutMachine {
  readonly state: RolloutState
  /** -1 before it began. */
  readonly stage: number
  readonly why?: string
  readonly timing: Timing
  readonly edges: readonly EdgeState[]
}

/** What an edge's newest digest says of this revision. */
export interface Seen {
  readonly at: number
  /** It enforces this revision's very text. */
  readonly ours: boolean
  readonly confirmed: boolean
  /** What is wrong with it, if something is. */
  readonly trouble?: string
}

export type Happening =
  | { readonly type: 'begin' }
  | {
      readonly type: 'report'
      readonly edge: number
      readonly outcome: 'pending' | 'confirmed' | 'rolled-back' | 'refused'
      readonly text: string
      /** Essential conduits that had traffic and have none. */
      readonly silent: readonly string[]
    }
  | { readonly type: 'harm'; readonly edge: number; readonly what: string }
  | { readonly type: 'look'; readonly seen: ReadonlyMap<number, Seen> }
  | { readonly type: 'stop'; readonly why: string }

/** Age at which a digest no longer shows that an edge is alive: three are missing. */
export const freshMs = 95_000

const failed: ReadonlySet<Phase> = new Set(['harmed', 'rolled-back', 'refused'])
/** Enforcing the revision, as far as the manager knows. */
const enforcing: ReadonlySet<Phase> = new Set(['soaking', 'confirming', 'confirmed'])
/** May begin to enforce it. */
const expected: ReadonlySet<Phase> = new Set(['offered', 'late'])
/** What an edge that is revoked is not waited for in. */
const awaited: ReadonlySet<Phase> = new Set(['offered', 'soaking', 'confirming'])
/** Nothing decides them any more but what the edge says later. */
const undecided: ReadonlySet<Phase> = new Set(['waiting', 'offered', 'late', 'soaking'])

const into = (edge: EdgeState, phase: Phase, at: number, harm?: string): EdgeState => ({
  ...edge,
  ...(phase === edge.phase ? {} : { phase, since: at }),
  ...(harm === undefined || edge.harm !== undefined ? {} : { harm }),
})

const reported = (edge: EdgeState, report: Extract<Happening, { type: 'report' }>, at: number): EdgeState => {
  const { phase } = edge
  const { outcome, silent, text } = report
  const isOurs = expected.has(phase) || enforcing.has(phase)
  if (outcome === 'refused')
    // What is enforced already may be refused when it comes again.
    return expected.has(phase) || phase === 'soaking'
      ? into(edge, 'refused', at, `it refused the policy: ${text}`)
      : edge
  if (outcome === 'rolled-back')
    return isOurs || phase === 'harmed' || phase === 'withdrawn'
      ? into(edge, 'rolled-back', at, `it rolled back: ${text}`)
      : edge
  if (!isOurs) return edge
  if (silent.length > 0) return into(edge, 'harmed', at, `essential conduits went silent: ${silent.join(', ')}`)
  // Somebody at the edge may confirm: then it is, whatever the manager still waits for.
  if (outcome === 'confirmed') return into(edge, 'confirmed', at)
  return expected.has(phase) ? into(edge, 'soaking', at) : edge
}

const looked = (edge: EdgeState, seen: Seen | undefined, timing: Timing, at: number): EdgeState => {
  // That nothing is heard from it is what a person asked for and no harm. Enrolled again, it gets the policy like any that was away.
  if (edge.revoked === true) return awaited.has(edge.phase) ? into(edge, 'late', at) : edge
  const soak = timing.soak[edge.stage] ?? timing.joined
  const age = at - edge.since
  const news = seen !== undefined && seen.at >= edge.since && seen.ours ? seen : undefined
  if (expected.has(edge.phase)) {
    // Its report was lost or is still on its way.
    if (news !== undefined) return into(edge, news.confirmed ? 'confirmed' : 'soaking', at)
    return age >= timing.patience ? into(edge, 'late', at) : edge
  }
  if (edge.phase === 'confirming') return news?.confirmed === true ? into(edge, 'confirmed', at) : edge
  if (edge.phase !== 'soaking') return edge
  if (news?.trouble !== undefined) return into(edge, 'harmed', at, news.trouble)
  if (age >= soak + timing.grace)
    return into(edge, 'harmed', at, 'it was not heard from after it applied the policy, and rolls back by itself')
  return age >= soak && news !== undefined && at - news.at <= freshMs ? into(edge, 'confirming', at) : edge
}

const isThrough = ({ phase, since }: EdgeState, { patience, apart }: Timing, at: number): boolean =>
  phase === 'confirmed' ||
  phase === 'late' ||
  (phase === 'confirming' && at - since >= patience) ||
  (apart === true && failed.has(phase))

/** Goes on to the next stage where the one before is through; the evidence that it may is one confirmed edge at least. */
const advanced = (rollout: RolloutMachine, at: number): RolloutMachine => {
  const { timing } = rollout
  let { stage, edges } = rollout
  for (;;) {
    const here = stage
    const isDone =
      here < 0 ||
      (edges.every((edge) => edge.stage !== here || isThrough(edge, timing, at)) &&
        edges.some(({ phase }) => phase === 'confirmed'))
    if (!isDone) return { ...rollout, stage, edges }
    if (here + 1 >= timing.soak.length) return { ...rollout, state: 'done', edges }
    stage = here + 1
    edges = edges.map((edge) =>
      edge.stage === here + 1 && edge.phase === 'waiting' ? into(edge, 'offered', at) : edge,
    )
  }
}

const stopped = (rollout: RolloutMachine, why: string, at: number): RolloutMachine => ({
  ...rollout,
  state: 'stopped',
  why,
  edges: rollout.edges.map((edge) => (undecided.has(edge.phase) ? into(edge, 'withdrawn', at) : edge)),
})

const changed = (edge: EdgeState, happening: Happening, timing: Timing, at: number): EdgeState => {
  if (happening.type === 'look') return looked(edge, happening.seen.get(edge.edge), timing, at)
  if (happening.type === 'report' && edge.edge === happening.edge) return reported(edge, happening, at)
  return happening.type === 'harm' && edge.edge === happening.edge && enforcing.has(edge.phase)
    ? into(edge, 'harmed', at, happening.what)
    : edge
}

/** Edges of the stage under way, where none of them can show any more what one confirmed edge has to: that the policy does no harm. */
const unshown = ({ stage, edges }: RolloutMachine): readonly EdgeState[] => {
  const here = edges.filter((edge) => edge.stage === stage)
  return here.every(({ revoked }) => revoked === true) && !edges.some(({ phase }) => phase === 'confirmed') ? here : []
}

/**
 * What a roll-out is after something happened.
 * @param at ms since 1970, on the manager's clock
 */
export const step = (before: RolloutMachine, happening: Happening, at: number): RolloutMachine => {
  const { timing, state } = before
  const after = { ...before, edges: before.edges.map((edge) => changed(edge, happening, timing, at)) }
  // Edges that were late go on one by one after the end; what became of them decides about no other.
  if (state !== 'running') return after
  if (happening.type === 'stop') return stopped(after, happening.why, at)
  const bad = after.edges.find(({ phase }) => failed.has(phase))
  const isLost = timing.apart !== true || after.edges.every(({ phase }) => failed.has(phase))
  if (bad !== undefined && isLost) return stopped(after, `${bad.name}: ${bad.harm ?? bad.phase}`, at)
  const gone = unshown(after)
  if (gone.length > 0) {
    const who = gone.map(({ name }) => name).join(', ')
    return stopped(
      after,
      `${who}: revoked before any edge was confirmed; publish again, which leaves out what is revoked`,
      at,
    )
  }
  return advanced(after, at)
}

export const begun = (
  edges: readonly { readonly edge: number; readonly name: string; readonly stage: number }[],
  timing: Timing,
  at: number,
): RolloutMachine =>
  step(
    {
      state: 'running',
      stage: -1,
      timing,
      edges: edges.map((edge) => ({ ...edge, phase: 'waiting', since: at })),
    },
    { type: 'begin' },
    at,
  )

/** Whether an edge enforces the revision for good, or may: what a rollback is about. */
export const isHeld = ({ phase }: EdgeState): boolean => phase === 'confirming' || phase === 'confirmed'

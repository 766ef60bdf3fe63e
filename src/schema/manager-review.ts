/** What crosses the manager's API about the review of a draft: what it changes, and what keeps it from being published. */
import * as z from 'zod'
import { Draft, PolicyProblem } from './manager-policies.ts'
import { Name, Time } from './manager-words.ts'

const Conversations = z.strictObject({
  conduit: z.string(),
  from: z.array(z.string()),
  to: z.array(z.string()),
  service: z.string(),
  ops: z.array(z.string()),
  when: z.string().exactOptional(),
  expires: z.string().exactOptional(),
})
const Change = z.strictObject({
  name: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  fields: z.array(z.string()),
})
/** As policy/diff has it. `left`: entries beyond those told. */
export const Differences = z.strictObject({
  permitted: z.array(Conversations),
  denied: z.array(Conversations),
  modes: z.array(Change),
  zones: z.array(Change),
  assets: z.array(Change),
  other: z.record(z.string(), z.array(Change)),
  left: z.int(),
})
export type Differences = z.output<typeof Differences>

export const SimulatedFlow = z.strictObject({
  edge: Name,
  kind: z.string(),
  source: z.string(),
  destination: z.string(),
  service: z.string(),
  packets: z.int(),
  last: Time,
  /** What the draft makes of it, why; and what the policy in force does. */
  verdict: z.string(),
  reason: z.string(),
  before: z.string().nullable(),
})
export type SimulatedFlow = z.output<typeof SimulatedFlow>

export const SimulationView = z.strictObject({
  /** Recorded flows that were judged, and those beyond the limit that were not. */
  flows: z.int(),
  left: z.int(),
  from: Time.nullable(),
  to: Time.nullable(),
  newlyDenied: z.array(SimulatedFlow),
  newlyPermitted: z.array(SimulatedFlow),
  /** How many of both there are; the lists have the most frequent ones. */
  counts: z.strictObject({ newlyDenied: z.int(), newlyPermitted: z.int(), denied: z.int(), notJudged: z.int() }),
  /** Packets an hour that each edge is expected to deny. */
  expected: z.record(z.string(), z.number()),
})
export type SimulationView = z.output<typeof SimulationView>

export const ShadowCount = z.strictObject({
  zone: z.string(),
  mode: z.string(),
  /** Packets and commands that enforcement would have denied, by what the edges counted, and in how many flows. */
  packets: z.int(),
  commands: z.int(),
  flows: z.int(),
  first: Time.nullable(),
  last: Time.nullable(),
})
export type ShadowCount = z.output<typeof ShadowCount>

export const Review = z.strictObject({
  draft: Draft,
  problems: z.array(PolicyProblem),
  /** What keeps it from being published, in sentences. */
  blockers: z.array(z.string()),
  approvals: z.strictObject({
    needed: z.int(),
    given: z.int(),
    /** Why more than one is needed. */
    because: z.array(z.string()),
  }),
  difference: Differences.nullable(),
  tests: z.strictObject({ passed: z.int(), failures: z.array(z.string()) }).nullable(),
  simulation: SimulationView.nullable(),
  shadow: z.array(ShadowCount),
  edges: z.array(
    z.strictObject({
      edge: Name,
      /** `unknown`: the policy names it, the manager does not have it; `left-out`: the other way round. */
      state: z.enum(['connected', 'away', 'unknown', 'left-out', 'revoked']),
    }),
  ),
})
export type Review = z.output<typeof Review>

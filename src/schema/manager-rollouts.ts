/** What crosses the manager's API about the way of a policy to its edges. */
import * as z from 'zod'
import { Revision } from './link-values.ts'
import { phases, Reason, rolloutStates } from './manager-policies.ts'
import { Id, Name, Time } from './manager-words.ts'

/** Longest soak and its grace fit into a day, the longest time that an edge waits for a confirmation. */
const Soak = z.int().min(0).max(80_000)
export const RolloutPlan = z.strictObject({
  /** One edge first, then the rest, when absent. */
  stages: z
    .array(z.strictObject({ edges: z.array(Name).min(1).max(10_000), soak: Soak.optional() }))
    .min(1)
    .max(50)
    .optional(),
  /** Seconds that every edge is watched before it is confirmed. */
  soak: Soak.default(300),
  /** Seconds beyond the soak after which an edge that was not confirmed rolls back by itself. */
  grace: z.int().min(10).max(6000).default(120),
  /** Seconds to wait for an edge that does not answer before the others go on without it. */
  patience: z.int().min(1).max(86_400).default(900),
  /** Harm is more denied packets than `floor` and `factor` times what was expected. */
  factor: z.number().min(1).max(1000).default(3),
  floor: z.int().min(0).max(1_000_000_000).default(50),
  /** Whether edges that were confirmed get the former text back when the roll-out stops. */
  rollback: z.enum(['automatic', 'by-hand']).default('automatic'),
})
export type RolloutPlan = z.output<typeof RolloutPlan>

export const PublishRequest = z.strictObject({ revision: z.int().min(1), plan: RolloutPlan.prefault({}) })
export const RollbackRequest = z.strictObject({
  /** The newest revision that they know of. */
  newest: Revision,
  /** Whose text comes back; the one before that in force when absent. */
  to: z.int().min(1).optional(),
  reason: Reason,
  /** Who goes back is in a hurry: an edge is watched for a minute, whatever else is said. */
  plan: RolloutPlan.extend({ soak: Soak.default(60) }).prefault({}),
})
export const StopRequest = z.strictObject({ reason: Reason })

export const RolloutEdge = z.strictObject({
  edge: Name,
  stage: z.int(),
  phase: z.enum(phases),
  since: Time,
  harm: z.string().nullable(),
  applied: Time.nullable(),
  /** Packets denied since it applied, and how many would be harm by now. */
  denied: z.int(),
  limit: z.int(),
})
export const Rollout = z.strictObject({
  id: Id,
  site: Name,
  revision: Revision,
  state: z.enum(rolloutStates),
  stage: z.int(),
  stages: z.array(z.strictObject({ edges: z.array(Name), soak: z.int() })),
  by: z.string(),
  why: z.string().nullable(),
  rollback: z.enum(['automatic', 'by-hand']),
  started: Time,
  ended: Time.nullable(),
  edges: z.array(RolloutEdge),
})
export type Rollout = z.output<typeof Rollout>
export const Rollouts = z.strictObject({ rollouts: z.array(Rollout) })

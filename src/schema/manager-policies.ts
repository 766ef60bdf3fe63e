/** What crosses the manager's API about the life cycle of policies. */
import * as z from 'zod'
import { idPattern } from '#core/id.ts'

const Time = z.iso.datetime()
const Id = z.string().regex(idPattern)
const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of small letters, digits and hyphens')
const Revision = z.int().min(0)
const Hash = z.string().regex(/^[0-9a-f]{64}$/)
const Title = z.string().trim().min(1).max(200)
const Reason = z.string().trim().min(1).max(500)

/** Longest document that the manager takes, in bytes: with its signature it fits into one frame of the link. */
export const longestPolicy = 4 << 20
const PolicyText = z.string().min(1).max(longestPolicy)

export const draftStates = ['open', 'refused', 'published', 'withdrawn'] as const
export type DraftState = (typeof draftStates)[number]
export const rolloutStates = ['running', 'stopped', 'done'] as const
export type RolloutState = (typeof rolloutStates)[number]
/**
 * Where an edge is with a revision. `late`: not heard from, and the others do not wait for it; `confirming`: the manager confirmed,
 * and the edge has not said that it knows; `withdrawn`: nothing is offered to it any more.
 */
export const phases = [
  'waiting',
  'offered',
  'late',
  'soaking',
  'confirming',
  'confirmed',
  'harmed',
  'rolled-back',
  'refused',
  'withdrawn',
] as const
export type Phase = (typeof phases)[number]

export const Person = z.strictObject({ id: z.string().max(64), name: z.string().max(200) })
export type Person = z.output<typeof Person>

export const SiteParams = z.strictObject({ site: Name })
export const RevisionParams = z.strictObject({ site: Name, revision: z.coerce.number().int().min(1) })
export const RuleParams = z.strictObject({ site: Name, rule: z.string().min(1).max(64) })
export const DraftParams = z.strictObject({ id: Id })
export const SiteQuery = z.strictObject({
  site: Name.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export const RevisionsQuery = z.strictObject({
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
/** A day stands for its last moment, UTC. */
export const RuleQuery = z.strictObject({ at: z.union([Time, z.iso.date()]).optional() })

// --- sites ----------------------------------------------------------------------------------------------------------------------

export const PolicySite = z.strictObject({
  site: Name,
  /** In force, or on its way; 0: none. */
  revision: Revision,
  /** Newest number that was given. */
  newest: Revision,
  approvals: z.int(),
  version: z.int(),
  rollout: Id.nullable(),
  edges: z.array(
    z.strictObject({
      edge: Name,
      /** By its digest; 0: a policy of its own, or none. */
      enforces: Revision,
      phase: z.enum(phases).nullable(),
    }),
  ),
})
export type PolicySite = z.output<typeof PolicySite>
export const PolicySites = z.strictObject({ sites: z.array(PolicySite) })
export const SiteChange = z.strictObject({ version: z.int().min(1), approvals: z.int().min(1).max(5) })

// --- drafts ---------------------------------------------------------------------------------------------------------------------

export const PolicyProblem = z.strictObject({
  line: z.int(),
  column: z.int(),
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  /** With what was expected, and the name that was probably meant. */
  message: z.string(),
})
export type PolicyProblem = z.output<typeof PolicyProblem>

export const Vote = z.strictObject({
  person: Person,
  approves: z.boolean(),
  reason: z.string().nullable(),
  at: Time,
})
export type Vote = z.output<typeof Vote>

export const Draft = z.strictObject({
  id: Id,
  site: Name,
  title: z.string(),
  state: z.enum(draftStates),
  /** Grows with every change; whoever changes or approves says which one they saw. */
  revision: z.int(),
  /** The revision in force that it follows. */
  base: Revision,
  digest: Hash,
  authors: z.array(Person),
  /** Of this revision alone: a change cancels them. */
  votes: z.array(Vote),
  created: Time,
  changed: Time,
  published: Revision.nullable(),
})
export type Draft = z.output<typeof Draft>
export const Drafts = z.strictObject({ drafts: z.array(Draft) })
export const WholeDraft = Draft.extend({
  text: z.string(),
  problems: z.array(PolicyProblem),
})
export type WholeDraft = z.output<typeof WholeDraft>

export const NewDraft = z.strictObject({ site: Name, title: Title, text: PolicyText })
export const DraftChange = z
  .strictObject({
    revision: z.int().min(1),
    title: Title.optional(),
    text: PolicyText.optional(),
    /** Lets it follow the revision that is in force now. */
    rebase: z.literal(true).optional(),
  })
  .refine(({ title, text, rebase }) => (title ?? text ?? rebase) !== undefined, 'nothing to change')
export const DraftSeen = z.strictObject({ revision: z.int().min(1), reason: Reason.optional() })
export const DraftRefused = z.strictObject({ revision: z.int().min(1), reason: Reason })

// --- review ---------------------------------------------------------------------------------------------------------------------

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

// --- roll-outs ------------------------------------------------------------------------------------------------------------------

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
  plan: RolloutPlan.prefault({ soak: 60 }),
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

// --- history --------------------------------------------------------------------------------------------------------------------

export const Approval = z.strictObject({ person: Person, at: Time, reason: z.string().nullable() })
export const RevisionView = z.strictObject({
  site: Name,
  revision: Revision,
  digest: Hash,
  title: z.string(),
  restores: Revision.nullable(),
  reason: z.string().nullable(),
  authors: z.array(Person),
  approvals: z.array(Approval),
  publishedBy: z.string(),
  at: Time,
  rollout: z.strictObject({ id: Id, state: z.enum(rolloutStates), why: z.string().nullable() }).nullable(),
})
export type RevisionView = z.output<typeof RevisionView>
export const Revisions = z.strictObject({ revisions: z.array(RevisionView) })

const Enforced = z.strictObject({ edge: Name, revision: Revision, since: Time, until: Time.nullable() })
export const WholeRevision = RevisionView.extend({ text: z.string(), enforced: z.array(Enforced) })

export const RuleHistory = z.strictObject({
  site: Name,
  rule: z.string(),
  at: Time,
  /** Its section of the document, such as `conduits`. */
  section: z.string(),
  /** The newest revision published by then. */
  revision: Revision,
  /** Lines of the document, as they stood. */
  text: z.string(),
  line: z.int(),
  /** The revision that gave the rule the form it had. */
  since: RevisionView,
  /** What each edge enforced at that moment, and whether the rule was in it in this form. */
  edges: z.array(
    z.strictObject({
      edge: Name,
      enforced: Revision.nullable(),
      since: Time.nullable(),
      /** `same`: in this form; `other`: another form; `none`: it was not in it. */
      rule: z.enum(['same', 'other', 'none', 'unknown']),
    }),
  ),
})
export type RuleHistory = z.output<typeof RuleHistory>

/** What crosses the manager's API about policies: sites, and drafts of theirs. */
import * as z from 'zod'
import { Hash, Revision } from './link-values.ts'
import { Id, Name, Time } from './manager-words.ts'

const Title = z.string().trim().min(1).max(200)
export const Reason = z.string().trim().min(1).max(500)

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
export const DraftParams = z.strictObject({ id: Id })
export const SiteQuery = z.strictObject({
  site: Name.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

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

/** What crosses the manager's API about published policies: who made, approved and enforced which, and when. */
import * as z from 'zod'
import { Hash, Revision } from './link-values.ts'
import { Person, rolloutStates } from './manager-policies.ts'
import { Id, Name, Time } from './manager-words.ts'

export const RevisionParams = z.strictObject({ site: Name, revision: z.coerce.number().int().min(1) })
export const RuleParams = z.strictObject({ site: Name, rule: z.string().min(1).max(64) })
export const RevisionsQuery = z.strictObject({
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
/** A day stands for its last moment, UTC. */
export const RuleQuery = z.strictObject({ at: z.union([Time, z.iso.date()]).optional() })

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

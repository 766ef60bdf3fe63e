/** Sites and edges in the manager's API. */
import * as z from 'zod'
import { Digest } from './link-frames.ts'
import { Name, Time } from './manager-words.ts'

export const EdgeParams = z.strictObject({ id: z.string().regex(/^[1-9]\d{0,14}$/, 'the number of an edge') })

export const Site = z.strictObject({ name: Name, created: Time, edges: z.int(), connected: z.int() })
export type Site = z.output<typeof Site>
export const Sites = z.strictObject({ sites: z.array(Site) })
export const NewSite = z.strictObject({ name: Name })

export const edgeStates = ['waiting', 'enrolled', 'revoked'] as const

/** What an edge says of a stream, beside what the manager wants of it. */
const StreamState = z.strictObject({
  stream: z.string(),
  /** What the edge has, and the newest there is. */
  revision: z.int(),
  newest: z.int(),
  /** How much the kernel has of what is desired; `matches` when the edge holds exactly the same. */
  enforced: z.int(),
  desired: z.int(),
  matches: z.boolean(),
})

export const EdgeView = z.strictObject({
  id: z.int(),
  site: Name,
  name: Name,
  state: z.enum(edgeStates),
  created: Time,
  enrolled: Time.nullable(),
  revoked: Time.nullable(),
  /** End of its newest certificate. */
  certificate: Time.nullable(),
  version: z.string().nullable(),
  connected: Time.nullable(),
  /** The manager that holds its link. */
  manager: z.string().nullable(),
  seen: Time.nullable(),
  policy: z
    .strictObject({
      revision: z.int(),
      digest: z.string(),
      state: Digest.shape.policy.shape.state,
      intact: z.boolean(),
    })
    .nullable(),
  status: Digest.shape.status.nullable(),
  alarms: z.array(z.string()),
  /** Events at the edge that the manager does not have. */
  waiting: z.int().nullable(),
})
export type EdgeView = z.output<typeof EdgeView>
export const EdgesQuery = z.strictObject({
  site: Name.optional(),
  name: Name.optional(),
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
})
export const Edges = z.strictObject({ edges: z.array(EdgeView) })
export const EdgeDetail = EdgeView.extend({
  streams: z.array(StreamState),
  /** Over all streams. */
  enforced: z.int(),
  desired: z.int(),
  digestAt: Time.nullable(),
})
export type EdgeDetail = z.output<typeof EdgeDetail>

const Hours = z.int().min(1).max(720).default(24)
export const NewEdge = z.strictObject({ site: Name, name: Name, hours: Hours })
export const NewEnrolment = z.strictObject({ hours: Hours })
export const Revocation = z.strictObject({ reason: z.string().min(1).max(200) })
/** The one time that the token is shown. */
export const MadeEnrolment = z.strictObject({ edge: EdgeView, token: z.string(), expires: Time })

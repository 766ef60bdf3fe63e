/** What lasts of the link: signed and numbered objects, which travel over the line or as files. docs/link.md. */
import * as z from 'zod'
import { Address, Mac } from './address.ts'
import { Base64, frameLimit, Hash, Id, Name, Revision, Scope, Text, Time } from './link-values.ts'

/**
 * `signature`: Ed25519 (RFC 8032) over `bulkhead/1\n` and the body as it stands; `key`: SHA-256 of the signer's SPKI in DER, hex.
 * The body is canonical JSON and says its own type, so no object can be taken for one of another kind.
 */
export const Signed = z.strictObject({ key: Hash, signature: Base64.max(128), body: z.string().max(frameLimit.toEdge) })
export type Signed = z.infer<typeof Signed>
export const signedText = (body: string): string => `bulkhead/1\n${body}`

/** A site's policy for one edge. Revisions of a site only grow; going back publishes the older text under a new number. */
export const PolicyObject = z.strictObject({
  type: z.literal('policy'),
  site: Name,
  edge: Name,
  revision: Revision,
  /** The document, and the SHA-256 of its bytes. */
  text: z.string(),
  digest: Hash,
  /** Seconds until the edge rolls back by itself when the manager does not confirm. */
  confirm: z.int().min(10).max(86_400),
  by: Text,
  at: Time,
})
export type PolicyObject = z.infer<typeof PolicyObject>

/** The manager saw the edge alive and unharmed under this revision. */
export const ConfirmObject = z.strictObject({
  type: z.literal('confirm'),
  site: Name,
  edge: Name,
  revision: Revision,
  at: Time,
})
export type ConfirmObject = z.infer<typeof ConfirmObject>

const Ordered = {
  /** Number in its stream, over the whole fleet: grows with every object, without gaps. */
  revision: Revision,
  id: Id,
  scope: Scope,
  by: Text,
  reason: Text,
  at: Time,
} as const

/** Contain a source, or release it. A later revision for the same address wins. */
export const OrderObject = z.strictObject({
  type: z.literal('order'),
  ...Ordered,
  action: z.enum(['contain', 'release']),
  ip: Address,
  expires: Time,
  /** The person who ordered or approved it said that a known asset is meant. */
  known: z.literal(true).optional(),
  /** What it follows from: the edge that detected, and when, on its clock. */
  cause: z.strictObject({ site: Name, edge: Name, event: Id, detected: Time }).optional(),
})
export type OrderObject = z.infer<typeof OrderObject>

/** A temporary permit of one site, or its end. */
export const PermitObject = z.strictObject({
  type: z.literal('permit'),
  ...Ordered,
  action: z.enum(['permit', 'revoke']),
  from: Address,
  to: Address,
  service: z.string().max(64),
  mac: Mac.optional(),
  expires: Time,
})
export type PermitObject = z.infer<typeof PermitObject>

/** The risk of a source where `risk-below` asks for it. Without one its risk is 0. */
export const RiskObject = z.strictObject({
  type: z.literal('risk'),
  ...Ordered,
  ip: Address,
  score: z.int().min(0).max(100),
  expires: Time,
})
export type RiskObject = z.infer<typeof RiskObject>

/** State that goes down as numbered objects, each stream with revisions of its own. */
export const stateStreams = ['orders', 'permits', 'risk'] as const
export type StateStream = (typeof stateStreams)[number]
export const StateObject = z.discriminatedUnion('type', [OrderObject, PermitObject, RiskObject])
export type StateObject = z.infer<typeof StateObject>
export const streamOf: Record<StateObject['type'], StateStream> = { order: 'orders', permit: 'permits', risk: 'risk' }

/** Everything of a stream that is in force for an edge at a revision: what is not in it, is not in force. */
export const SnapshotObject = z.strictObject({
  type: z.literal('snapshot'),
  stream: z.enum(stateStreams),
  site: Name,
  edge: Name,
  revision: Revision,
  /** Of the objects that follow. */
  count: z.int().min(0),
  /** `stateDigest` over them. */
  hash: Hash,
  at: Time,
})
export type SnapshotObject = z.infer<typeof SnapshotObject>

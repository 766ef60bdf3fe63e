/**
 * The link between an edge and the manager: JSON text frames over one WebSocket (RFC 6455) inside mutual TLS 1.3, always dialled by
 * the edge. What lasts is signed and numbered, so the same objects travel as files where there is no line. docs/link.md.
 */
import * as z from 'zod'
import { Address, Mac } from './address.ts'
import { eventClasses } from './event-kinds.ts'

export const linkProtocol = 'bulkhead.link.v1'
/** Longest frame in either direction, in bytes; a policy is the longest object. */
export const frameLimit = { fromEdge: 1 << 20, toEdge: 8 << 20 } as const
/** Most objects of one snapshot, however many frames it takes. */
export const snapshotLimit = 20_000
/** Most events in one batch. */
export const batchLimit = 1000

const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
const Hash = z.string().regex(/^[0-9a-f]{64}$/)
const Revision = z.int().min(0)
/** Milliseconds since 1970. */
const Time = z.int().min(0)
const Text = z.string().min(1).max(500)
const Id = z.string().min(1).max(128)
const Base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/)

/** `spiffe://DOMAIN/site/SITE/edge/EDGE` (SPIFFE-ID 2.1): who speaks at the other end of a link. */
export const EdgeIdentity = z.strictObject({ site: Name, edge: Name })
export type EdgeIdentity = z.infer<typeof EdgeIdentity>
export const spiffeId = (domain: string, { site, edge }: EdgeIdentity): string =>
  `spiffe://${domain}/site/${site}/edge/${edge}`

/** How far an object reaches. */
export const Scope = z.discriminatedUnion('level', [
  z.strictObject({ level: z.literal('fleet') }),
  z.strictObject({ level: z.literal('site'), site: Name }),
  z.strictObject({ level: z.literal('edge'), site: Name, edge: Name }),
])
export type Scope = z.infer<typeof Scope>

export const reaches = (scope: Scope, { site, edge }: EdgeIdentity): boolean =>
  scope.level === 'fleet' || (scope.site === site && (scope.level === 'site' || scope.edge === edge))

// --- signed objects -------------------------------------------------------------------------------------------------------------

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
  /** Of {@link stateDigest} over the objects that follow. */
  count: z.int().min(0),
  hash: Hash,
  at: Time,
})
export type SnapshotObject = z.infer<typeof SnapshotObject>

/** What two sides compare: ids and revisions in force, sorted by id, one a line, to be hashed with SHA-256. */
export const stateDigestText = (objects: readonly { readonly id: string; readonly revision: number }[]): string =>
  objects
    .map(({ id, revision }) => `${id} ${revision}\n`)
    .toSorted()
    .join('')

// --- from the edge --------------------------------------------------------------------------------------------------------------

const Revisions = z.strictObject({
  policy: Revision,
  orders: Revision,
  permits: Revision,
  risk: Revision,
})
export type Revisions = z.infer<typeof Revisions>

export const SentEvent = z.strictObject({
  seq: z.int().min(1),
  /** Canonical JSON of a schema/event Event, as it was hashed. */
  body: z.string().max(16_384),
  /** Of P0 alone: place in the edge's chain, hash of the one before, and its own (edge/audit/chain.ts). */
  n: z.int().min(1).optional(),
  prev: Hash.optional(),
  hash: Hash.optional(),
})
export type SentEvent = z.infer<typeof SentEvent>

/** Events of one class in the order of `seq`. */
export const EventBatch = z.strictObject({
  type: z.literal('events'),
  /** Identifies the edge's store: a new one counts from 1 again. */
  store: Id,
  class: z.enum(eventClasses),
  events: z.array(SentEvent).min(1).max(batchLimit),
})
export type EventBatch = z.infer<typeof EventBatch>

/** What is in force for a stream at the edge, and how much of it the kernel has. */
const StreamDigest = z.strictObject({
  stream: z.enum(stateStreams),
  revision: Revision,
  count: z.int().min(0),
  hash: Hash,
  enforced: z.int().min(0),
})
export const Digest = z.strictObject({
  type: z.literal('digest'),
  at: Time,
  policy: z.strictObject({
    revision: Revision,
    /** SHA-256 of the text that the kernel enforces. */
    digest: Hash,
    state: z.enum(['pending', 'confirmed', 'local']),
    /** Whether the kernel's rules are what the plan says. */
    intact: z.boolean(),
  }),
  streams: z.array(StreamDigest).max(stateStreams.length),
  status: z.enum(['enforcing', 'observing', 'bypassed', 'pending', 'altered']),
  alarms: z.array(Text).max(16),
  /** Events not yet acknowledged. */
  waiting: z.int().min(0),
})
export type Digest = z.infer<typeof Digest>

export const PolicyReport = z.strictObject({
  type: z.literal('policy-report'),
  revision: Revision,
  outcome: z.enum(['pending', 'confirmed', 'rolled-back', 'refused']),
  text: Text,
  /** Essential conduits that had traffic and have none. */
  silent: z.array(z.string()).max(64),
  at: Time,
  ms: z.number().min(0).optional(),
})
export type PolicyReport = z.infer<typeof PolicyReport>

export const StateReport = z.strictObject({
  type: z.literal('state-report'),
  stream: z.enum(stateStreams),
  id: Id,
  revision: Revision,
  outcome: z.enum(['enforced', 'refused', 'expired', 'superseded']),
  text: Text.optional(),
  /** When the kernel had it, and what the kernel's part took. */
  at: Time,
  kernelMs: z.number().min(0).optional(),
})
export type StateReport = z.infer<typeof StateReport>

export const Hello = z.strictObject({
  type: z.literal('hello'),
  version: z.string().max(64),
  store: Id,
  have: Revisions,
  /** Newest event, so that a manager knows how much waits. */
  newest: z.int().min(0),
  at: Time,
})
export type Hello = z.infer<typeof Hello>

/** A new short-lived certificate for the same key: the signature of the device key covers `bulkhead-renew\nSPIFFE-ID\nat`. */
export const Renew = z.strictObject({ type: z.literal('renew'), at: Time, signature: Base64.max(256) })
export type Renew = z.infer<typeof Renew>

export const FromEdge = z.discriminatedUnion('type', [Hello, EventBatch, Digest, PolicyReport, StateReport, Renew])
export type FromEdge = z.infer<typeof FromEdge>

// --- to the edge ----------------------------------------------------------------------------------------------------------------

export const ToEdge = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('welcome'),
    at: Time,
    manager: Id,
    /** Seconds between digests. */
    digest: z.int().min(1).max(3600),
    /** Highest seq that came for each class of this store: the edge numbers on after it. What it sends is known by its id. */
    acknowledged: z.partialRecord(z.enum(eventClasses), z.int().min(0)),
  }),
  /** The batch of a class that ended with `seq` is stored for good. */
  z.strictObject({ type: z.literal('ack'), store: Id, class: z.enum(eventClasses), seq: z.int().min(0) }),
  z.strictObject({ type: z.literal('policy'), object: Signed }),
  z.strictObject({ type: z.literal('confirm'), object: Signed }),
  /** Objects after revision `from` up to `to`, those that reach this edge; or, with a snapshot, all that are in force. */
  z.strictObject({
    type: z.literal('state'),
    stream: z.enum(stateStreams),
    from: Revision,
    to: Revision,
    snapshot: Signed.optional(),
    /** Of a snapshot that one frame does not hold: the next frame of the stream, with the same `snapshot`, goes on. */
    more: z.literal(true).optional(),
    objects: z.array(Signed).max(snapshotLimit),
  }),
  z.strictObject({ type: z.literal('svid'), certificate: z.string().max(16_384), until: Time }),
  /** The last frame before the manager ends the link. `wait`: seconds not to come back for. */
  z.strictObject({ type: z.literal('refused'), code: z.string().max(64), text: Text, wait: z.int().min(0).optional() }),
])
export type ToEdge = z.infer<typeof ToEdge>
export type ToEdgeOf<T extends ToEdge['type']> = Extract<ToEdge, { type: T }>

// --- enrolment ------------------------------------------------------------------------------------------------------------------

/** What an enrolment token (`bhe_` and base64url of this as JSON) holds: where to dial, whom to trust there, and the secret. */
export const EnrolmentToken = z.strictObject({
  /** `wss://HOST:PORT` or `unix:PATH`, in the order to try. */
  urls: z.array(z.string().max(256)).min(1).max(8),
  /** SHA-256 of the authority's certificate in DER. */
  ca: Hash,
  secret: z.string().min(32).max(64),
})
export type EnrolmentToken = z.infer<typeof EnrolmentToken>

/** POST /link/v1/enrol: `publicKey` SPKI in DER, `proof` its signature over `bulkhead-enrol\nSECRET`. */
export const EnrolRequest = z.strictObject({
  secret: z.string().max(64),
  publicKey: Base64.max(1024),
  proof: Base64.max(256),
  version: z.string().max(64),
})
export type EnrolRequest = z.infer<typeof EnrolRequest>

/** POST /link/v1/renew: for a certificate that has ended while there was no line. Signed as {@link Renew}. */
export const RenewRequest = z.strictObject({ site: Name, edge: Name, at: Time, signature: Base64.max(256) })

export const Enrolled = z.strictObject({
  site: Name,
  edge: Name,
  domain: z.string().max(253),
  /** PEM: the edge's certificate, and the authority's. */
  certificate: z.string().max(16_384),
  authority: z.string().max(16_384),
  until: Time,
  /** SPKI in PEM of the key that signs what goes down. */
  signer: z.string().max(1024),
  urls: z.array(z.string().max(256)).min(1).max(8),
})
export type Enrolled = z.infer<typeof Enrolled>

export const enrolText = (secret: string): string => `bulkhead-enrol\n${secret}`
export const renewText = (id: string, at: number): string => `bulkhead-renew\n${id}\n${at}`

// --- without a line -------------------------------------------------------------------------------------------------------------

/** A file for an edge: JSON lines, the first this header as a {@link Signed}; the manager's frames of type policy, state and svid follow. */
export const DownBundle = z.strictObject({
  type: z.literal('bundle-down'),
  site: Name,
  edge: Name,
  at: Time,
  /** Number of lines that follow, and SHA-256 over them. */
  lines: z.int().min(0),
  hash: Hash,
  acknowledged: z.record(Id, z.partialRecord(z.enum(eventClasses), z.int().min(0))),
})
export type DownBundle = z.infer<typeof DownBundle>
/** A file from an edge, the same way: signed with its device key, hello, events, reports and a digest follow. */
export const UpBundle = z.strictObject({
  type: z.literal('bundle-up'),
  site: Name,
  edge: Name,
  at: Time,
  lines: z.int().min(0),
  hash: Hash,
})
export type UpBundle = z.infer<typeof UpBundle>

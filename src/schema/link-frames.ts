/**
 * The link between an edge and the manager: JSON text frames over one WebSocket (RFC 6455) inside mutual TLS 1.3, always dialled by
 * the edge. What lasts is signed and numbered, so the same objects travel as files where there is no line. docs/link.md.
 */
import * as z from 'zod'
import { eventClasses } from './event-kinds.ts'
import { Signed, stateStreams } from './link-objects.ts'
import { Base64, Hash, Id, Revision, Text, Time } from './link-values.ts'

export const linkProtocol = 'bulkhead.link.v1'
/** Most objects of one snapshot, however many frames it takes. */
export const snapshotLimit = 20_000
/** Most events in one batch. */
export const batchLimit = 1000

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

/** Events at the manager: what it takes from edges, and what crosses its API about them. docs/manager-events.md. */
import * as z from 'zod'
import { idPattern } from '#core/id.ts'
import { Address, Network } from './address.ts'
import { Event } from './event.ts'
import { Time } from './manager-words.ts'

/** Any kind's name: an edge may be newer than its manager, and what it says is kept all the same. */
export const KindName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'the name of a kind of event')
export const StoredEvent = Event.extend({ kind: KindName })
export type StoredEvent = z.output<typeof StoredEvent>

const Label = z.string().min(1).max(64)
const Count = z.int().min(0)

/** Several, with commas between them. */
const Classes = z.string().regex(/^P[0-3](,P[0-3]){0,3}$/, 'classes with commas, such as P0,P1')
const Kinds = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}(,[a-z][a-z0-9-]{0,39}){0,31}$/, 'kinds with commas, such as denial,scan')

const filter = {
  from: Time.optional(),
  to: Time.optional(),
  site: Label.optional(),
  edge: Label.optional(),
  class: Classes.optional(),
  kind: Kinds.optional(),
  source: z.union([Address, Network]).optional(),
  destination: z.union([Address, Network]).optional(),
  /** At either end. */
  asset: Label.optional(),
  conduit: Label.optional(),
  reason: Label.optional(),
  /** Anywhere in the event as it stands, in capitals or not. */
  text: z.string().min(1).max(200).optional(),
  /** `no`: what does not fit into the chain of its edge. */
  intact: z.enum(['yes', 'no']).optional(),
} as const
export const EventFilter = z.strictObject(filter)
export type EventFilter = z.output<typeof EventFilter>

const verdicts = ['false-positive', 'confirmed'] as const
export const EventQuery = z.strictObject({
  ...filter,
  /** `next` of the page before. */
  after: z
    .string()
    .regex(/^\d{1,15}\.\d{1,15}$/, '`next` of the page before')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})
export type EventQuery = z.output<typeof EventQuery>

export const FoundEvent = z.strictObject({
  /** Number of the row. */
  row: z.int(),
  received: Time,
  intact: z.boolean(),
  verdict: z.enum(verdicts).optional(),
  event: StoredEvent,
})
export type FoundEvent = z.output<typeof FoundEvent>
/** Newest first. `next` is there when there may be more, also on a page that is not full. */
export const EventPage = z.strictObject({ events: z.array(FoundEvent), next: z.string().optional() })
export type EventPage = z.output<typeof EventPage>

export const EventParams = z.strictObject({ id: z.string().regex(idPattern) })
export const Verdict = z.strictObject({ verdict: z.enum(verdicts), reason: z.string().min(3).max(500) })
export type Verdict = z.output<typeof Verdict>
export const Judgement = z.strictObject({
  event: z.string(),
  at: Time,
  site: z.string(),
  edge: z.string(),
  kind: z.string(),
  conduit: z.string(),
  count: Count,
  verdict: z.enum(verdicts),
  reason: z.string(),
  by: z.string(),
  judged: Time,
})
export type Judgement = z.output<typeof Judgement>

/** A span of whole hours; the last 7 days when nothing is said. */
export const ReportQuery = z.strictObject({
  from: Time.optional(),
  to: Time.optional(),
  site: Label.optional(),
  edge: Label.optional(),
  /** Rows of each table, the biggest first. */
  limit: z.coerce.number().int().min(1).max(5000).default(1000),
})
export type ReportQuery = z.output<typeof ReportQuery>
const span = { from: Time, to: Time } as const

const noise = {
  /** What the packets would have been, each told by itself. */
  packets: Count,
  events: Count,
  /** Alike within an hour: one kind, edge, reason and conduit, of severity 5 and more. */
  alerts: Count,
  rawBytes: Count,
  storedBytes: Count,
} as const
export const NoiseReport = z.strictObject({
  ...span,
  total: z.strictObject(noise),
  kinds: z.array(z.strictObject({ kind: z.string(), ...noise })),
})
export type NoiseReport = z.output<typeof NoiseReport>

export const FirewallLoad = z.strictObject({
  ...span,
  conduits: z.array(
    z.strictObject({ site: z.string(), edge: z.string(), conduit: z.string(), packets: Count, bytes: Count }),
  ),
  edges: z.array(
    z.strictObject({
      site: z.string(),
      edge: z.string(),
      packets: Count,
      bytes: Count,
      /** In the busiest hour, on average. */
      peakPacketsPerSecond: z.number(),
    }),
  ),
})
export type FirewallLoad = z.output<typeof FirewallLoad>

export const ConduitLedger = z.strictObject({
  ...span,
  conduits: z.array(
    z.strictObject({
      site: z.string(),
      conduit: z.string(),
      /** Summed over the edges. */
      hoursEnforced: z.number(),
      hoursWatched: z.number(),
      /** Packets, and the events that tell of them. */
      denials: Count,
      denialEvents: Count,
      /** Of those: judged so by a person. */
      falsePackets: Count,
      falseEvents: Count,
    }),
  ),
})
export type ConduitLedger = z.output<typeof ConduitLedger>

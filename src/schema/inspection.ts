/** What passes between an edge, its inspectors and the watchdog: one JSON object a line on unix sockets. */
import * as z from 'zod'

/** Which queue an inspector serves: where failures let traffic pass, or stop it; or copies of what is only watched. */
export const InspectorRole = z.enum(['open', 'closed', 'watch'])
export type InspectorRole = z.infer<typeof InspectorRole>

const Count = z.number().int().min(0)
export const ConduitCounts = z.object({
  packets: Count,
  messages: Count,
  permitted: Count,
  denied: Count,
  wouldDeny: Count,
  resets: Count,
  unsynchronised: Count,
  faults: Count,
})
export type ConduitCounts = z.infer<typeof ConduitCounts>

/** Time a packet waited here, in µs, by upper bounds of powers of two: the i-th counts those below 2^i. */
export const LatencyBuckets = z.array(Count)

/** A command that was denied, or would have been, with how often it came since the last report. */
export const Denied = z.object({
  conduit: z.string(),
  vlan: z.number(),
  from: z.string(),
  to: z.string(),
  service: z.string(),
  port: z.number(),
  op: z.string().optional(),
  /** Object and values in words. */
  what: z.string(),
  reason: z.string(),
  detail: z.string(),
  /** What was done; `log`: nothing, it was only watched. */
  action: z.enum(['exception', 'neutralise', 'reset', 'drop', 'log']),
  /** Why a connection was reset although its conduit asked for something milder. */
  reset: z.string().optional(),
  count: Count,
  first: z.number(),
  last: z.number(),
})
export type Denied = z.infer<typeof Denied>

export const Noticed = z.object({
  conduit: z.string(),
  from: z.string(),
  to: z.string(),
  text: z.string(),
  count: Count,
})
export type Noticed = z.infer<typeof Noticed>

/** What is told once: it is repeated until the asker names its number. */
export const ReportBatch = z.object({ number: Count, denied: z.array(Denied), noticed: z.array(Noticed) })
export type ReportBatch = z.infer<typeof ReportBatch>

/** From an inspector, when asked with the `run` and the number of the newest batch that was taken down (`upTo`). */
export const InspectorReport = z.object({
  report: z.literal('state'),
  /** Of this process alone: the next one counts its batches anew. */
  run: z.string(),
  role: InspectorRole,
  queue: z.number(),
  pid: z.number(),
  /** Digest of the plan it judges by; empty before it has one. */
  digest: z.string(),
  flows: Count,
  /** Connections whose ends count differently: not to be bypassed without a reset. */
  translated: Count,
  unsynchronised: Count,
  /** Conversations forgotten to make room for newer ones; they are taken up in their midst. */
  forgotten: Count,
  /** Copies that came too fast to be read, where commands are only watched. */
  lost: Count,
  faults: Count,
  counts: z.record(z.string(), ConduitCounts),
  latency: z.record(z.string(), LatencyBuckets),
  batches: z.array(ReportBatch),
})
export type InspectorReport = z.infer<typeof InspectorReport>

/** What the watchdog saw of one queue. */
export const QueueState = z.object({
  queue: z.number(),
  role: InspectorRole,
  state: z.enum(['starting', 'judging', 'dead', 'hung']),
  pid: z.number(),
  /** Restarts since the watchdog began. */
  restarts: Count,
  /** Times at which it stopped and went on judging, ms since 1970, of the last failures. */
  failures: z.array(
    z.object({ cause: z.enum(['dead', 'hung']), from: z.number(), to: z.number().optional(), resets: Count }),
  ),
  /** Newest round trip of a heartbeat, µs. */
  beat: z.number(),
})
export type QueueState = z.infer<typeof QueueState>
export const WatchdogReport = z.object({
  report: z.literal('watchdog'),
  /** ms since 1970. */
  started: z.number(),
  pid: z.number(),
  queues: z.array(QueueState),
})
export type WatchdogReport = z.infer<typeof WatchdogReport>

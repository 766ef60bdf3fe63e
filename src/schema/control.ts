/** The edge's control API: JSON over HTTP on a unix socket. One operation per POST /v1/NAME; events follow on GET /v1/events. */
import * as z from 'zod'
import { Address, Duration, Mac } from './address.ts'
import { decoyRequests } from './decoys-control.ts'
import { ConduitCounts, QueueState } from './inspection.ts'
import { modes, RiskBelow } from './site.ts'

const Reason = z.string().min(1).max(500)
const By = z.string().min(1).max(100)

/** Bodies of requests, by operation. */
export const requests = {
  status: z.strictObject({}),
  explain: z.strictObject({ from: z.string(), to: z.string(), service: z.string(), op: z.string().optional() }),
  contain: z.strictObject({ ip: Address, for: Duration.default('1h'), reason: Reason, by: By }),
  release: z.strictObject({ ip: Address, reason: Reason, by: By }),
  permit: z.strictObject({
    from: Address,
    to: Address,
    service: z.string(),
    mac: Mac.optional(),
    /** It ends when the risk of `from` is not below this any more. */
    'risk-below': RiskBelow.optional(),
    for: Duration,
    reason: Reason,
    by: By,
  }),
  permits: z.strictObject({}),
  revoke: z.strictObject({ id: z.string(), by: By }),
  /** `path` is read by the daemon; the deadline after which an unconfirmed plan rolls back. */
  apply: z.strictObject({
    path: z.string(),
    confirm: Duration.default('60s'),
    by: By,
    'dry-run': z.boolean().default(false),
  }),
  confirm: z.strictObject({ by: By, force: z.boolean().default(false) }),
  rollback: z.strictObject({ by: By, reason: Reason }),
  bypass: z.strictObject({ for: Duration, reason: Reason, by: By }),
  'bypass-end': z.strictObject({ by: By }),
  isolate: z.strictObject({ zone: z.string(), reason: Reason, by: By }),
  rejoin: z.strictObject({ zone: z.string(), by: By }),
  'replace-asset': z.strictObject({ asset: z.string(), mac: Mac.optional(), by: By }),
  qualify: z.strictObject({ asset: z.string(), reason: Reason, by: By, undo: z.boolean().default(false) }),
  doctor: z.strictObject({}),
  /** Files for and from a manager that cannot be reached; the daemon writes and reads them. */
  export: z.strictObject({ path: z.string() }),
  import: z.strictObject({ path: z.string(), by: By }),
  ...decoyRequests,
} as const
export type Operation = keyof typeof requests
export type RequestOf<O extends Operation> = z.output<(typeof requests)[O]>

const Hits = z.object({ packets: z.number(), bytes: z.number(), last: z.string().optional() })

export const Containment = z.object({
  ip: z.string(),
  kind: z.enum(['stranger', 'known', 'ordered']),
  port: z.string().optional(),
  mac: z.string().optional(),
  vlan: z.number(),
  expires: z.string(),
  since: z.string().optional(),
  reason: z.string().optional(),
  by: z.string().optional(),
})
export type Containment = z.infer<typeof Containment>

export const Permit = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  service: z.string(),
  mac: z.string().optional(),
  expires: z.string(),
  by: z.string(),
  reason: z.string(),
})
export type Permit = z.infer<typeof Permit>

export const EdgeStatus = z.object({
  site: z.string(),
  edge: z.string(),
  kind: z.enum(['bridge', 'routed']),
  pid: z.number(),
  started: z.string(),
  time: z.string(),
  /** First line of what a person sees: `enforcing`, `bypassed until …`, `observing`, `clock is wrong`, `rules were changed by somebody else`. */
  state: z.enum(['enforcing', 'observing', 'bypassed', 'pending', 'altered']),
  alarms: z.array(z.string()),
  bypass: z.object({ until: z.string(), reason: z.string(), by: z.string() }).optional(),
  plan: z.object({
    digest: z.string(),
    generation: z.number(),
    applied: z.string(),
    confirmed: z.boolean(),
    deadline: z.string().optional(),
  }),
  ports: z.array(z.object({ name: z.string(), device: z.string(), up: z.boolean(), zones: z.array(z.string()) })),
  zones: z.array(
    z.object({
      name: z.string(),
      mode: z.enum(modes),
      island: z.boolean(),
      observed: z.number(),
      'would-deny': z.number(),
      denied: z.number(),
      intra: z.number(),
    }),
  ),
  conduits: z.array(
    z.object({
      id: z.string(),
      from: z.string(),
      to: z.string(),
      service: z.string(),
      essential: z.boolean(),
      open: z.boolean(),
      until: z.string().optional(),
      hits: Hits,
    }),
  ),
  /** Conduits whose commands are judged, and the queues by which. */
  inspection: z.object({
    queues: z.array(QueueState),
    /** Connections that carried a refused command: their ends count differently, so they are reset when their inspector dies. */
    translated: z.number(),
    /** Connections picked up in the middle in which no message was found yet. */
    unsynchronised: z.number(),
    flows: z.number(),
    conduits: z.array(
      z.object({
        id: z.string(),
        /** Not judged but watched. */
        watched: z.boolean(),
        counts: ConduitCounts,
        /** Time a packet waited for its verdict, upper bounds in µs. */
        latency: z.object({ p50: z.number(), p99: z.number(), p999: z.number(), samples: z.number() }).optional(),
      }),
    ),
    uninspected: z.object({ packets: z.number(), dropped: z.number() }),
  }),
  denies: z.array(z.object({ id: z.string(), hits: Hits })),
  counters: z.record(z.string(), Hits),
  containments: z.array(Containment),
  permits: z.array(Permit),
  /** Only where the policy has decoys. */
  decoys: z
    .object({
      standing: z.number(),
      withdrawn: z.number(),
      stations: z.number(),
      epoch: z.number(),
      host: z.enum(['running', 'starting', 'down']),
      contacts: z.number(),
    })
    .optional(),
  events: z.object({ stored: z.number(), dropped: z.number() }),
  /** Only where the edge is enrolled. */
  manager: z
    .object({
      /** `EDGE of SITE`. */
      enrolled: z.string(),
      connected: z.boolean(),
      since: z.string(),
      url: z.string().optional(),
      name: z.string().optional(),
      problem: z.string().optional(),
      /** Events that it does not have yet. */
      waiting: z.number(),
    })
    .optional(),
})
export type EdgeStatus = z.infer<typeof EdgeStatus>

export const ApplyReport = z.object({
  digest: z.string(),
  generation: z.number().optional(),
  deadline: z.string().optional(),
  permitted: z.array(z.string()),
  denied: z.array(z.string()),
  modes: z.array(z.string()),
  warnings: z.array(z.string()),
  /** Milliseconds from the request to the new rules being enforced. */
  ms: z.number().optional(),
})
export type ApplyReport = z.infer<typeof ApplyReport>

/** One line of `doctor`. */
export const Finding = z.object({
  id: z.string(),
  level: z.enum(['ok', 'note', 'degraded', 'broken']),
  found: z.string(),
  advice: z.string().optional(),
})
export type Finding = z.infer<typeof Finding>

/** What a file for or from a manager held. */
export const StickReport = z.object({
  path: z.string(),
  lines: z.number(),
  events: z.number(),
  text: z.string(),
})
export type StickReport = z.infer<typeof StickReport>

/** Answer of an order: when it was durable and in the kernel, in ms since the request arrived. */
export const OrderReport = z.object({
  id: z.string(),
  ms: z.object({ total: z.number(), kernel: z.number() }),
  expires: z.string().optional(),
  text: z.string(),
})
export type OrderReport = z.infer<typeof OrderReport>

/** What the edge's control API answers: apart from what it is asked, for whoever asks needs not check that. */
import * as z from 'zod'
import { ConduitCounts, QueueState } from './inspection.ts'
import { modes } from './site-words.ts'

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
  /** How many are contained, where that is more than are listed. */
  contained: z.int().optional(),
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
  /** Zones, assets, and everything else with a name that is another one now. */
  other: z.array(z.string()).optional(),
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

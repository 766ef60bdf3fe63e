/** Orders and permits in the manager's API. Meaning: docs/orders.md. */
import * as z from 'zod'
import { Address, Duration, Mac } from './address.ts'
import { Scope } from './link-values.ts'
import { Id, Name, Time } from './manager-words.ts'

const Reason = z.string().trim().min(1).max(300)
const Count = z.int().min(0)

export const orderStates = ['waiting', 'ordered', 'released', 'refused'] as const
export type OrderState = (typeof orderStates)[number]
export const permitStates = ['waiting', 'permitted', 'revoked', 'refused'] as const
export type PermitState = (typeof permitStates)[number]
/** What a person sees: `expired` is a state that time alone brings. */
const ShownOrderState = z.enum([...orderStates, 'expired'])
const ShownPermitState = z.enum([...permitStates, 'expired'])

/** Who spoke with an address, at one site. */
export const SiteBlast = z.strictObject({
  site: Name,
  peers: Count,
  packets: Count,
  /** Conduits in use. Those that are essential pass in spite of a containment. */
  conduits: z.array(z.strictObject({ id: z.string(), essential: z.boolean(), peers: Count, packets: Count })),
  /** What no conduit covers. */
  elsewhere: Count,
  /** The busiest. */
  talks: z.array(
    z.strictObject({
      with: z.string(),
      asset: z.string().optional(),
      protocol: z.string().optional(),
      port: z.int().optional(),
      conduit: z.string().optional(),
      essential: z.boolean(),
      packets: Count,
      last: Time,
    }),
  ),
})
export const Blast = z.strictObject({ days: z.int(), sites: z.array(SiteBlast) })
export type Blast = z.infer<typeof Blast>
export type SiteBlast = z.infer<typeof SiteBlast>

export const Order = z.strictObject({
  id: Id,
  ip: z.string(),
  scope: Scope,
  state: ShownOrderState,
  automatic: z.boolean(),
  /** Assets of reached sites that have the address. */
  known: z.array(z.string()),
  seconds: z.int(),
  reason: z.string(),
  why: z.string().optional(),
  by: z.string(),
  created: Time,
  expires: Time,
  decided: z.strictObject({ at: Time, by: z.string(), reason: z.string() }).optional(),
  released: z.strictObject({ at: Time, by: z.string(), reason: z.string() }).optional(),
  revision: z.int().optional(),
  cause: z
    .strictObject({
      site: z.string(),
      edge: z.string(),
      event: z.string(),
      detected: Time,
      received: Time,
      zone: z.string().optional(),
      evidence: z.string(),
    })
    .optional(),
  agreed: z.strictObject({ row: z.string(), by: z.array(z.string()) }).optional(),
})
export type Order = z.infer<typeof Order>
export const OrderDetail = z.strictObject({
  order: Order,
  blast: Blast.optional(),
  /** Edges that have it in their kernel: ms from detection by the clocks of edges, and by the manager's alone. */
  edges: z.array(
    z.strictObject({
      site: z.string(),
      edge: z.string(),
      enforced: Time,
      fromDetection: z.number().optional(),
      fromReceipt: z.number().optional(),
      kernelMs: z.number().optional(),
    }),
  ),
})
export const Orders = z.strictObject({ orders: z.array(Order) })
export const OrdersQuery = z.strictObject({
  state: z.enum(['in-force', 'waiting', 'all']).default('in-force'),
  ip: Address.optional(),
  site: Name.optional(),
  /** Only older ones than this. */
  before: Id.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

const Asked = {
  ip: Address,
  level: z.enum(['edge', 'site', 'fleet']),
  site: Name.optional(),
  edge: Name.optional(),
} as const
export const NewOrder = z.strictObject({
  ...Asked,
  for: Duration,
  reason: Reason,
  /** Says that the writer knows it is an asset. */
  known: z.boolean().default(false),
})
export type NewOrder = z.infer<typeof NewOrder>
export const PreviewRequest = z.strictObject({ ...Asked, days: z.int().min(1).max(90).default(14) })
export const Preview = z.strictObject({
  ip: z.string(),
  scope: Scope,
  sites: z.array(z.string()),
  /** Sites without a published policy: whose assets are there, nobody knows. */
  unknown: z.array(z.string()),
  private: z.boolean(),
  known: z.array(z.strictObject({ site: z.string(), asset: z.string(), kind: z.string(), zone: z.string() })),
  /** Why it cannot be ordered, and why somebody else would have to approve it. */
  refused: z.string().optional(),
  approval: z.string().optional(),
  inForce: z.array(Order),
  blast: Blast,
})
export type Preview = z.infer<typeof Preview>
export const Approval = z.strictObject({ reason: Reason, known: z.boolean().default(false) })
export const Refusal = z.strictObject({ reason: Reason })
export const ReleaseRequest = z.strictObject({ ip: Address, site: Name.optional(), reason: Reason })

export const Breaker = z.strictObject({
  open: z.boolean(),
  since: Time.optional(),
  why: z.string().optional(),
  perMinute: z.int(),
  wide: z.int(),
})
export const BreakerChange = z
  .strictObject({
    reset: z.literal(true).optional(),
    perMinute: z.int().min(1).max(100_000).optional(),
    wide: z.int().min(0).max(10_000).optional(),
    reason: Reason,
  })
  .refine(({ reset, perMinute, wide }) => reset !== undefined || perMinute !== undefined || wide !== undefined, {
    error: 'nothing to change',
  })
export const OrdersStatus = z.strictObject({
  inForce: Count,
  automatic: Count,
  /** Automatic ones in force that reach the fleet or stop a known asset. */
  wide: Count,
  lastMinute: Count,
  waiting: Count,
  permits: Count,
  permitsWaiting: Count,
  breaker: Breaker,
  alarms: z.array(z.string()),
})
export type OrdersStatus = z.infer<typeof OrdersStatus>

const Percentiles = z.strictObject({ p50: z.number(), p90: z.number(), p99: z.number(), most: z.number() })
export const TimesQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(90).default(30),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export const Times = z.strictObject({
  days: z.int(),
  /** ms; per site of the enforcing edges and row of `responses:`. */
  rows: z.array(
    z.strictObject({
      site: z.string(),
      agreed: z.string().optional(),
      by: z.array(z.string()),
      orders: Count,
      reports: Count,
      /** Detected until the manager had it, by two clocks. */
      receipt: Percentiles,
      /** From there until it was published, by the manager's clock. */
      publication: Percentiles,
      /** Detected until it was in the kernel, by the clocks of both edges. */
      enforced: Percentiles,
      /** The manager had the event until it heard that the kernel had the order: one clock, and longer than what it stands for. */
      heard: Percentiles,
    }),
  ),
})
export type Times = z.infer<typeof Times>

export const Permit = z.strictObject({
  id: Id,
  state: ShownPermitState,
  site: z.string(),
  edge: z.string().optional(),
  from: z.string(),
  to: z.string(),
  service: z.string(),
  mac: z.string().optional(),
  seconds: z.int(),
  reason: z.string(),
  by: z.string(),
  created: Time,
  expires: Time,
  decided: z.strictObject({ at: Time, by: z.string(), reason: z.string() }).optional(),
  revoked: z.strictObject({ at: Time, by: z.string() }).optional(),
  revision: z.int().optional(),
})
export type Permit = z.infer<typeof Permit>
export const Permits = z.strictObject({ permits: z.array(Permit) })
export const PermitsQuery = z.strictObject({
  state: z.enum(['in-force', 'waiting', 'all']).default('in-force'),
  site: Name.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export const NewPermit = z.strictObject({
  site: Name,
  edge: Name.optional(),
  from: Address,
  to: Address,
  service: z.string().min(1).max(64),
  mac: Mac.optional(),
  for: Duration,
  reason: Reason,
})
export type NewPermit = z.infer<typeof NewPermit>

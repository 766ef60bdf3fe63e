/** The site policy document: names are the contract with everybody who writes one. Semantics: docs/policy.md. */
import * as z from 'zod'
import { Address, Duration, Mac, Network, Vlan } from './address.ts'
import { Decoys } from './decoys.ts'
import { failureCauses, kinds, modes } from './site-words.ts'

export { type FailureCause, failureCauses, kinds, modes } from './site-words.ts'

const Name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a name of lower-case letters, digits, dot, dash, underscore')
const Text = z.string().min(1).max(500)
const Day = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])
const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time of day such as 02:00')
const CalendarDay = z.iso.date()

export const Mode = z.enum(modes)
export type Mode = z.infer<typeof Mode>

export const Kind = z.enum(kinds)

export const EdgePort = z.strictObject({
  /** Linux interface; the port's own name when absent. */
  device: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,15}$/, 'a Linux interface name of at most 15 characters')
    .optional(),
  zones: z.array(Name).min(1),
  vlans: z.array(Vlan).min(1).optional(),
  /** MACs of routers behind this port: frames of any address may carry them. */
  routers: z.array(Mac).optional(),
})

export const Edge = z.strictObject({
  bridge: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,15}$/)
    .optional(),
  ports: z.record(Name, EdgePort).refine((ports) => Object.keys(ports).length >= 2, 'at least two ports'),
  'link-mirror': z.union([z.enum(['on', 'off']), z.boolean()]).optional(),
  /** Address of the bridge itself, needed only where redirects end at the edge or go through it. */
  address: Network.or(z.string().regex(/^[0-9a-f.:]+\/\d+$/i)).optional(),
})

export const Zone = z.strictObject({
  level: z.number().min(0).max(5),
  networks: z.array(Network).min(1),
  mode: Mode.default('observe'),
  intra: z.enum(['permit', 'deny']).default('permit'),
  vlan: Vlan.optional(),
  criticality: z.enum(['low', 'medium', 'high']).optional(),
  'sl-target': z.int().min(0).max(4).optional(),
  owner: Text.optional(),
})

export const Asset = z.strictObject({
  ips: z.array(Address).min(1),
  macs: z.array(Mac).optional(),
  zone: Name,
  kind: Kind.default('other'),
  owner: Text.optional(),
  vendor: Text.optional(),
  qualified: z.boolean().optional(),
  /** Shares its address with a spare: any MAC is accepted for it, on its own port. */
  virtual: z.enum(['vrrp', 'redundant-pair']).optional(),
})

export const TimeRange = z.strictObject({
  days: z.array(Day).min(1).optional(),
  from: TimeOfDay,
  to: TimeOfDay,
})

export const Group = z.strictObject({
  assets: z.array(Name).optional(),
  networks: z.array(Network).optional(),
  kinds: z.array(Kind).optional(),
  vendors: z.array(Text).min(1).optional(),
  ports: z
    .array(z.string().regex(/^(tcp|udp)\/\d{1,5}(-\d{1,5})?$/, 'a port such as tcp/1234 or udp/5000-5010'))
    .optional(),
  times: z.array(TimeRange).optional(),
})

/** Whole numbers and ranges: 5, "100-119" or "1,3,10-12". */
const Ranges = z.union([
  z.int(),
  z.string().regex(/^-?\d+(--?\d+)?(,\s*-?\d+(--?\d+)?)*$/, 'numbers and ranges such as 100-119'),
])
const Constrained = z.union([Ranges, z.string(), z.array(z.union([z.string(), z.int()]))])

/** One allowed command: a risk class or an op name, or an op narrowed by what its protocol lets a rule set. */
export const Allow = z.union([
  z.string(),
  z
    .object({
      op: z.string(),
      step: z.number().positive().optional(),
      rate: z
        .string()
        .regex(/^\d+\/(s|min|h)$/, 'a rate such as 12/min')
        .optional(),
      while: z.object({ equals: z.number().optional(), in: Ranges.optional() }).catchall(Constrained).optional(),
    })
    .catchall(Constrained),
])

export const denyActions = ['exception', 'neutralise', 'reset', 'drop', 'log'] as const

const FailureMode = z.enum(['open', 'closed'])
const OnFailure = z.union([
  FailureMode,
  z.partialRecord(z.enum(failureCauses), FailureMode).refine((causes) => Object.keys(causes).length > 0),
])

/** Scores below this are too little to decide anything by: context alone, such as the country of an address, comes to less. */
export const lowestRisk = 10
export const RiskBelow = z.int().min(lowestRisk).max(100)

/** A group of times, or conditions that all must hold. */
const When = z.union([
  z.string(),
  z
    .strictObject({ times: z.string().optional(), 'risk-below': RiskBelow.optional() })
    .refine((conditions) => Object.keys(conditions).length > 0, {
      error: '`times`, `risk-below` or both',
      // A key that does not exist is told by itself.
      when: ({ issues }) => issues.length === 0,
    }),
])

export const Conduit = z.strictObject({
  id: Name,
  from: z.string(),
  to: z.string(),
  service: z.string(),
  allow: z.array(Allow).min(1).optional(),
  'deny-action': z.enum(denyActions).optional(),
  'on-failure': OnFailure.optional(),
  mode: Mode.optional(),
  essential: z.boolean().optional(),
  when: When.optional(),
  expires: CalendarDay.optional(),
  reason: Text.optional(),
  owner: Text.optional(),
})

export const Deny = z.strictObject({
  id: Name,
  from: z.string(),
  to: z.string(),
  service: z.string(),
  reason: Text.optional(),
  owner: Text.optional(),
})

export const responseActions = ['alert', 'deny', 'contain', 'redirect', 'deceive'] as const
export const sensorCounts = [
  'distinct-destinations',
  'distinct-ports',
  'packets',
  'off-hours',
  'first-seen-peer',
  'first-seen-op',
] as const
export const Sensor = z.strictObject({
  id: Name,
  counts: z.enum(sensorCounts),
  // The kernel counts in ns, and nft takes a burst of 2^32 for one of none.
  over: z.int().min(0).max(1_000_000_000).optional(),
  in: Duration.optional(),
  zone: Name.optional(),
  response: z.enum(responseActions).default('alert'),
})

/** `deny`, `alert` or `contain 1h site`: what to do, how long, how far. */
const ResponseText = z
  .string()
  .regex(
    /^(alert|deny|redirect|deceive|contain( \d{1,6}(s|m|h|d))?( (edge|site|fleet))?)$/,
    'deny, alert or contain 1h site',
  )
export const responseEvents = [
  'out-of-scope',
  'scan',
  'spoof',
  'rate',
  'off-hours',
  'first-seen',
  'sensor',
  'decoy',
] as const
export const Response = z.strictObject({
  zone: Name,
  event: z.enum(responseEvents),
  stranger: ResponseText.optional(),
  known: ResponseText.optional(),
  'agreed-by': z.array(Text).min(1),
})

export const Redirect = z.strictObject({
  id: Name,
  from: z.string(),
  to: z.string(),
  ports: z.array(z.string().regex(/^(tcp|udp)\/\d{1,5}$/, 'a port such as tcp/80')).min(1),
  /** `unauthenticated`, or a group of times; always when absent. */
  when: z.string().optional(),
  /** An asset, an address, or address:port. */
  target: z.string(),
  snat: z.boolean().default(false),
  owner: Text.optional(),
  reason: Text.optional(),
})

export const Exception = z.strictObject({
  id: Name,
  conduit: Name,
  reason: Text,
  owner: Text,
  expires: CalendarDay,
  compensating: Text.optional(),
})

export const expectations = ['permit', 'deny', 'contain', 'redirect', 'decoy', 'spoof'] as const
export const PolicyTest = z
  .object({
    from: z.string(),
    to: z.string(),
    service: z.string(),
    op: z.string().optional(),
    at: z.string().optional(),
    expect: z.enum(expectations),
  })
  .catchall(z.union([z.string(), z.number(), z.boolean()]))

export const Site = z.strictObject({
  version: z.literal(1),
  site: Name,
  timezone: z.string().default('UTC'),
  edges: z.record(Name, Edge),
  zones: z.record(Name, Zone),
  assets: z.record(Name, Asset).default({}),
  groups: z.record(Name, Group).default({}),
  conduits: z.array(Conduit).default([]),
  denies: z.array(Deny).default([]),
  broadcast: z
    .array(z.strictObject({ zone: Name, allow: z.array(z.string()).min(1), reason: Text.optional() }))
    .default([]),
  layer2: z
    .array(z.strictObject({ zones: z.array(Name).min(1), allow: z.array(z.string()).min(1), reason: Text.optional() }))
    .default([]),
  sensors: z.array(Sensor).default([]),
  responses: z.array(Response).default([]),
  redirects: z.array(Redirect).default([]),
  exceptions: z.array(Exception).default([]),
  decoys: Decoys.optional(),
  tests: z.array(PolicyTest).default([]),
})
export type Site = z.infer<typeof Site>
export type Zone = z.infer<typeof Zone>
export type Asset = z.infer<typeof Asset>
export type Group = z.infer<typeof Group>
export type Conduit = z.infer<typeof Conduit>
export type Deny = z.infer<typeof Deny>
export type Sensor = z.infer<typeof Sensor>
export type Response = z.infer<typeof Response>
export type Redirect = z.infer<typeof Redirect>
export type PolicyTest = z.infer<typeof PolicyTest>

/** Risk at the manager, as its API says it. */
import * as z from 'zod'
import { idPattern } from '#core/id.ts'
import { Address, Network } from './address.ts'
import { RiskBelow } from './site.ts'
import { Time } from './manager-words.ts'

const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
const Reason = z.string().min(3).max(500)
const Score = z.int().min(0).max(100)

export const RiskQuery = z.strictObject({
  site: Name.optional(),
  min: z.coerce.number().int().min(0).max(100).default(1),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
})
export const RiskSource = z.strictObject({
  site: z.string(),
  ip: z.string(),
  score: Score,
  scored: Time,
  /** What edges were told it has reached; 0: nothing. */
  told: Score,
  /** The highest threshold of the site that it has reached; 0: none. */
  threshold: Score,
})
export type RiskSource = z.output<typeof RiskSource>
export const RiskSources = z.strictObject({ sources: z.array(RiskSource) })

/** Without an address there is nothing. */
export const EvidenceQuery = z.strictObject({
  ip: Address.optional(),
  site: Name.optional(),
  /** Pieces of evidence for each site. */
  limit: z.coerce.number().int().min(1).max(1000).default(200),
})

export const RiskPoint = z.strictObject({
  family: z.string(),
  label: z.string(),
  /** Event or list. */
  key: z.string(),
  text: z.string(),
  edge: z.string().optional(),
  zone: z.string().optional(),
  /** ATT&CK for ICS. */
  technique: z.string().optional(),
  at: Time,
  /** Seconds. */
  age: z.number(),
  /** Log-odds that it added when it was new, and adds now. */
  weight: z.number(),
  adds: z.number(),
  /** Of the score; all of them add up to it. */
  points: z.number(),
})
export const RiskDetail = z.strictObject({
  site: z.string(),
  ip: z.string(),
  score: Score,
  veto: z.string().optional(),
  origin: z.strictObject({
    country: z.string().optional(),
    asn: z.number().optional(),
    organisation: z.string().optional(),
  }),
  techniques: z.array(z.string()),
  /** The strongest first. */
  evidence: z.array(RiskPoint),
})
export type RiskDetail = z.output<typeof RiskDetail>
export const RiskDetails = z.strictObject({ sites: z.array(RiskDetail) })

export const VetoId = z.strictObject({ id: z.string().regex(idPattern) })
export const NewVeto = z.strictObject({
  network: z.union([Address, Network]),
  /** Everywhere when absent. */
  site: Name.optional(),
  reason: Reason,
  /** Until it is taken back when absent. */
  until: Time.optional(),
})
export const RiskVeto = z.strictObject({
  id: z.string(),
  network: z.string(),
  site: z.string().nullable(),
  reason: z.string(),
  by: z.string(),
  created: Time,
  until: Time.nullable(),
})
export type RiskVeto = z.output<typeof RiskVeto>
export const RiskVetoes = z.strictObject({ vetoes: z.array(RiskVeto) })

export const riskResponses = ['alert', 'contain'] as const
export const NewThreshold = z.strictObject({ site: Name, score: RiskBelow, response: z.enum(riskResponses) })
export const RiskThreshold = z.strictObject({
  site: z.string(),
  score: Score,
  response: z.enum(riskResponses),
  by: z.string(),
  changed: Time,
})
export type RiskThreshold = z.output<typeof RiskThreshold>
export const RiskThresholds = z.strictObject({
  thresholds: z.array(RiskThreshold),
  /** Risks that published policies ask for, by site. */
  asked: z.record(z.string(), z.array(Score)),
})
export const ThresholdQuery = z.strictObject({ site: Name, score: z.coerce.number().int() })

/** A country (ISO 3166-1 alpha-2) or an autonomous system by its number. */
export const NewOrigin = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('country'),
    value: z.string().regex(/^[A-Z]{2}$/, 'two capital letters such as FR'),
  }),
  z.strictObject({ kind: z.literal('asn'), value: z.string().regex(/^[1-9]\d{0,9}$/, 'a number such as 64496') }),
])
export const OriginQuery = z.strictObject({ kind: z.enum(['country', 'asn']), value: z.string().max(10) })
export const RiskOrigin = z.strictObject({
  kind: z.enum(['country', 'asn']),
  value: z.string(),
  by: z.string(),
  created: Time,
})
export const RiskOrigins = z.strictObject({ origins: z.array(RiskOrigin) })

import * as z from 'zod'
import { canonical } from '#core/canonical.ts'
import { keptNames } from '../database/tables.ts'

export const format = 'bulkhead-manager-backup-1'

const Sum = z.strictObject({ rows: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
export type TableSum = z.output<typeof Sum>

export const Sums = z.record(z.enum(keptNames), Sum)

export const Head = z.strictObject({ format: z.literal(format), created: z.string(), migration: z.int().min(1) })
export const Table = z.strictObject({ table: z.enum(keptNames) })
export const Claim = z.strictObject({
  created: z.string(),
  migration: z.int().min(1),
  tables: Sums,
  /** Fingerprint of the key that signs, and PEM of every key that signed rows of the audit. */
  key: z.string(),
  keys: z.array(z.string()).min(1).max(64),
})
export type Claim = z.output<typeof Claim>
export const Manifest = z.strictObject({ manifest: Claim, signature: z.string() })

export const claimText = (claim: Claim): string => canonical(claim)

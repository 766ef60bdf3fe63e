/**
 * The index of security advisories that an assessment matches devices against: one JSON document, kept in a state's folder and
 * exchanged as a file, so that a plant without a way to the internet can be kept up to date.
 */
import * as z from 'zod'

const Text = z.string().min(1).max(500)
const Cve = z.string().regex(/^CVE-\d{4}-\d{4,7}$/, 'a CVE id such as CVE-2020-15782')
const Score = z.number().min(0).max(10)
const Cves = z.array(Cve).max(2000)

/** A product that is affected. Its `cves` and `cvss` are given where they differ from those of the whole advisory. */
export const AffectedProduct = z.strictObject({
  vendor: Text,
  product: Text,
  /** Order numbers as the vendor writes them; `*` stands for any ending. */
  models: z.array(z.string().min(1).max(100)).max(500).optional(),
  /** Any of these: a version, a range (`< V4.5.0`, `>= 5.0 <= 5.028`, `vers:generic/>=1.0|<2.0`), or `*` for all versions. */
  versions: z.array(z.string().min(1).max(300)).min(1).max(500),
  cves: Cves.optional(),
  cvss: Score.optional(),
  /** What the vendor offers, e.g. `Update to V4.5.0`. */
  fix: Text.optional(),
})
export type AffectedProduct = z.infer<typeof AffectedProduct>

export const Advisory = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, 'an id such as ICSA-21-152-01'),
  title: Text,
  /** Day of its current release, YYYY-MM-DD: a newer one replaces an older one with the same id. */
  released: z.iso.date().optional(),
  cves: Cves,
  /** Highest CVSS v3 or v4 base score, else v2. */
  cvss: Score.optional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(1000)
    .optional(),
  products: z.array(AffectedProduct).max(5000),
})
export type Advisory = z.infer<typeof Advisory>

export const AdvisoryIndex = z.strictObject({
  version: z.literal(1),
  advisories: z.array(Advisory).max(50_000),
})
export type AdvisoryIndex = z.infer<typeof AdvisoryIndex>

/** The parts of a CSAF 2.0 document that are read (sections 3.2.1 to 3.2.3); everything else in it is left alone. */
import * as z from 'zod'

const Id = z.string().min(1).max(500)
const Name = z.string().min(1).max(1000)
const Score = z.object({ baseScore: z.number().min(0).max(10) })

/** Section 3.1.3: a product with its id, and helpers to identify it. */
export const FullProductName = z.object({
  name: Name,
  product_id: Id,
  product_identification_helper: z
    .object({ model_numbers: z.array(z.string().max(500)).max(500).optional() })
    .optional(),
})
export type FullProductName = z.infer<typeof FullProductName>

/** Section 3.1.2, one step of it: branches lie in branches, which are read step by step so that depth has a bound. */
export const Branch = z.object({
  category: z.string().max(100),
  name: Name,
  product: FullProductName.optional(),
  branches: z.array(z.unknown()).max(50_000).optional(),
})

const Relationship = z.object({
  category: z.string().max(100),
  full_product_name: FullProductName,
  product_reference: Id,
  relates_to_product_reference: Id,
})

const ProductTree = z.object({
  branches: z.array(z.unknown()).max(50_000).default([]),
  full_product_names: z.array(FullProductName).max(50_000).default([]),
  relationships: z.array(Relationship).max(50_000).default([]),
})
export type ProductTree = z.infer<typeof ProductTree>

const Ids = z.array(Id).max(50_000).default([])

const Vulnerability = z.object({
  cve: z
    .string()
    .regex(/^CVE-\d{4}-\d{4,7}$/, 'a CVE id such as CVE-2020-15782')
    .optional(),
  product_status: z
    .object({ known_affected: Ids, first_affected: Ids, last_affected: Ids })
    .default({ known_affected: [], first_affected: [], last_affected: [] }),
  scores: z
    .array(z.object({ cvss_v2: Score.optional(), cvss_v3: Score.optional(), cvss_v4: Score.optional(), products: Ids }))
    .max(5000)
    .default([]),
  remediations: z
    .array(z.object({ category: z.string().max(100), details: z.string().max(30_000), product_ids: Ids }))
    .max(20_000)
    .default([]),
})
export type CsafVulnerability = z.infer<typeof Vulnerability>

export const CsafDocument = z.object({
  document: z.object({
    csaf_version: z.literal(['2.0', '2.1'], 'CSAF of version 2.0 or 2.1 is read'),
    title: Name,
    publisher: z.object({ category: z.string().max(100), name: Name }),
    tracking: z.object({
      id: Id,
      current_release_date: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}(?:$|T)/, 'a date and time such as 2022-10-10T21:50:31Z'),
    }),
    references: z
      .array(z.object({ category: z.string().max(100).default('external'), url: z.string().max(20_000) }))
      .max(5000)
      .default([]),
  }),
  product_tree: ProductTree.default({ branches: [], full_product_names: [], relationships: [] }),
  vulnerabilities: z.array(Vulnerability).max(5000).default([]),
})

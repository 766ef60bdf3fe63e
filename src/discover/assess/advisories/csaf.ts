/**
 * Security advisories in CSAF 2.0 (OASIS, "Common Security Advisory Framework Version 2.0"), as CISA, Siemens, Schneider Electric and
 * others publish them: what is affected, by which CVE, how badly, and what the vendor offers.
 */
import * as z from 'zod'
import { err, ok, type Result } from '#core/result.ts'
import { Advisory, type AffectedProduct } from '#schema/advisories.ts'
import { productsOf } from './csaf-products.ts'
import { CsafDocument, type CsafVulnerability } from './csaf-document.ts'
import { unreadable, type Unreadable } from './unreadable.ts'

const clip = (text: string, length: number): string => {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`
}

/** By product, so that a list of many is walked once, and not once for each of them. */
const scoresOf = ({ scores }: CsafVulnerability): ReadonlyMap<string, number> => {
  const newer = new Map<string, number>()
  const older = new Map<string, number>()
  const add = (to: Map<string, number>, product: string, score: number | undefined): void => {
    if (score !== undefined) to.set(product, Math.max(score, to.get(product) ?? 0))
  }
  for (const { cvss_v2: second, cvss_v3: third, cvss_v4: fourth, products } of scores)
    for (const product of products) {
      add(newer, product, third?.baseScore)
      add(newer, product, fourth?.baseScore)
      add(older, product, second?.baseScore)
    }
  return new Map([...older, ...newer])
}

/** By product, the first that is offered. */
const fixesOf = ({ remediations }: CsafVulnerability): ReadonlyMap<string, string> => {
  const fixes = new Map<string, string>()
  for (const { category, details, product_ids: ids } of remediations) {
    if (category !== 'vendor_fix') continue
    const fix = clip(details, 300)
    for (const product of ids) if (!fixes.has(product)) fixes.set(product, fix)
  }
  return fixes
}

interface Affected {
  readonly cves: Set<string>
  cvss: number | undefined
  fix: string | undefined
}

const affectedOf = (vulnerabilities: readonly CsafVulnerability[]): ReadonlyMap<string, Affected> => {
  const found = new Map<string, Affected>()
  for (const vulnerability of vulnerabilities) {
    const { known_affected: known, first_affected: first, last_affected: last } = vulnerability.product_status
    const scores = scoresOf(vulnerability)
    const fixes = fixesOf(vulnerability)
    for (const product of new Set([...known, ...first, ...last])) {
      const entry = found.get(product) ?? { cves: new Set<string>(), cvss: undefined, fix: undefined }
      found.set(product, entry)
      if (vulnerability.cve !== undefined) entry.cves.add(vulnerability.cve)
      const score = scores.get(product)
      if (score !== undefined) entry.cvss = Math.max(score, entry.cvss ?? 0)
      entry.fix ??= fixes.get(product)
    }
  }
  return found
}

const key = ({ vendor, product, cves, cvss, fix, models }: AffectedProduct): string =>
  JSON.stringify([vendor, product, cves, cvss, fix, models])

/** Products that differ in their versions alone are one. */
const merged = (products: readonly AffectedProduct[]): readonly AffectedProduct[] => {
  const found = new Map<string, AffectedProduct>()
  for (const product of products) {
    const before = found.get(key(product))
    const versions = [...new Set([...(before?.versions ?? []), ...product.versions])].slice(0, 500)
    found.set(key(product), { ...product, versions })
  }
  return [...found.values()]
}

/**
 * One advisory of a CSAF document.
 * @returns where and how the document is wrong, when it is
 */
export const readCsaf = (json: unknown): Result<Advisory, Unreadable> => {
  const parsed = CsafDocument.safeParse(json)
  if (!parsed.success) return err(unreadable(parsed.error))
  const { document, product_tree: tree, vulnerabilities } = parsed.data
  const named = productsOf(tree, document.publisher)
  if (!named.ok) return named
  const affected = affectedOf(vulnerabilities)
  const products = [...affected].flatMap(([id, { cves, cvss, fix }]): readonly AffectedProduct[] => {
    const product = named.value.get(id)
    if (product === undefined) return []
    return [
      {
        vendor: clip(product.vendor, 200),
        product: clip(product.name, 300),
        ...(product.models.length === 0
          ? {}
          : { models: product.models.slice(0, 500).map((model) => clip(model, 100)) }),
        versions: product.versions.map((version) => clip(version, 300)),
        ...(cves.size === 0 ? {} : { cves: [...cves].toSorted() }),
        ...(cvss === undefined ? {} : { cvss }),
        ...(fix === undefined || fix === '' ? {} : { fix }),
      },
    ]
  })
  const scores = products.flatMap(({ cvss }) => (cvss === undefined ? [] : [cvss]))
  const own = document.references.find(({ category, url }) => category === 'self' && !/\.json$/i.test(url))
  const advisory = Advisory.safeParse({
    id: document.tracking.id,
    title: clip(document.title, 500),
    released: document.tracking.current_release_date.slice(0, 10),
    cves: [...new Set(vulnerabilities.flatMap(({ cve }) => (cve === undefined ? [] : [cve])))].toSorted(),
    ...(scores.length === 0 ? {} : { cvss: Math.max(...scores) }),
    ...(own === undefined || !z.url({ protocol: /^https?$/ }).safeParse(own.url).success ? {} : { url: own.url }),
    products: merged(products),
  })
  return advisory.success ? ok(advisory.data) : err(unreadable(advisory.error))
}

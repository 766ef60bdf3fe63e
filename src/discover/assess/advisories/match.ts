/**
 * Which advisories speak of a device. Conservative: the vendor must be the same, every word that tells the product from its
 * neighbours must be among what the device says of itself, and what is not known makes a match possible, never certain.
 */
import type { Advisory, AffectedProduct } from '#schema/advisories.ts'
import type { Device } from '../../model.ts'
import { modelName, productName, squeezed, type ModelName, type ProductName } from './families.ts'
import { vendorKey } from './vendors.ts'
import { inRange, isEveryVersion } from './versions.ts'

/** `affected`: product and version are. `possible`: the product is, and its version or hardware is not known. */
export interface Match {
  readonly advisory: Advisory
  readonly product: AffectedProduct
  readonly certainty: 'affected' | 'possible'
  /** Why, in words that name what was seen and what the advisory says. */
  readonly because: readonly string[]
}

interface Entry {
  readonly advisory: Advisory
  readonly product: AffectedProduct
  readonly name: ProductName
}

/** Products by vendor: an index of some ten thousand advisories is read once, not once for every device. */
export interface Matcher {
  matches(device: Device): readonly Match[]
}

const modelFacts: ReadonlySet<string> = new Set(['model', 'module', 'description', 'hardware'])
/** Facts looked at for one device: it may say whatever it likes, as often as it likes. */
const maxTexts = 24

const textsOf = ({ model, facts }: Pick<Device, 'model' | 'facts'>): readonly string[] =>
  [
    ...(model === undefined ? [] : [model.value]),
    ...facts.filter(({ name }) => modelFacts.has(name)).map(({ value }) => value),
  ].slice(0, maxTexts)

/** A shorter order number, or beginning of one, would be found in anything. */
const shortest = 6
const shortestBeginning = 4

const hasModel = (device: ModelName, models: readonly string[]): boolean =>
  models.some((written) => {
    const wanted = squeezed(written)
    if (wanted.length >= shortest) return device.squeezed.some((own) => own.includes(wanted))
    return (
      written.endsWith('*') &&
      wanted.length >= shortestBeginning &&
      device.squeezed.some((own) => own.startsWith(wanted))
    )
  })

/** Whether it is the product; undefined when it may be. */
const isProduct = (device: ModelName, { words, models, series }: ProductName): boolean | undefined => {
  if (hasModel(device, models)) return true
  const telling = words.some((word) => /\d/.test(word) || word.length >= 5)
  if (!telling || !words.every((word) => device.words.has(word))) return false
  if (series !== undefined && device.series !== undefined && series !== device.series) return false
  // It is of the family, and the advisory names order numbers or a series of it.
  const closed = models.some((model) => !model.endsWith('*'))
  return closed || (series !== undefined && device.series === undefined) ? undefined : true
}

const rangeOf = (product: AffectedProduct): string =>
  product.versions.some(isEveryVersion) ? 'all versions' : product.versions.slice(0, 3).join(' or ')

const matchOf = (entry: Entry, names: ModelName, firmware: string | undefined): Match | undefined => {
  const { advisory, product } = entry
  const same = isProduct(names, entry.name)
  if (same === false) return undefined
  const every = product.versions.some(isEveryVersion)
  const answers = firmware === undefined ? [undefined] : product.versions.map((range) => inRange(firmware, range))
  if (!every && answers.every((answer) => answer === false)) return undefined
  const version = every || answers.includes(true)
  return {
    advisory,
    product,
    certainty: same === true && version ? 'affected' : 'possible',
    because: [
      `the advisory names ${product.product}, ${rangeOf(product)}`,
      firmware === undefined ? 'its firmware is not known' : `its firmware is ${firmware}`,
      ...(same === undefined ? ['its exact order number or series is not known'] : []),
      ...(firmware !== undefined && !version ? ['its version cannot be compared with the range'] : []),
    ],
  }
}

const better = (a: Match, b: Match | undefined): boolean =>
  b === undefined ||
  (a.certainty === 'affected' && b.certainty === 'possible') ||
  (a.certainty === b.certainty && (a.product.cvss ?? 0) > (b.product.cvss ?? 0))

export const matcherOf = (advisories: readonly Advisory[]): Matcher => {
  const byVendor = new Map<string, Entry[]>()
  for (const advisory of advisories)
    for (const product of advisory.products) {
      const vendor = vendorKey(product.vendor)
      if (vendor === undefined) continue
      const entry = { advisory, product, name: productName(product.product, product.models) }
      const entries = byVendor.get(vendor)
      if (entries === undefined) byVendor.set(vendor, [entry])
      else entries.push(entry)
    }
  const found = (vendor: string, texts: readonly string[], firmware: string | undefined): readonly Match[] => {
    const names = modelName(texts)
    const best = new Map<string, Match>()
    for (const entry of byVendor.get(vendor) ?? []) {
      const match = matchOf(entry, names, firmware)
      if (match !== undefined && better(match, best.get(match.advisory.id))) best.set(match.advisory.id, match)
    }
    return [...best.values()]
  }
  // Plants have many devices of few models.
  const known = new Map<string, readonly Match[]>()
  return {
    matches: ({ vendor: named, firmware, ...device }) => {
      const vendor = named === undefined ? undefined : vendorKey(named.value)
      if (vendor === undefined || !byVendor.has(vendor)) return []
      const texts = textsOf(device)
      const key = JSON.stringify([vendor, texts, firmware?.value])
      const matches = known.get(key) ?? found(vendor, texts, firmware?.value)
      known.set(key, matches)
      return matches
    },
  }
}

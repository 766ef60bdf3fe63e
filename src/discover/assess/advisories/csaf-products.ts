/** The products of a CSAF product tree (section 3.2.2) by their ids: branches name vendor, product and version step by step. */
import { err, ok, type Result } from '#core/result.ts'
import { Branch, type FullProductName, type ProductTree } from './csaf-document.ts'
import { unreadable, type Unreadable } from './unreadable.ts'

export interface Product {
  readonly vendor: string
  readonly name: string
  readonly models: readonly string[]
  readonly versions: readonly string[]
}

/** Deeper than any product tree that is published; section 3.2.2 sets no bound. */
const maxDepth = 16
const maxProducts = 100_000

type Names = Readonly<Partial<Record<'vendor' | 'product_name' | 'version', string>>>

const versioned: ReadonlySet<string> = new Set(['product_version', 'product_version_range'])

const productOf = ({ name, product_identification_helper: helper }: FullProductName, names: Names): Product => ({
  vendor: names.vendor ?? '',
  name: names.product_name ?? name,
  models: helper?.model_numbers ?? [],
  versions: [names.version ?? '*'],
})

const below = (names: Names, category: string, name: string): Names => {
  if (category === 'vendor') return { ...names, vendor: name }
  // A product under a product, as where a family is written as a name: the inner one tells more.
  if (category === 'product_name') return { ...names, product_name: name }
  return versioned.has(category) ? { ...names, version: name } : names
}

const walk = (
  branches: readonly unknown[],
  names: Names,
  path: readonly PropertyKey[],
  into: Map<string, Product>,
): Unreadable | undefined => {
  if (path.length > maxDepth * 2)
    return { path: '$.product_tree', what: `branches lie in branches more than ${maxDepth} times` }
  for (const [at, item] of branches.entries()) {
    const here = [...path, 'branches', at]
    const parsed = Branch.safeParse(item)
    if (!parsed.success) return unreadable(parsed.error, here)
    const { category, name, product, branches: inner } = parsed.data
    const known = below(names, category, name)
    if (product !== undefined) into.set(product.product_id, productOf(product, known))
    if (into.size > maxProducts) return { path: '$.product_tree', what: `it names more than ${maxProducts} products` }
    const fault = inner === undefined ? undefined : walk(inner, known, here, into)
    if (fault !== undefined) return fault
  }
  return undefined
}

/**
 * Products by id. Something that is installed on a device, or a part of it, counts as that device: it is what stands in the plant.
 */
export const productsOf = (
  tree: ProductTree,
  publisher: { readonly category: string; readonly name: string },
): Result<ReadonlyMap<string, Product>, Unreadable> => {
  const found = new Map<string, Product>()
  const fault = walk(tree.branches, {}, ['product_tree'], found)
  if (fault !== undefined) return err(fault)
  const vendor = publisher.category === 'vendor' ? publisher.name : ''
  for (const product of tree.full_product_names) found.set(product.product_id, productOf(product, { vendor }))
  for (const {
    full_product_name: whole,
    product_reference: part,
    relates_to_product_reference: device,
  } of tree.relationships) {
    const [inner, outer] = [found.get(part), found.get(device)]
    if (inner === undefined || outer === undefined) continue
    const versions = inner.versions.includes('*') ? outer.versions : inner.versions
    found.set(whole.product_id, { ...outer, models: [...outer.models, ...inner.models], versions })
  }
  return ok(new Map([...found].filter(([, product]) => product.vendor !== '')))
}

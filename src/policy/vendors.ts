/** Which assets a group's `vendors:` stand for: what a device says of its maker has more words than people write. */
import type { Group, Site } from '#schema/site.ts'

const isPartOfWord = /[\p{L}\p{N}]/u

/** Whether `text` has `words` in it as whole words, whatever the case: `siemens` in `Siemens AG`, not in `Siemensmann`. */
export const hasWords = (text: string, words: string): boolean => {
  const [whole, wanted] = [text.toLowerCase(), words.toLowerCase().trim()]
  if (wanted === '') return false
  for (let at = whole.indexOf(wanted); at >= 0; at = whole.indexOf(wanted, at + 1)) {
    const [before, after] = [whole[at - 1] ?? ' ', whole[at + wanted.length] ?? ' ']
    if (!isPartOfWord.test(before) && !isPartOfWord.test(after)) return true
  }
  return false
}

/** Whether a device of this vendor belongs to a group of these vendors. One without a vendor belongs to none. */
export const isOfVendors = (vendor: string | undefined, vendors: readonly string[]): boolean =>
  vendor !== undefined && vendors.some((words) => hasWords(vendor, words))

const vendorsOf = ({ assets }: Site): ReadonlySet<string> =>
  new Set(Object.values(assets).flatMap(({ vendor }) => vendor ?? []))

/** Entries of `vendors:` that no asset of the site has, with their places in the list. */
export const unmatchedVendors = (site: Site, { vendors = [] }: Group): readonly (readonly [string, number])[] => {
  if (vendors.length === 0) return []
  const known = vendorsOf(site)
  return vendors.flatMap((words, i) => ([...known].some((vendor) => hasWords(vendor, words)) ? [] : [[words, i]]))
}

/** What can be written under `vendors:` so that it matches: whole vendors, and their longer words. */
export const vendorWords = (site: Site): readonly string[] => {
  const vendors = [...vendorsOf(site)]
  const words = vendors.flatMap((vendor) => vendor.split(/[^\p{L}\p{N}]+/u).filter(({ length }) => length > 2))
  return [...new Set([...vendors, ...words])]
}

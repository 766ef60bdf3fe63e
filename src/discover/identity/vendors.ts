/** The company that an Ethernet address was given to, by the registry of IEEE (MA-L, MA-M and MA-S). */
import { createRequire } from 'node:module'

export { shortVendor } from './vendor-names.ts'

/** Digits of the three registries, the smallest blocks first: larger ones name the registry as the owner of what it divided. */
const prefixes = [9, 7, 6] as const
const noVendor = /^(?:IEEE Registration Authority|Private)$/i
/** Of the first byte: a group, and an address that its user gave itself (IEEE 802, 8.2.2). */
const notAssigned = 0x03

let registry: ReadonlyMap<string, unknown> | undefined

/** Five megabytes that a run without addresses never reads. */
const load = (): ReadonlyMap<string, unknown> => {
  const entries: unknown = createRequire(import.meta.url)('oui-data')
  return new Map(typeof entries === 'object' && entries !== null ? Object.entries(entries) : [])
}

/**
 * @param mac such as `00:1b:1b:aa:00:10`
 * @returns its name as registered; undefined for groups, for addresses that are given locally, and for what is not registered
 */
export const vendorOf = (mac: string): string | undefined => {
  const digits = mac.replaceAll(/[^0-9a-f]/gi, '').toUpperCase()
  if (digits.length !== 12 || (Number.parseInt(digits.slice(0, 2), 16) & notAssigned) !== 0) return undefined
  registry ??= load()
  for (const length of prefixes) {
    const entry = registry.get(digits.slice(0, length))
    if (typeof entry !== 'string') continue
    const [name = ''] = entry.split('\n')
    if (name !== '' && !noVendor.test(name)) return name
  }
  return undefined
}

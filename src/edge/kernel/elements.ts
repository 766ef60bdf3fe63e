/** Elements of sets as libnftables prints them in JSON (libnftables-json(5)), read into plain rows. */
import type { Nft } from '#linux/nftables.ts'

/** One element: its key's fields as text, what a map has for it, seconds until it expires, packets it counted. */
export interface Element {
  readonly key: readonly string[]
  readonly expires?: number
  readonly timeout?: number
  readonly packets?: number
  readonly value?: string
}

type Json =
  | string
  | number
  | { readonly concat?: readonly Json[]; readonly elem?: Wrapped; readonly prefix?: { addr: string; len: number } }
interface Wrapped {
  readonly val: Json
  readonly expires?: number
  readonly timeout?: number
  readonly counter?: { readonly packets: number }
}

const fields = (value: Json): string[] => {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  if (value.concat !== undefined) return value.concat.flatMap(fields)
  if (value.prefix !== undefined) return [`${value.prefix.addr}/${value.prefix.len}`]
  return value.elem === undefined ? [] : fields(value.elem.val)
}

const element = (value: Json): Element => {
  const wrapped = typeof value === 'object' ? value.elem : undefined
  return {
    key: fields(value),
    ...(wrapped?.expires === undefined ? {} : { expires: wrapped.expires }),
    ...(wrapped?.timeout === undefined ? {} : { timeout: wrapped.timeout }),
    ...(wrapped?.counter === undefined ? {} : { packets: wrapped.counter.packets }),
  }
}

interface Listing {
  readonly nftables: readonly {
    readonly set?: { readonly elem?: readonly Json[] }
    readonly map?: { readonly elem?: readonly (readonly [Json, Json])[] }
  }[]
}

/** Elements of a set; none when the set does not exist. */
export const listSet = (nft: Nft, family: string, table: string, set: string): Element[] => {
  const listing = nft.json<Listing>(`list set ${family} ${table} ${set}`, { numeric: true })
  return listing.ok ? listing.value.nftables.flatMap((item) => (item.set?.elem ?? []).map(element)) : []
}

/** Elements of a map; none when it does not exist. */
export const listMap = (nft: Nft, family: string, table: string, map: string): Element[] => {
  const listing = nft.json<Listing>(`list map ${family} ${table} ${map}`, { numeric: true })
  if (!listing.ok) return []
  return listing.value.nftables.flatMap((item) =>
    (item.map?.elem ?? []).map(([key, value]) => ({
      ...element(key),
      ...(typeof value === 'object' ? {} : { value: String(value) }),
    })),
  )
}

/** Named counters: hits per conduit, deny, zone and port. */
import type { Nft } from '#linux/nftables.ts'
import { table } from '#policy/nft/names.ts'

export interface Count {
  readonly packets: number
  readonly bytes: number
}

interface Listing {
  readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number; readonly bytes: number } }[]
}

/** All counters of our table by name; empty when nothing is loaded. */
export const readCounters = (nft: Nft, family: string): Map<string, Count> => {
  const listing = nft.json<Listing>(`list counters table ${family} ${table}`)
  if (!listing.ok) return new Map()
  return new Map(listing.value.nftables.flatMap(({ counter }) => (counter === undefined ? [] : [[counter.name, { packets: counter.packets, bytes: counter.bytes }]])))
}

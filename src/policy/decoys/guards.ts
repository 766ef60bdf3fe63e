/** Where a scan in the order of addresses would come upon a run of real hosts: the places of the first decoys. */
import { joined, toAddress, toNumber } from './spans.ts'

/**
 * Addresses of a pool next below and next above each run of real addresses, the outermost first: those meet a scan before all
 * others.
 * @param addresses of the pool, in order
 */
export const guardsOf = (addresses: readonly string[], real: readonly string[]): string[] => {
  const places = addresses.map(toNumber)
  const runs = joined(real.map((address) => ({ first: toNumber(address), last: toNumber(address) })))
  const below = runs.map(({ first }, i) =>
    places.findLast((place) => place < first && place > (runs[i - 1]?.last ?? -1)),
  )
  const above = runs.map(({ last }, i) =>
    places.find((place) => place > last && place < (runs[i + 1]?.first ?? Infinity)),
  )
  const ordered = runs.flatMap((_, i) => [below[i], above[runs.length - 1 - i]])
  return [...new Set(ordered.flatMap((place) => (place === undefined ? [] : [toAddress(place)])))]
}

/** Named counters: hits per conduit, deny, zone and port. */
import { countersOf } from '#linux/nft-objects.ts'
import { table } from '#policy/nft/names.ts'

export interface Count {
  readonly packets: number
  readonly bytes: number
}

/** All counters of our table by name; empty when nothing is loaded. */
export const readCounters = (family: 'bridge' | 'inet', namespace?: string): Map<string, Count> =>
  countersOf(family, table, namespace)

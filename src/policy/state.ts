/** What the kernel remembers between packets, as data. Keys are space-separated texts of the kernel set's fields. */
import type { VlanId } from './plan.ts'

export interface Temporary {
  readonly vlan: VlanId
  readonly src: string
  readonly dst: string
  readonly proto: number
  readonly port: number
  /** The source's MAC; the permit then holds on every VLAN. */
  readonly mac?: string
}

export interface State {
  /** `device vlan mac ip` of contained strangers. */
  readonly strangers: ReadonlySet<string>
  /** `device vlan mac`: all their frames. */
  readonly macs: ReadonlySet<string>
  /** `device vlan mac` that carried a known asset without a MAC binding: never contained as a whole. */
  readonly carriers: ReadonlySet<string>
  /** `vlan ip` of known assets contained automatically; at most {@link breakerSize}. */
  readonly containedKnown: ReadonlySet<string>
  /** `vlan ip` contained by a person or an order. */
  readonly held: ReadonlySet<string>
  readonly wouldContain: ReadonlySet<string>
  readonly openWindows: ReadonlySet<number>
  /** Packets whose first part passed, see {@link partKey}. Parts follow each other at once: they are forgotten after seconds. */
  readonly firstParts: ReadonlySet<string>
  /** Risk by address, 0 to 100; of whoever is not in it: 0. */
  readonly risks: ReadonlyMap<string, number>
  readonly temporary: readonly Temporary[]
  readonly authenticated: ReadonlySet<string>
  /** IPv4 addresses at which a decoy stands now. */
  readonly decoys: ReadonlySet<string>
  readonly bypass: boolean
}

export const initialState = (given: Partial<State> = {}): State => ({
  strangers: new Set(),
  macs: new Set(),
  carriers: new Set(),
  containedKnown: new Set(),
  held: new Set(),
  wouldContain: new Set(),
  openWindows: new Set(),
  firstParts: new Set(),
  risks: new Map(),
  temporary: [],
  authenticated: new Set(),
  decoys: new Set(),
  bypass: false,
  ...given,
})

export const plus = <T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> => (set.has(item) ? set : new Set(set).add(item))

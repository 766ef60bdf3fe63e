/** Where decoys stand and who they are: a pure function of plan, seed and epoch, so that manager, edge and `decoys plan` agree. */
import type { Persona } from '#core/persona.ts'
import type { Identity } from '#core/personality.ts'
import { personas as shipped } from '#protocols/personas/index.ts'
import type { Budget } from '#schema/decoys.ts'
import type { PlanDecoys } from '../plan.ts'
import { counter, texts } from './patterns.ts'
import { permutation, prf } from './permutation.ts'
import { slotsOf } from './slots.ts'
import { toNumber } from './spans.ts'
import { macOf, seats } from './stations.ts'

export interface Decoy extends Identity {
  readonly pool: string
  readonly budget: Budget
}

/** One network namespace, one Ethernet address, one persona, and the decoys that share it. */
export interface Station {
  readonly id: string
  readonly pool: string
  readonly persona: string
  readonly mac: string
  /** Prefix length of its addresses. */
  readonly prefix: number
  readonly gateway?: string
  readonly decoys: readonly Decoy[]
}

export interface PlacementOptions {
  /** Secret of the site, 32 bytes: who does not have it cannot tell decoys by their serials. */
  readonly seed: Uint8Array
  /** Rises by one with each movement; a share of the decoys moves between two epochs, the others stay as they are. */
  readonly epoch: number
  /** Addresses that nothing may stand on now: claimed by somebody else. */
  readonly withdrawn: ReadonlySet<string>
  /** Ethernet addresses seen on the wire or named in the policy: no decoy takes one. */
  readonly taken: ReadonlySet<string>
}

/** `personas`: those that are shipped unless a test brings its own. */
export type Place = (
  plan: PlanDecoys,
  options: PlacementOptions,
  personas?: Readonly<Record<string, Persona>>,
) => readonly Station[]

/** Names are of 3 to 15 characters, as NetBIOS has them. */
const longestName = 15
const words = 2 ** 32

/** Two numbers of 32 bits for each: one that is not 0, and one for whatever else must differ. */
const numbersOf = (laps: readonly number[], key: Uint8Array): { serialNumber: number; seed: number }[] => {
  const [serial, seed] = [permutation(words, prf(key, 'numbers')), permutation(words, prf(key, 'seeds'))]
  return laps.map((lap, i) => {
    // Counters begin at 1, so that what 0 stands for is free for the one that comes out as 0.
    const at = counter(i, laps.length, lap, words - 1) + 1
    return { serialNumber: serial(at) || serial(0), seed: seed(at) }
  })
}

/**
 * Stations in the order of pools, each with its decoys in the order of addresses. The work is that of the number of decoys, whatever the
 * epoch. Personas that nobody knows, and pools and personas beyond `maxMacs`, find no place: `check` refuses them.
 */
export const place: Place = (plan, { seed, epoch, withdrawn, taken }, personas = shipped) => {
  const slots = slotsOf(plan, seed, epoch).filter(({ persona }) => Object.hasOwn(personas, persona))
  const laps = slots.map(({ lap }) => lap)
  const patterns = (of: 'serial' | 'name') =>
    slots.map(({ persona, lap }) => ({ pattern: personas[persona]?.[of] ?? '', lap }))
  const serials = texts(patterns('serial'), seed, 'serial')
  const names = texts(patterns('name'), seed, 'name', longestName)
  const numbers = numbersOf(laps, seed)
  const keys = seats(slots, plan.maxMacs)
  const mac = macOf(seed)

  const stations = new Map<number, Station & { readonly decoys: Decoy[] }>()
  for (const [i, { pool, persona, address }] of slots.entries()) {
    const key = keys[i]
    const number = numbers[i]
    if (key === undefined || number === undefined) continue
    let station = stations.get(key)
    if (station === undefined) {
      const own = mac(key, personas[persona]?.ouis ?? [], taken)
      station = {
        id: own.replaceAll(':', ''),
        pool: pool.id,
        persona,
        mac: own,
        prefix: pool.prefix,
        ...(pool.gateway === undefined ? {} : { gateway: pool.gateway }),
        decoys: [],
      }
      stations.set(key, station)
    }
    if (withdrawn.has(address)) continue
    station.decoys.push({
      address,
      mac: station.mac,
      name: names[i] ?? '',
      serial: serials[i] ?? '',
      ...number,
      pool: pool.id,
      budget: pool.budget,
    })
  }
  for (const { decoys } of stations.values()) decoys.sort((a, b) => toNumber(a.address) - toNumber(b.address))
  return [...stations.values()].filter(({ decoys }) => decoys.length > 0)
}

/**
 * Slots: one for each decoy of a pool. Its address is a window that slides over a ring of addresses in an order that only the seed
 * tells: with each epoch the oldest leave and as many enter, so that the others stay, nobody is ever met twice, and every epoch can be
 * reckoned without those before it. Guards stay where they are, as the real hosts beside them do.
 */
import type { PlanDecoys, PlanPool } from '../plan.ts'
import { guardsOf } from './guards.ts'
import { prf, shuffled, type Prf } from './permutation.ts'

export interface Slot {
  readonly pool: PlanPool
  readonly persona: string
  readonly address: string
  /** How often whoever stood here moved on; the identity changes with it. */
  readonly lap: number
  /** Position among those of its pool and persona that move, and how many these are; absent for a guard. */
  readonly turn?: { readonly index: number; readonly of: number }
}

/** Part that moves where the policy says nothing and a person asks for it. */
const usualShare = 0.25

/** Decoys of a pool that move with each epoch: at least one. */
const movers = (decoys: number, share = usualShare): number =>
  decoys === 0 ? 0 : Math.max(1, Math.min(decoys, Math.round(decoys * share)))

/** One entry for each decoy of a pool, in an order that only the seed tells; never more than there are addresses. */
const personasOf = ({ addresses, personas }: PlanPool, random: Prf): string[] => {
  const counted = personas.flatMap(({ persona, count }) => (count === 'rest' ? [] : Array<string>(count).fill(persona)))
  const rest = personas.find(({ count }) => count === 'rest')
  const left = Math.max(0, addresses.length - counted.length)
  const all = rest === undefined ? counted : [...counted, ...Array<string>(left).fill(rest.persona)]
  return shuffled(all.slice(0, addresses.length), random)
}

/** The addresses that decoys move over: those beside real hosts while they suffice, else all that no guard has. */
const ringOf = (pool: PlanPool, guarded: readonly string[], all: readonly string[], needed: number): string[] => {
  const others = all.slice(guarded.length)
  if (others.length >= needed) return others
  const taken = new Set(guarded)
  return pool.addresses.filter((address) => !taken.has(address))
}

const slotsOfPool = (pool: PlanPool, share: number | undefined, seed: Uint8Array, epoch: number): Slot[] => {
  const personas = personasOf(pool, prf(seed, `personas ${pool.id}`))
  const moving = movers(personas.length, share)
  const spare = pool.addresses.length > personas.length
  const places = spare ? guardsOf(pool.addresses, pool.real) : []
  const guarded = places.slice(0, personas.length - moving)
  const guards = guarded.map((address, i): Slot => ({ pool, persona: personas[i] ?? '', address, lap: 0 }))

  const roaming = personas.slice(guarded.length)
  const n = roaming.length
  if (n === 0) return guards
  const ring = shuffled(ringOf(pool, guarded, places, n + moving), prf(seed, `ring ${pool.id}`))
  const gone = epoch * moving
  const of = Map.groupBy(roaming, (persona) => persona)
  const seen = new Map<string, number>()
  return [
    ...guards,
    ...roaming.map((persona, r): Slot => {
      const lap = Math.floor((gone - r + n - 1) / n)
      const index = seen.get(persona) ?? 0
      seen.set(persona, index + 1)
      const address = ring[(r + lap * n) % ring.length] ?? ''
      return { pool, persona, address, lap, turn: { index, of: of.get(persona)?.length ?? 1 } }
    }),
  ]
}

/** Every decoy of a plan at an epoch, without who it is. */
export const slotsOf = ({ pools, shuffle }: PlanDecoys, seed: Uint8Array, epoch: number): Slot[] =>
  pools.flatMap((pool) => slotsOfPool(pool, shuffle?.share, seed, Math.max(0, Math.floor(epoch))))

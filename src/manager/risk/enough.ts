/**
 * Evidence of which there is enough. A family counts up to its cap, so what a flood says a thousand times is kept only as often as it can
 * matter: for each hundredth of a half-life so much that the family stays at its cap for two half-lives.
 */
import type { Found } from './evidence-of.ts'
import { families, hourMs } from './families.ts'

/** Evidence at a place: what responses and persons tell apart is never enough for something else. */
export interface Placed {
  readonly site: string
  readonly edge: string
  readonly zone: string | undefined
  readonly found: Pick<Found, 'ip' | 'family' | 'weight' | 'at'>
}

/** Caps' worth of each. */
const caps = 4
/** Parts of a half-life. */
const parts = 100
/** Sums in memory; beyond it the oldest are forgotten, and as much is kept once more. */
const mostSums = 50_000

const keyOf = ({ site, edge, zone, found: { ip, family, weight, at } }: Placed): string => {
  const part = Math.floor(at / ((families[family].halfLife * hourMs) / parts))
  return `${site} ${edge} ${zone ?? ''} ${ip} ${family} ${weight} ${part}`
}

export interface Enough {
  /** Those that still matter, in their order. */
  matters<P extends Placed>(all: readonly P[]): P[]
  /** They are stored for good. */
  kept(all: readonly Placed[]): void
}

export const openEnough = (most = mostSums): Enough => {
  /** Weights that are stored, the oldest first. */
  const sums = new Map<string, number>()
  const limit = ({ found: { family } }: Placed) => families[family].cap * caps
  return {
    matters: (all) => {
      const more = new Map<string, number>()
      return all.filter((one) => {
        const key = keyOf(one)
        const sum = more.get(key) ?? sums.get(key) ?? 0
        if (sum >= limit(one)) return false
        more.set(key, sum + one.found.weight)
        return true
      })
    },
    kept: (all) => {
      for (const one of all) {
        const key = keyOf(one)
        sums.set(key, (sums.get(key) ?? 0) + one.found.weight)
      }
      for (const key of sums.keys()) {
        if (sums.size <= most) break
        sums.delete(key)
      }
    },
  }
}

/** What one process counted since it started. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Manager } from '../../context.ts'
import { histogram } from './text.ts'

/** Seconds from an order's detection at one edge until another edge's kernel has it; 0.1 and 0.5 are what is promised. */
const orderBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600]

const make = () => {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  return {
    kinds: new Map<string, { readonly kind: string; readonly site: string; count: number }>(),
    orders: histogram(orderBounds),
    /** Newest report that `orders` has. */
    seen: undefined as Date | undefined,
    delay,
  }
}
export type Counts = ReturnType<typeof make>

const counts = new WeakMap<Manager, Counts>()
export const countsOf = (manager: Manager): Counts => {
  const found = counts.get(manager) ?? make()
  counts.set(manager, found)
  return found
}

/** Sites are as many as somebody made; still nothing grows without a bound here. */
const mostSeries = 20_000

export const countEvent = (
  { kinds }: Counts,
  { kind, site }: { readonly kind: string; readonly site: string },
): void => {
  const key = `${kind} ${site}`
  const found = kinds.get(key)
  if (found !== undefined) found.count++
  else if (kinds.size < mostSeries) kinds.set(key, { kind, site, count: 1 })
}

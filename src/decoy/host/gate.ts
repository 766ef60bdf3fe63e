/** Who may connect: bounds for one source and for all, and sources that were cut off. */
import { bounded } from './bounded.ts'
import { buckets } from './bucket.ts'
import type { Limits } from './limits.ts'

export interface Gate {
  /** `source` completed a handshake. @returns whether there is room; what is admitted must be released when it ends */
  admit(source: string): boolean
  release(source: string): void
  /** Refused from now on, for {@link Limits.cut}. */
  cut(source: string): void
  /** It was let go, or goes on. */
  forgive(source: string): void
  isCut(source: string): boolean
  /** Whether a completed handshake vouches for the address. */
  isProven(source: string): boolean
  /** Nobody new is let in while there is too little memory, or time. */
  shut(why: 'memory' | 'time', closed: boolean): void
  readonly open: number
}

/** @param now ms */
export const gate = (limits: Limits, now: () => number): Gate => {
  const open = new Map<string, number>()
  let all = 0
  const closed = { memory: false, time: false }
  const cuts = bounded<string, number>(limits.pairs)
  const proven = bounded<string, number>(limits.sources)
  const ofSource = buckets(limits.newPerSource, limits.newPerSource, limits.sources, now)
  // A burst of all sources is served in one turn of the event loop: it must not be long.
  const ofAll = buckets(limits.newInAll, Math.max(20, limits.newInAll / 10), 1, now)
  const isCut = (source: string): boolean => {
    const until = cuts.get(source)
    if (until === undefined) return false
    if (now() < until) return true
    cuts.delete(source)
    return false
  }
  return {
    admit: (source) => {
      if (isCut(source)) return false
      proven.set(source, now() + limits.proven)
      const own = open.get(source) ?? 0
      if (closed.memory || closed.time || all >= limits.connections || own >= limits.perSource) return false
      if (!ofSource.take(source) || !ofAll.take('')) return false
      open.set(source, own + 1)
      all++
      return true
    },
    release: (source) => {
      const own = open.get(source)
      if (own === undefined) return
      if (own === 1) open.delete(source)
      else open.set(source, own - 1)
      all--
    },
    cut: (source) => cuts.set(source, now() + limits.cut),
    forgive: (source) => cuts.delete(source),
    isCut,
    isProven: (source) => now() < (proven.get(source) ?? 0),
    shut: (why, state) => {
      closed[why] = state
    },
    get open() {
      return all
    },
  }
}

/** Token buckets, one for each source. */
import { bounded } from './bounded.ts'

interface Bucket {
  tokens: number
  at: number
}

export interface Buckets {
  /** Takes `count` tokens, if there are so many. */
  take(key: string, count?: number): boolean
  /**
   * Takes one that may be there only later.
   * @returns ms until it is there; `undefined`, and nothing taken, when that is more than `longest`
   */
  wait(key: string, longest: number): number | undefined
}

/**
 * @param perSecond tokens that flow in
 * @param burst tokens that a full bucket holds
 * @param keys buckets that are remembered; one that is forgotten is full again
 * @param now ms
 */
export const buckets = (perSecond: number, burst: number, keys: number, now: () => number): Buckets => {
  const known = bounded<string, Bucket>(keys)
  const bucketOf = (key: string): Bucket => {
    const at = now()
    const bucket = known.get(key)
    if (bucket === undefined) {
      const fresh = { tokens: burst, at }
      known.set(key, fresh)
      return fresh
    }
    const flown = (Math.max(0, at - bucket.at) * perSecond) / 1000
    bucket.tokens = Math.min(burst, bucket.tokens + flown)
    bucket.at = at
    return bucket
  }
  return {
    take: (key, count = 1) => {
      const bucket = bucketOf(key)
      if (bucket.tokens < count) return false
      bucket.tokens -= count
      return true
    },
    wait: (key, longest) => {
      const bucket = bucketOf(key)
      const ms = bucket.tokens >= 1 ? 0 : Math.ceil(((1 - bucket.tokens) * 1000) / perSecond)
      if (ms > longest) return undefined
      bucket.tokens -= 1
      return ms
    },
  }
}

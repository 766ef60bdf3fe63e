/** What answers to datagrams may leave: anybody can write somebody else's address as the source. */
import { buckets } from './bucket.ts'
import type { Limits } from './limits.ts'

export interface Reflection {
  /**
   * @param size bytes of the answer
   * @param free bytes that the source has paid for by what it sent
   * @returns ms after which the answer may leave; `undefined`: never
   */
  allows(source: string, size: number, free: number): number | undefined
}

/** @param isProven whether a completed handshake vouches for a source: then only the number of datagrams is bounded */
export const reflection = (limits: Limits, now: () => number, isProven: (source: string) => boolean): Reflection => {
  const answers = buckets(limits.answersPerSource, limits.answersPerSource, limits.sources, now)
  const bytes = buckets(limits.unprovenBytes, limits.unprovenBytes, limits.sources, now)
  const bytesInAll = buckets(limits.unprovenInAll, limits.unprovenInAll, 1, now)
  return {
    allows: (source, size, free) => {
      const excess = size - free
      if (excess > 0 && !isProven(source) && !(bytes.take(source, excess) && bytesInAll.take('', excess)))
        return undefined
      return answers.wait(source, limits.answerWait)
    },
  }
}

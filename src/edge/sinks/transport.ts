/** What carries messages of one sink. Each takes them from the queue at its own pace and never throws. */
import { codeOf } from '#core/errors.ts'
import type { Queue } from './queue.ts'

export interface Outlet {
  readonly queue: Queue
  /** Messages that the operating system or the file took. */
  sent(count: number): void
  /** Messages that are gone. */
  lost(count: number): void
  /** Why it does not work at the moment; undefined when it does again. */
  trouble(what: string | undefined): void
}

export interface Transport {
  /** There is something in the queue. */
  wake(): void
  /** Taken from the queue and not yet sent. */
  readonly underway: number
  /** Lets go at once; what was under way goes back to the queue. */
  destroy(): void
}

export interface Backoff {
  /** Milliseconds until the next attempt. */
  next(): number
  reset(): void
}

/** Doubles up to a minute; each wait is cut by up to half at random, so that edges do not come back all at once. */
export const backoff = ({ shortest = 500, longest = 60_000, random = Math.random } = {}): Backoff => {
  let wait = shortest
  return {
    next: () => {
      const now = wait * (1 - random() / 2)
      wait = Math.min(longest, wait * 2)
      return now
    },
    reset: () => {
      wait = shortest
    },
  }
}
export interface BackoffOptions {
  readonly shortest?: number
  readonly longest?: number
  readonly random?: () => number
}

/** The reason in an error of Node, without anything of a message or a key. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown'
  const code = codeOf(error)
  return code === undefined ? error.message : `${code}: ${error.message}`
}

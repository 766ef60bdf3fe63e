/** Waiting for what a test is about to happen: by looking, with the patience that a busy machine needs. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Patience {
  /** Between two looks. */
  readonly everyMs?: number
  /** Nothing that works comes near it; whoever measures compares the answer. */
  readonly limitMs?: number
}

/**
 * @param what for the failure: what has not come about
 * @returns milliseconds that it took
 * @throws Error when it does not hold within the limit
 */
export const until = async (
  what: string,
  holds: () => boolean | Promise<boolean>,
  { everyMs = 20, limitMs = 30_000 }: Patience = {},
): Promise<number> => {
  const began = performance.now()
  while (!(await holds())) {
    if (performance.now() - began > limitMs) throw new Error(`${what}: not within ${limitMs} ms`)
    await sleep(everyMs)
  }
  return performance.now() - began
}

/** What others are waited for at most. */
import { setTimeout as pause } from 'node:timers/promises'

/** @throws Error that says what took too long; the work itself goes on */
export const within = async <T>(what: string, work: Promise<T>, ms: number): Promise<T> => {
  const ended = new AbortController()
  const late = pause(ms, undefined, { signal: ended.signal, ref: false }).then(() => {
    throw new Error(`${what} takes longer than ${ms / 1000} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    ended.abort()
    late.catch(() => undefined)
  }
}

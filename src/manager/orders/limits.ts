/** How long, how many: bounds that no request and no response exceeds. */
import { Fault } from '#core/errors.ts'
import { durationSeconds } from '#schema/duration.ts'

const day = 86_400
/** Seconds. */
export const orderSeconds = { least: 10, most: 30 * day } as const
export const permitSeconds = { least: 60, most: 7 * day } as const
/** ms: so long a question waits for a person. */
export const questionMs = day * 1000
/** ms: so long after a release the same evidence asks a person instead of containing again. */
export const graceMs = 3600_000
/** Of what was contained without agreement beyond the edge: as long as an edge contains by itself. */
export const usualSeconds = 3600
/** A snapshot of the stream has 20,000 objects at most (schema/link). */
export const mostInForce = 10_000
/** Questions that wait for one site. */
export const mostWaiting = 200
/** Until somebody sets others: automatic orders a minute, and of those in force that reach the fleet or stop a known asset. */
export const usualBreaker = { per_minute: 60, wide: 20 } as const

export const secondsWithin = (
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number => {
  const seconds = durationSeconds(text)
  if (seconds >= least && seconds <= most) return seconds
  throw new Fault('usage', `${text} is not between ${least} seconds and ${most / day} days.`, {
    advice: 'Choose a time within these bounds; it can be asked for again.',
  })
}

export const clamped = (seconds: number): number =>
  Math.min(orderSeconds.most, Math.max(orderSeconds.least, Math.trunc(seconds)))

import { InvalidArgumentError } from 'commander'
import { Duration } from '#schema/address.ts'
import { durationSeconds } from '#schema/duration.ts'

// Without an offset a time is meant where the machine stands, as ECMAScript reads it.
const written = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/

/**
 * A point in time as a person writes it: `2026-11-21`, `2026-11-21T10:00`, with or without offset, or `2h` for so long ago.
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970
 */
export const momentOf = (text: string, now: number): number | undefined => {
  if (Duration.safeParse(text).success) return now - durationSeconds(text) * 1000
  if (!written.test(text)) return undefined
  // A day alone would be read as UTC.
  const at = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text)
  return Number.isNaN(at) ? undefined : at
}

/** Parser of options that take a time. */
export const moment = (text: string): number => {
  const at = momentOf(text, Date.now())
  if (at !== undefined) return at
  throw new InvalidArgumentError('It takes a time such as 2026-11-21T10:00, or how long ago, such as 2h.')
}

/** The same for who asks an edge or a manager. @returns ISO 8601 in UTC */
export const momentText = (text: string): string => new Date(moment(text)).toISOString()

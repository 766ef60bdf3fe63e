/** The range of values that a proposal permits to write, from what was written. */
import type { Constraint } from '#core/protocol.ts'

export type Values = readonly [low: number, high: number]

/** Writes below which nothing follows from the lowest and highest but that they were written. */
const enoughWrites = 20
/** Each side is widened by at most this share of the width: what comes next is rarely far from what came before. */
const margin = 0.1
/** A range may be this much wider than that of a member that joins it. */
const alike = 1.2

interface Written {
  readonly count: number
  readonly values: Values
  /** Largest change between two writes. */
  readonly step?: number
}

/**
 * At least this many different values were written: from the lowest to the highest in steps of at most `step`. Two where nothing is
 * known of the steps, as of a switch.
 */
const distinct = ({ values: [low, high], step }: Written): number =>
  high === low ? 1 : step === undefined || step <= 0 ? 2 : Math.ceil((high - low) / step) + 1

const clipped = ([low, high]: Values, { min, max }: Constraint): Values => [
  min === undefined ? low : Math.max(min, low),
  max === undefined ? high : Math.min(max, high),
]

/**
 * Whole numbers around what was written; undefined where policy has no number for it, as for a huge REAL. Widened where many writes went through a range in steps; a set-point of which only few
 * values are known, and a code word, stay exactly what they were.
 */
export const permittedValues = (written: Written, constraint: Constraint): Values | undefined => {
  const [low, high] = written.values
  const ready = written.count >= enoughWrites && distinct(written) >= 3
  const more = ready ? Math.floor((high - low) * margin) : 0
  // Floating point is compared as a number with whole limits.
  const range = clipped([Math.floor(low) - more, Math.ceil(high) + more], constraint)
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = constraint
  return low < min || high > max || !range.every(Number.isSafeInteger) ? undefined : range
}

const width = ([low, high]: Values) => high - low

/** Both in one range, where neither gains more than a fifth by it; else undefined. */
export const together = (a: Values | undefined, b: Values | undefined): Values | undefined => {
  if (a === undefined || b === undefined) return undefined
  const both: Values = [Math.min(a[0], b[0]), Math.max(a[1], b[1])]
  return width(both) <= Math.min(width(a), width(b)) * alike ? both : undefined
}

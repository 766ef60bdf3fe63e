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

/** A range that may stand for several, and the width of the narrowest of them: a chain of small steps must not lead far away. */
export interface Shared {
  readonly values?: Values
  readonly narrowest?: number
}

const narrowestOf = ({ values, narrowest }: Shared): number =>
  narrowest ?? (values === undefined ? Number.POSITIVE_INFINITY : width(values))

/** Both in one range, where none of those that it stands for gains more than a fifth by it; else undefined. */
export const together = (a: Shared, b: Shared): Required<Shared> | undefined => {
  if (a.values === undefined || b.values === undefined) return undefined
  const values: Values = [Math.min(a.values[0], b.values[0]), Math.max(a.values[1], b.values[1])]
  const narrowest = Math.min(narrowestOf(a), narrowestOf(b))
  return width(values) <= narrowest * alike ? { values, narrowest } : undefined
}

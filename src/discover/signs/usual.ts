/** What a client usually writes to one place, and what it wrote there just a few times, far from that. */
import type { Command } from '../model.ts'

export type Values = readonly [low: number, high: number]

/** Writes that make a range of values. */
export const manyWrites = 20
/** Writes that are rare beside those. */
export const rareWrites = 3
/** Different values from which on it is a range, and no switch, code word or set-point that is changed once a week. */
const manyValues = 4

/** Whether many writes went through a range: others can be measured by it. */
export const isRange = ({ count, lowest = [] }: Command): boolean => count >= manyWrites && lowest.length >= manyValues

export interface Usual {
  readonly usual: Values
  /** Each value that was written, in order. */
  readonly strange: readonly number[]
  /** How often. */
  readonly times: number
}

/** Without so many of the outermost values at each end; undefined where what is left is no range that they are far from. */
const without = ({ lowest = [], highest = [] }: Command, below: number, above: number): Usual | undefined => {
  const [low, high] = [lowest[below]?.[0], highest[above]?.[0]]
  if (low === undefined || high === undefined || low > high) return undefined
  const width = Math.max(1, high - low)
  const isFar = (ends: typeof lowest, from: number): boolean =>
    from === 0 || Math.abs((ends[from - 1]?.[0] ?? 0) - (ends[from]?.[0] ?? 0)) > width
  if (!isFar(lowest, below) || !isFar(highest, above)) return undefined
  const strange = [...lowest.slice(0, below), ...highest.slice(0, above)]
  const times = strange.reduce((sum, [, count]) => sum + count, 0)
  const left = new Set([...lowest.slice(below), ...highest.slice(above)].map(([value]) => value))
  for (const [value] of strange) left.delete(value)
  if (times > rareWrites || left.size < manyValues) return undefined
  return { usual: [low, high], strange: strange.map(([value]) => value).toSorted((a, b) => a - b), times }
}

/** Of many writes of one place those that stand out at either end; undefined when none does, or nothing is known of them. */
export const usualOf = (command: Command): Usual | undefined => {
  if (command.folded || !isRange(command)) return undefined
  const found = [...Array(rareWrites + 1).keys()].flatMap((below) =>
    [...Array(rareWrites + 1 - below).keys()].flatMap((above) =>
      below + above === 0 ? [] : (without(command, below, above) ?? []),
    ),
  )
  return found.toSorted((a, b) => b.strange.length - a.strange.length)[0]
}

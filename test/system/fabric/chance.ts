/** Chance that can be had again: mulberry32, a 32-bit generator whose whole state is its seed. */
export interface Chance {
  /** From 0 up to 1. */
  next(): number
  /** A whole number from `least` up to and including `most`. */
  within(least: number, most: number): number
  of<T>(all: readonly [T, ...T[]]): T
  shuffled<T>(all: readonly T[]): T[]
}

export const chanceOf = (seed: number): Chance => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const within = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    within,
    of: (all) => all[within(0, all.length - 1)] ?? all[0],
    shuffled: (all) =>
      all
        .map((one) => ({ one, at: next() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ one }) => one),
  }
}

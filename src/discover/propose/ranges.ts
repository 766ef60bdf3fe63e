/** Sets of whole numbers as sorted, disjoint ranges, and how far what was seen may be generalised. */
export type Ranges = readonly (readonly [low: number, high: number])[]

/** Most that a set may grow by when gaps are closed: a fifth of what was seen. */
const growth = 0.2
/** Numbers seen below which a gap says more than the numbers around it: it is left open. */
const denseEnough = 10

/** Sorted, with touching and overlapping ranges joined. */
export const joined = (ranges: Ranges): Ranges => {
  const all: [number, number][] = []
  for (const [low, high] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = all.at(-1)
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high)
    else all.push([low, high])
  }
  return all
}

/** How many numbers are in joined ranges. */
export const sizeOf = (ranges: Ranges): number => ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0)

/**
 * Closes the smallest gaps of a dense set, while it grows by no more than a fifth: a poll that skips two registers of a
 * hundred is one range for a reader, and a scattered set stays as it is.
 */
export const generalised = (ranges: Ranges): Ranges => {
  const seen = joined(ranges)
  let left = Math.floor(sizeOf(seen) * growth)
  if (seen.length < 2 || sizeOf(seen) < denseEnough) return seen
  const gaps = seen
    .slice(1)
    .map(([low], i) => ({ low: (seen[i]?.[1] ?? low) + 1, high: low - 1 }))
    .toSorted((a, b) => a.high - a.low - (b.high - b.low) || a.low - b.low)
  const closed: (readonly [number, number])[] = []
  for (const { low, high } of gaps) {
    left -= high - low + 1
    if (left < 0) break
    closed.push([low, high])
  }
  return joined([...seen, ...closed])
}

/** Whether every number of `inner` is in `outer`; both joined. */
export const within = (inner: Ranges, outer: Ranges): boolean =>
  inner.every(([low, high]) => outer.some(([from, to]) => low >= from && high <= to))

/** As policy writes it: `100-119,140`. */
export const rangesText = (ranges: Ranges): string =>
  ranges.map(([low, high]) => (low === high ? String(low) : `${low}-${high}`)).join(',')

/** Durations by the million: counted in steps of a tenth of a millisecond, up to 100 seconds. */

const step = 0.1
const cells = 1_000_000

export interface Histogram {
  add(ms: number): void
  readonly count: number
  /** ms, at most a step too high; NaN when there is nothing */
  percentile(p: number): number
  readonly max: number
  reset(): void
}

export const histogram = (): Histogram => {
  const counts = new Uint32Array(cells)
  let count = 0
  let max = 0
  return {
    add: (ms) => {
      const cell = Math.min(cells - 1, Math.max(0, Math.floor(ms / step)))
      counts[cell] = (counts[cell] ?? 0) + 1
      count++
      max = Math.max(max, ms)
    },
    get count() {
      return count
    },
    percentile: (p) => {
      if (count === 0) return Number.NaN
      const rank = Math.min(count, Math.floor((count * p) / 100) + 1)
      let seen = 0
      for (let cell = 0; cell < cells; cell++) {
        seen += counts[cell] ?? 0
        if (seen >= rank) return (cell + 1) * step
      }
      return max
    },
    get max() {
      return max
    },
    reset: () => {
      counts.fill(0)
      count = 0
      max = 0
    },
  }
}

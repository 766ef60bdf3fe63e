/** How long packets waited in an inspector, per conduit. */

const buckets = 24

export class Latency {
  readonly #byConduit = new Map<string, number[]>()

  /** @param us microseconds between the arrival of a packet and its verdict */
  add(conduit: string, us: number): void {
    let counts = this.#byConduit.get(conduit)
    if (counts === undefined) {
      counts = Array.from({ length: buckets }, () => 0)
      this.#byConduit.set(conduit, counts)
    }
    const index = Math.min(buckets - 1, 32 - Math.clz32(us))
    counts[index] = (counts[index] ?? 0) + 1
  }

  toJSON(): Record<string, number[]> {
    return Object.fromEntries(this.#byConduit)
  }
}

/** Upper bound of the share `q` of all, in µs; 0 when nothing was counted. */
export const quantile = (counts: readonly number[], q: number): number => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let seen = 0
  for (const [index, count] of counts.entries()) {
    seen += count
    if (total > 0 && seen >= total * q) return 2 ** index
  }
  return 0
}

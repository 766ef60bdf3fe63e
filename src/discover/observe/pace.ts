/** How regular something comes: sums of whole milliseconds, so that adding recordings in any order gives the same. */
import type { Rhythm } from '../model.ts'

/** A longer distance is a pause, not the period of something, in ms. */
const longestDistance = 3_600_000

export class Pace {
  count = 0
  sum = 0
  squares = 0
  #last = -1

  next(now: number): void {
    const distance = now - this.#last
    if (this.#last >= 0 && distance >= 0 && distance <= longestDistance) {
      this.count++
      this.sum += distance
      this.squares += distance * distance
    }
    this.#last = now
  }

  add({ count, sum, squares }: Sums): void {
    this.count += count
    this.sum += sum
    this.squares += squares
  }

  get sums(): Sums {
    return { count: this.count, sum: this.sum, squares: this.squares }
  }
}

export interface Sums {
  readonly count: number
  readonly sum: number
  readonly squares: number
}

/** Fewer distances are no rhythm. */
const leastDistances = 3

export const addSums = (a: Sums, b: Sums): Sums => ({
  count: a.count + b.count,
  sum: a.sum + b.sum,
  squares: a.squares + b.squares,
})

export const rhythmOf = ({ count, sum, squares }: Sums): Rhythm | undefined => {
  if (count < leastDistances) return undefined
  const mean = sum / count
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean))
  const rounded = (value: number) => Math.round(value * 100) / 100
  return { count, meanMs: rounded(mean), deviationMs: rounded(deviation) }
}

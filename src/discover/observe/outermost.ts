/**
 * The outermost of the different values that were written, and how often each was: whether the end of a range is a habit or happened once.
 * Exact: a value that is pushed out can never be among the outermost again.
 */

/** Different values kept: a few that stand out, and one that they stand out from. */
const most = 4

export type Counted = [value: number, times: number]

/** One end of the range; counting a value allocates nothing. */
export class Outermost {
  readonly #values = new Float64Array(most)
  readonly #times = new Float64Array(most)
  readonly #sign: 1 | -1
  #size = 0

  /** @param sign 1 for the lowest, -1 for the highest */
  constructor(sign: 1 | -1) {
    this.#sign = sign
  }

  take(value: number): void {
    const values = this.#values
    const times = this.#times
    let place = 0
    while (place < this.#size && (values[place] ?? 0) * this.#sign < value * this.#sign) place++
    if (place < this.#size && values[place] === value) {
      times[place] = (times[place] ?? 0) + 1
      return
    }
    if (place >= most || !Number.isFinite(value)) return
    if (this.#size < most) this.#size++
    values.copyWithin(place + 1, place, this.#size - 1)
    times.copyWithin(place + 1, place, this.#size - 1)
    values[place] = value
    times[place] = 1
  }

  /** The outermost first. */
  get all(): Counted[] {
    return Array.from({ length: this.#size }, (_, index) => [this.#values[index] ?? 0, this.#times[index] ?? 0])
  }
}

/** Of two recordings. Adding in any order gives the same. */
export const joinOutermost = (
  a: readonly (readonly [number, number])[],
  b: readonly (readonly [number, number])[],
  sign: 1 | -1,
): Counted[] => {
  const times = new Map<number, number>()
  for (const [value, count] of [...a, ...b]) times.set(value, (times.get(value) ?? 0) + count)
  return [...times].toSorted(([one], [other]) => (one - other) * sign).slice(0, most)
}

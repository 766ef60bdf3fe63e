/** Names as a rule writes them: mostly in any case, and `*` at the end of one stands for the rest. */
import type { Written } from './constraint.ts'

/** A name as it is compared. @param cased as in Constraint */
export const fold = (name: string, cased: RegExp | undefined): string =>
  cased?.test(name) === true ? name : name.toLowerCase()

/** A way up out of what a name begins with, in names of files. */
const wayUp = /(^|[\\/])\.\.([\\/]|$)/

export class Names {
  readonly #whole = new Set<string>()
  /** What a name may begin with. */
  readonly #beginnings: string[] = []

  constructor(written: Written, cased?: RegExp) {
    for (const name of typeof written === 'object' ? written : [written]) {
      const folded = fold(String(name), cased)
      if (folded.endsWith('*')) this.#beginnings.push(folded.slice(0, -1))
      else this.#whole.add(folded)
    }
  }

  /**
   * Allocates nothing.
   * @param name as {@link fold} gives it
   */
  has(name: string): boolean {
    if (this.#whole.has(name)) return true
    for (let index = 0; index < this.#beginnings.length; index++)
      if (name.startsWith(this.#beginnings[index] ?? name)) return !name.includes('..') || !wayUp.test(name)
    return false
  }
}

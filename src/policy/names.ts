/** Names as a rule writes them: in any case, and `*` at the end of one stands for the rest. */
import type { Written } from './constraint.ts'

/** A way up out of what a name begins with, in names of files. */
const wayUp = /(^|[\\/])\.\.([\\/]|$)/

export class Names {
  readonly #whole = new Set<string>()
  /** What a name may begin with. */
  readonly #beginnings: string[] = []

  constructor(written: Written) {
    for (const name of typeof written === 'object' ? written : [written]) {
      const lower = String(name).toLowerCase()
      if (lower.endsWith('*')) this.#beginnings.push(lower.slice(0, -1))
      else this.#whole.add(lower)
    }
  }

  /**
   * Allocates nothing.
   * @param name in lower case
   */
  has(name: string): boolean {
    if (this.#whole.has(name)) return true
    for (let index = 0; index < this.#beginnings.length; index++)
      if (name.startsWith(this.#beginnings[index] ?? name)) return !name.includes('..') || !wayUp.test(name)
    return false
  }
}

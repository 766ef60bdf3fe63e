/** How many strangers are told one by one: somebody who forges addresses makes as many as he likes. */
import type { EventDraft } from '#schema/event.ts'

/** Containments of strangers, and their ends, that are told one by one at once, */
const burst = 1024
/** and over time, in ms for one. They are never dropped, and somebody who forges addresses must not fill the disk with them. */
const refillMs = 10_000

export interface FloodMark {
  readonly left: number
  /** ms on the clock of `performance.now`. */
  readonly filled: number
  readonly more: { readonly containment: number; readonly release: number }
}

/** What is told of a flood of strangers, per edge; the rest as a sum. */
export class Flood {
  #left = burst
  #filled = performance.now()
  readonly #more = { containment: 0, release: 0 }

  /** Where it stands, for {@link goBack}. */
  mark(): FloodMark {
    return { left: this.#left, filled: this.#filled, more: { ...this.#more } }
  }

  /** What was taken since is not told after all. */
  goBack({ left, filled, more }: FloodMark): void {
    this.#left = left
    this.#filled = filled
    Object.assign(this.#more, more)
  }

  /** @returns whether it is told by itself */
  takes(kind: 'containment' | 'release'): boolean {
    const now = performance.now()
    this.#left = Math.min(burst, this.#left + (now - this.#filled) / refillMs)
    this.#filled = now
    if (this.#left < 1) {
      this.#more[kind]++
      return false
    }
    this.#left--
    return true
  }

  /** What was not told by itself since the last call. */
  sum(): readonly EventDraft[] {
    const { containment, release } = this.#more
    Object.assign(this.#more, { containment: 0, release: 0 })
    if (containment + release === 0) return []
    return [
      {
        kind: 'overflow',
        by: 'daemon',
        count: 0,
        text: `Strangers came too many to be told one by one: ${containment} more were contained by the kernel, and ${release} more containments ended by themselves.`,
        details: { containment, release },
      },
    ]
  }
}

/** What the kernel's sets would hold by now: elements that end by themselves, and no more than fit. */
import type { State } from '#policy/state.ts'

/**
 * A set that `evaluate` asks, and adds to by copying. There is nothing in it to copy: its elements are beside it, with their ends, so
 * that a scan of 60,000 addresses does not copy 60,000 of them 60,000 times. What a copy holds is what is new.
 */
export class Remembered extends Set<string> {
  readonly #until = new Map<string, number>()
  readonly #limit: number

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override has(key: string): boolean {
    return this.#until.has(key)
  }
  override get size(): number {
    return this.#until.size
  }

  /** Adds an element, or lets it end later. @returns whether it is new; a full set takes none */
  keep(key: string, until: number): boolean {
    const isNew = !this.#until.has(key)
    if (isNew && this.#until.size >= this.#limit) return false
    this.#until.set(key, until)
    return isNew
  }

  /** Takes out what has ended by `now` (ms since 1970). @returns when the next one ends */
  expire(now: number): number {
    let next = Infinity
    for (const [key, until] of this.#until) {
      if (until <= now) this.#until.delete(key)
      else next = Math.min(next, until)
    }
    return next
  }
}

/** Elements of the kernel's sets: see policy/nft/state. */
const strangers = 65_536
const carriers = 4096
const knowns = 64

export const rememberedNames = ['strangers', 'macs', 'carriers', 'containedKnown', 'wouldContain'] as const
export type RememberedName = (typeof rememberedNames)[number]
export type RememberedState = State & Readonly<Record<RememberedName, Remembered>>

export const rememberedState = (openWindows: ReadonlySet<number>): RememberedState => ({
  strangers: new Remembered(strangers),
  macs: new Remembered(strangers),
  carriers: new Remembered(carriers),
  containedKnown: new Remembered(knowns),
  wouldContain: new Remembered(strangers),
  held: new Set(),
  openWindows,
  firstParts: new Set(),
  risks: new Map(),
  temporary: [],
  authenticated: new Set(),
  decoys: new Set(),
  bypass: false,
})

/** Whether the clock of the machine may be believed (docs/decisions/008). Pure: clocks come in. */

/** ms that a clock may be before the newest time on record, or be set back by, without a word. */
const tolerance = 5000
/** ms by which a clock must be set for somebody to have set it; less is the time between two readings. */
const smallestStep = 1000
/** ms. A clock that is set forth by less is one that was a little slow. */
const noteworthy = 60_000
/** ms that a clock stays as it was set before it is believed: who sets it may do so in several steps. */
const settling = 10_000
/** A clock before this one was never right: this program is younger. */
const oldest = Date.parse('2026-01-01T00:00:00Z')

export interface Look {
  /** ms since 1970, as the clock of the machine has it. */
  readonly wall: number
  /** ms of a clock that nobody sets. */
  readonly steady: number
  /** Newest time on record, ms since 1970. */
  readonly record: number | undefined
  /** Whether something keeps the clock right. */
  readonly isKept: () => boolean
}

export type Judgement = {
  /** Newest time to be on record from now on: it goes on while the clock is not believed. */
  readonly record: number
} & (
  | { readonly is: 'right' }
  /** Set forth since the last look. */
  | { readonly is: 'set-forth'; readonly from: number }
  /** Before the newest time on record because it was set a moment ago: believed soon. */
  | { readonly is: 'settling' }
  /** Before it, and nobody says that it is right. */
  | { readonly is: 'wrong' }
  /** Believed from now on, where the record goes back from. */
  | { readonly is: 'set-back'; readonly from: number }
)

/** Looks at the clock every second or so. */
export class ClockJudge {
  #last: Pick<Look, 'wall' | 'steady'> | undefined
  #isSet = false
  /** Since when there is a reason to believe a clock before the record. */
  #since: number | undefined

  judge({ wall, steady, record, isKept }: Look): Judgement {
    const last = this.#last
    this.#last = { wall, steady }
    const elapsed = last === undefined ? 0 : Math.max(0, steady - last.steady)
    const step = last === undefined ? 0 : wall - last.wall - elapsed
    if (record === undefined || wall >= record - tolerance) {
      this.#isSet = false
      this.#since = undefined
      return last !== undefined && step >= noteworthy
        ? { is: 'set-forth', from: last.wall + elapsed, record: wall }
        : { is: 'right', record: wall }
    }
    const counted = record + elapsed
    if (Math.abs(step) >= smallestStep) {
      this.#isSet = true
      this.#since = undefined
    }
    if (wall < oldest || !(this.#isSet || isKept())) {
      this.#since = undefined
      return { is: 'wrong', record: counted }
    }
    this.#since ??= steady
    if (steady - this.#since < settling) return { is: this.#isSet ? 'settling' : 'wrong', record: counted }
    // Again with the next look, unless it is on record by then.
    return { is: 'set-back', from: counted, record: wall }
  }
}

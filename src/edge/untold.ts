/** Events that the disk did not take: those of the audit trail are kept, the others are counted, and both are told when there is room. */
import { eventKinds } from '#schema/event-kinds.ts'
import { type EventDraft, timestamp } from '#schema/event.ts'

/** Events of class P0 kept in memory; of more only the number is told. */
const limit = 1000

export class Untold {
  #kept: EventDraft[] = []
  #lost = 0
  /** When the first of those that were lost happened, ms since 1970. */
  #since: number | undefined
  /** Events lost since the start. */
  lostInAll = 0

  /** Events that wait here or were lost, and were not told yet. */
  get waiting(): number {
    return this.#kept.length + this.#lost
  }

  /** @param now ms since 1970 */
  keep(drafts: readonly EventDraft[], now: number): void {
    for (const draft of drafts) {
      const isVital = (draft.class ?? eventKinds[draft.kind].class) === 'P0'
      if (isVital && this.#kept.length < limit) {
        const first = draft.first ?? draft.last ?? timestamp(now)
        this.#kept.push({ ...draft, first, last: draft.last ?? first })
      } else {
        this.#since ??= now
        this.#lost++
        this.lostInAll++
      }
    }
  }

  /** What is to be told, in the order in which it happened. It waits until {@link told}. */
  drafts(now: number): EventDraft[] {
    if (this.#lost === 0) return [...this.#kept]
    const text = `${this.#lost} event${this.#lost === 1 ? '' : 's'} could not be stored and ${this.#lost === 1 ? 'is' : 'are'} lost; packets are counted all the same.`
    const first = timestamp(Math.min(this.#since ?? now, now))
    const loss: EventDraft = {
      kind: 'gap',
      by: 'daemon',
      first,
      last: timestamp(now),
      text,
      details: { why: 'disk', events: this.#lost },
    }
    return [...this.#kept, loss]
  }

  told(): void {
    this.#kept = []
    this.#lost = 0
    this.#since = undefined
  }
}

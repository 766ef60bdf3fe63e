/**
 * One account of packets: what the kernel counted against what events have told. Few events, and their counts add up to exactly what
 * the kernel counted: by conversation where it is known, the rest as sums. Pure but for the clocks that come in.
 */
import { timestamp, type EventDraft } from '#schema/event.ts'
import { aggregate, type Aggregate } from '../store/aggregate.ts'

/** Conversations that one account remembers at once. */
const capacity = 2048

export interface Times {
  /** Milliseconds that never go back. */
  readonly monotonic: number
  /** Milliseconds since 1970. */
  readonly wall: number
}

export class Tally {
  readonly #aggregate: Aggregate = aggregate({ capacity })
  /** Of the kernel's total: what was passed on by conversation or as a sum. */
  #taken: number
  /** Of the kernel's total: what stored events tell. */
  #told: number
  #before: number
  #since: number

  /**
   * @param told how much of the kernel's total earlier daemons have told
   * @param total what the kernel has counted up to now
   */
  constructor(told: number, total: number, wall: number) {
    // Counters that are below what was told of them began anew.
    this.#told = told <= total ? told : 0
    this.#taken = this.#told
    this.#before = total
    this.#since = wall
  }

  /** For the next daemon. */
  get told(): number {
    return this.#told
  }

  /** Takes `draft.count` packets (1 when absent). @returns what to tell now */
  add(draft: EventDraft, { monotonic, wall }: Times): readonly EventDraft[] {
    this.#taken += draft.count ?? 1
    return this.#aggregate.add(draft, monotonic, wall)
  }

  due(monotonic: number): readonly EventDraft[] {
    return this.#aggregate.due(monotonic)
  }

  drain(): readonly EventDraft[] {
    return this.#aggregate.drain()
  }

  /**
   * Compares with the kernel. What it had counted at the last call and nobody has passed on since is missing: a record was lost or
   * suppressed, a set was full, nobody was there. Records of packets counted since then may still be on their way.
   * @returns the packets that are missing, with the time before which they came; they count as passed on now
   */
  settle(total: number, wall: number): { readonly missing: number; readonly first: string } | undefined {
    if (total < this.#before) {
      this.#taken = Math.max(0, this.#taken - this.#before)
      this.#told = Math.max(0, this.#told - this.#before)
      this.#before = 0
    }
    const missing = this.#before - this.#taken
    const first = timestamp(Math.min(this.#since, wall))
    this.#before = total
    this.#since = wall
    if (missing <= 0) return undefined
    this.#taken += missing
    return { missing, first }
  }

  /** Whether what was handed out is stored; what is not is missing at the next comparison. */
  stored(packets: number, done: boolean): void {
    if (done) this.#told += packets
    else this.#taken -= packets
  }
}

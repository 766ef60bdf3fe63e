/** Orders that are in the kernel and that the disk did not take: each is written down as soon as there is room, in the order in which they came. */
import type { Fault } from '#core/errors.ts'

export interface UnwrittenOrder {
  /** When it was given, ms since 1970. */
  readonly at: number
  /** Writes it down, with the events that tell of it. It may run several times and has no other effect than on the store. */
  write: () => unknown
}

/** Orders kept in memory; what comes beyond is in the kernel alone. */
const limit = 1000
/** ms between two attempts, unless one is asked for. */
const patienceMs = 1000

export class Unwritten {
  #orders: UnwrittenOrder[] = []
  #tried = -Infinity
  /** What the disk said last. */
  refusal: Fault | undefined

  get waiting(): number {
    return this.#orders.length
  }

  /** The oldest. */
  get next(): UnwrittenOrder | undefined {
    return this.#orders[0]
  }

  /** @returns false where there are too many already */
  keep(order: UnwrittenOrder): boolean {
    if (this.#orders.length >= limit) return false
    this.#orders.push(order)
    return true
  }

  has(order: UnwrittenOrder): boolean {
    return this.#orders.includes(order)
  }

  /** It is written, or came to nothing. */
  remove(order: UnwrittenOrder): void {
    this.#orders = this.#orders.filter((one) => one !== order)
  }

  /** Whether it is time for another attempt. @param now ms on a clock that does not go back */
  isDue(now: number): boolean {
    if (now - this.#tried < patienceMs) return false
    this.#tried = now
    return true
  }
}

/** What waits to be sent. Bounded by number and bytes; when full the oldest that is not P0 goes, then the oldest. */
import type { EventClass } from '#schema/event-kinds.ts'

export interface Message {
  readonly class: EventClass
  readonly octets: Buffer
}

/** Bytes per message that the bound is counted with. */
const averageBytes = 1024

export class Queue {
  readonly #limit: number
  readonly #byteLimit: number
  // Two lines, so that finding the oldest of lesser classes needs no search. `order` restores the common order.
  readonly #lines: Record<'first' | 'other', { readonly message: Message; readonly order: number }[]> = {
    first: [],
    other: [],
  }
  #next = 0
  #before = -1
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
    this.#byteLimit = limit * averageBytes
  }

  get length(): number {
    return this.#lines.first.length + this.#lines.other.length
  }

  #line(message: Message) {
    return message.class === 'P0' ? this.#lines.first : this.#lines.other
  }

  /** Adds at the end. @returns how many messages were dropped for it */
  push(message: Message): number {
    this.#line(message).push({ message, order: this.#next++ })
    this.#bytes += message.octets.length
    return this.#shrink()
  }

  /** Puts messages back in front, in their order, after a connection broke. @returns how many were dropped for it */
  restore(messages: readonly Message[]): number {
    for (const message of messages.toReversed()) {
      this.#line(message).unshift({ message, order: this.#before-- })
      this.#bytes += message.octets.length
    }
    return this.#shrink()
  }

  shift(): Message | undefined {
    const { first, other } = this.#lines
    const [a, b] = [first[0], other[0]]
    const line = b === undefined || (a !== undefined && a.order < b.order) ? first : other
    const taken = line.shift()
    if (taken !== undefined) this.#bytes -= taken.message.octets.length
    return taken?.message
  }

  #shrink(): number {
    let dropped = 0
    while (this.length > this.#limit || (this.#bytes > this.#byteLimit && this.length > 1)) {
      const line = this.#lines.other.length > 0 ? this.#lines.other : this.#lines.first
      this.#bytes -= line.shift()?.message.octets.length ?? 0
      dropped++
    }
    return dropped
  }
}

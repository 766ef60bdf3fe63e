/** Requests of one conversation that have not been answered yet: bounded, and small while few are outstanding. */

export interface PendingRequest {
  transaction: number
  op: string
  /** What its codec noted to read the response by. */
  readonly notes: Float64Array
  /** Seconds since 1970 at which it passed, as a signed 32-bit number: it needs no memory of its own. */
  at: number
  /** It reached the device as something the device refuses; the refusal is put back into the request's own words. */
  neutralised: boolean
  /** Called when its device says that it did not do it, or not all of it. */
  refused: (() => void) | undefined
}

/** Outstanding requests of one conversation at most. */
export const pendingLimit = 32
/** Seconds after which nobody waits for an answer any more. Over a stream it may come still, and is kept waiting for while there is room. */
const patience = 60

export class Pending {
  readonly #used: PendingRequest[] = []
  readonly #free: PendingRequest[] = []
  readonly #lossy: boolean

  /** @param lossy answers may get lost, so that a request is given up after a while; else one may take as long as it likes */
  constructor(lossy = false) {
    this.#lossy = lossy
  }

  get size(): number {
    return this.#used.length
  }

  /** The next one is kept in place of the oldest. */
  get isFull(): boolean {
    return this.#used.length >= pendingLimit
  }

  /** Whether somebody may still wait for the answer to the oldest. @param at seconds since 1970, as a signed 32-bit number */
  isAwaited(at: number): boolean {
    const [oldest] = this.#used
    return oldest !== undefined && ((at - oldest.at) | 0) < patience
  }

  /** The oldest request of a transaction. */
  find(transaction: number): PendingRequest | undefined {
    for (let index = 0; index < this.#used.length; index++) {
      const request = this.#used[index]
      if (request?.transaction === transaction) return request
    }
    return undefined
  }

  /** The request that was asked next after this one under the same transaction. */
  after(request: PendingRequest): PendingRequest | undefined {
    for (let index = this.#used.indexOf(request) + 1; index > 0 && index < this.#used.length; index++) {
      const next = this.#used[index]
      if (next?.transaction === request.transaction) return next
    }
    return undefined
  }

  /**
   * A transaction is asked for again. Whoever does so waits no longer for most of its answers: beyond `most` of one transaction the
   * oldest is forgotten, or what is never answered would use up the room of what is.
   */
  again(transaction: number, most: number): void {
    let count = 1
    for (const request of this.#used) if (request.transaction === transaction) count++
    if (count <= most) return
    const oldest = this.find(transaction)
    if (oldest !== undefined) this.remove(oldest)
  }

  /** What was asked before a moment will not be answered any more. */
  #expire(before: number): void {
    for (;;) {
      const oldest = this.#used[0]
      if (oldest === undefined || ((oldest.at - before) | 0) >= 0) return
      this.remove(oldest)
    }
  }

  /** Forgets the oldest when there are too many. @param at seconds since 1970, as a signed 32-bit number @returns the request as it is kept */
  add(transaction: number, op: string, notes: Float64Array, at: number, neutralised = false): PendingRequest {
    if (this.#used.length > 0 && this.#lossy) this.#expire((at - patience) | 0)
    const fits = this.#used.length < pendingLimit
    const request = (fits ? this.#free.pop() : this.#used.shift()) ?? {
      transaction,
      op,
      notes: new Float64Array(notes.length),
      at,
      neutralised,
      refused: undefined,
    }
    request.transaction = transaction
    request.op = op
    request.at = at
    request.neutralised = neutralised
    request.refused = undefined
    for (let index = 0; index < notes.length; index++) request.notes[index] = notes[index] ?? 0
    this.#used.push(request)
    return request
  }

  remove(request: PendingRequest): void {
    const index = this.#used.indexOf(request)
    if (index < 0) return
    // Closing the gap by hand: splice would allocate.
    for (let at = index; at + 1 < this.#used.length; at++) {
      const next = this.#used[at + 1]
      if (next !== undefined) this.#used[at] = next
    }
    this.#used.pop()
    if (this.#free.length < 4) this.#free.push(request)
  }
}

/**
 * Bytes of one direction of a TCP connection that were let through and may come again, because the receiver has not acknowledged
 * them. What comes again must be the same bytes: the receiver may have got the first ones, or may take the second ones.
 */

/** Bytes remembered at most; a window larger than this cannot be told to be the same any more. */
const historyLimit = 256 << 10
const smallest = 256

const empty = new Uint8Array(0)

export class History {
  #bytes: Uint8Array = empty
  /** Place of the first remembered byte, and how many there are. */
  #from = 0
  #length = 0
  /** Sequence number of the first remembered byte, as a signed 32-bit number. */
  #seq = 0
  /** Everything before it was acknowledged; behind the first remembered byte only when too much was outstanding. */
  #acknowledged = 0
  /** Whether anything was: how far the receiver is cannot be guessed from what a sender says. */
  #isKnown = false

  /** Bytes from `seq` on that are known to have arrived. */
  arrived(seq: number): number {
    return this.#isKnown ? Math.max(0, (this.#acknowledged - seq) | 0) : 0
  }

  /** @param arrived whether everything before `seq` is known to have arrived */
  restart(seq: number, arrived: boolean): void {
    this.#from = 0
    this.#length = 0
    this.#seq = seq
    this.#acknowledged = seq
    this.#isKnown = arrived
    if (this.#bytes.length > 4096) this.#bytes = empty
  }

  /** A copy of all bytes from `seq` on; undefined when the first of them were forgotten or acknowledged. */
  since(seq: number): Uint8Array | undefined {
    const known = this.#seq === seq && ((this.#acknowledged - seq) | 0) <= 0
    return known ? this.#bytes.slice(this.#from, this.#from + this.#length) : undefined
  }

  /** Adds bytes behind the last ones; older ones may have to be forgotten. */
  append(bytes: Uint8Array, at: number, end: number): void {
    const count = end - at
    const over = this.#length + count - historyLimit
    if (over > 0) this.#forget(Math.min(over, this.#length))
    this.#room(count)
    const to = this.#from + this.#length
    for (let index = 0; index < count; index++) this.#bytes[to + index] = bytes[at + index] ?? 0
    this.#length += count
  }

  /** The receiver has everything before `seq`. */
  acknowledge(seq: number): void {
    if (!this.#isKnown || ((seq - this.#acknowledged) | 0) > 0) this.#acknowledged = seq
    this.#isKnown = true
    const count = (seq - this.#seq) | 0
    if (count > 0) this.#forget(Math.min(count, this.#length))
  }

  /**
   * Whether bytes that come at `seq` are those that passed there. Acknowledged ones are not compared: they must not be sent on.
   * @param trusted those that are not remembered are taken to be the same
   */
  matches(seq: number, bytes: Uint8Array, at: number, end: number, trusted: boolean): boolean {
    const place = (seq - this.#seq) | 0
    for (let index = this.arrived(seq); index < end - at; index++) {
      if (place + index < 0) {
        if (trusted) continue
        return false
      }
      if (place + index >= this.#length) return true
      if (this.#bytes[this.#from + place + index] !== bytes[at + index]) return false
    }
    return true
  }

  #forget(count: number): void {
    this.#from += count
    this.#length -= count
    this.#seq = (this.#seq + count) | 0
    if (this.#length === 0) this.#from = 0
  }

  #room(count: number): void {
    const needed = this.#length + count
    if (this.#from + needed <= this.#bytes.length) return
    if (needed <= this.#bytes.length) {
      this.#bytes.copyWithin(0, this.#from, this.#from + this.#length)
      this.#from = 0
      return
    }
    let size = Math.max(smallest, this.#bytes.length)
    while (size < needed) size *= 2
    const larger = new Uint8Array(size)
    larger.set(this.#bytes.subarray(this.#from, this.#from + this.#length))
    this.#bytes = larger
    this.#from = 0
  }
}

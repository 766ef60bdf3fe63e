/**
 * Sequence numbers of one direction of a TCP connection from which bytes were taken out, or into which bytes were put: as the sender
 * counts, and as the receiver does. All are signed 32-bit numbers whose difference modulo 2^32 is a distance (RFC 9293, 3.4).
 */

export interface Change {
  /** As the sender counts: where what follows the change begins. */
  readonly at: number
  /** Bytes put in there (positive), or taken out just before it (negative). */
  readonly delta: number
}

export class Numbering {
  #base = 0
  #changes: Change[] = []

  /** Whether the two ends count alike. */
  get same(): boolean {
    return this.#base === 0 && this.#changes.length === 0
  }

  /** Changes that are remembered. */
  get count(): number {
    return this.#changes.length
  }

  /** Changes come in the order of the stream. */
  change(at: number, delta: number): void {
    const last = this.#changes.at(-1)
    // Taken out directly behind what was taken out: one change, which ends further on. Put in where something was put in is one, too:
    // the server may be answered for without ever saying anything itself, by which they would be settled.
    if (last !== undefined && delta * last.delta > 0 && ((at + Math.min(0, delta) - last.at) | 0) === 0)
      this.#changes[this.#changes.length - 1] = { at, delta: last.delta + delta }
    else this.#changes.push({ at, delta })
  }

  /** The receiver's number of a byte that the sender counts as `seq`. */
  toReceiver(seq: number): number {
    let shift = this.#base
    for (const { at, delta } of this.#changes) {
      if (((seq - at) | 0) < 0) break
      shift += delta
    }
    return (seq + shift) | 0
  }

  /** The sender's number for what the receiver acknowledges: taken-out bytes are acknowledged with what stands before them. */
  toSender(ack: number): number {
    let shift = this.#base
    for (const { at, delta } of this.#changes) {
      if (((ack - shift - delta - at) | 0) >= 0) shift += delta
      else {
        const place = (ack - shift) | 0
        return ((place - at) | 0) > 0 ? at : place
      }
    }
    return (ack - shift) | 0
  }

  /** Everything before `seq` (the sender's number) has arrived: changes before it need not be told apart any more. */
  settle(seq: number): void {
    let done = 0
    for (const { at, delta } of this.#changes) {
      if (((seq - at) | 0) < 0) break
      this.#base = (this.#base + delta) | 0
      done++
    }
    if (done > 0) this.#changes = this.#changes.slice(done)
  }
}

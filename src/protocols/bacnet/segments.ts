/** Messages in segments put together: ANSI/ASHRAE 135, clause 5.2 and 5.3. */

/** Bytes and segments of one message at most; what needs more is not looked at. */
const longest = 32_768
const mostSegments = 64

/**
 * - `part`: more segments follow
 * - `whole`: with this segment the message is whole
 * - `broken`: it does not continue what was seen, or is not what was seen under its number
 * - `too-long`: the message is longer than is looked at
 */
export type Piece = 'part' | 'whole' | 'broken' | 'too-long'

/** One message that one end sends in segments; a device takes the first bytes of each number, and so does this. */
export class Assembly {
  bytes: Uint8Array | undefined
  length = 0
  #key = -1
  #next = 0
  #complete = false
  /** Where each segment begins; the one after the last says where the last ends. */
  readonly #starts = new Uint32Array(mostSegments + 1)

  /** The message of which more is to come; -1: none. */
  get unfinished(): number {
    return this.#complete ? -1 : this.#key
  }

  /** Nothing more comes of the message: the next one under its key begins anew. */
  abandon(): void {
    if (!this.#complete) this.#key = -1
  }

  take(key: number, sequence: number, more: boolean, bytes: Uint8Array, from: number, end: number): Piece {
    // The buffer is made for conversations that have segments at all.
    const kept = (this.bytes ??= new Uint8Array(longest))
    if (sequence === 0 && (key !== this.#key || this.#complete)) {
      this.#key = key
      this.#next = 0
      this.#complete = false
      this.length = 0
    }
    if (key !== this.#key) return 'broken'
    const size = Math.max(0, end - from)
    if (sequence < this.#next) return this.#again(kept, sequence, more, bytes, from, size)
    if (sequence !== this.#next || this.#complete) return 'broken'
    if (sequence >= mostSegments || this.length + size > longest) return 'too-long'
    for (let index = 0; index < size; index++) kept[this.length + index] = bytes[from + index] ?? 0
    this.length += size
    this.#next++
    this.#starts[this.#next] = this.length
    this.#complete = !more
    return more ? 'part' : 'whole'
  }

  /** A segment that was sent again: the same, or a fraud. */
  #again(kept: Uint8Array, sequence: number, more: boolean, bytes: Uint8Array, from: number, size: number): Piece {
    const start = this.#starts[sequence] ?? 0
    if ((this.#starts[sequence + 1] ?? 0) - start !== size) return 'broken'
    for (let index = 0; index < size; index++) if (kept[start + index] !== bytes[from + index]) return 'broken'
    const last = this.#complete && sequence === this.#next - 1
    if (more === last) return 'broken'
    return last ? 'whole' : 'part'
  }
}

/**
 * The in-order gate of one direction of a TCP connection: what passes is one sequence of bytes, each seen once and never changed
 * after. What was inspected is what the receiver gets.
 */
import { History } from './history.ts'

/**
 * - `next`: it continues the stream
 * - `again`: all of it was seen before, with the same bytes
 * - `both`: its beginning was seen before, with the same bytes; the rest continues
 * - `differs`: it repeats bytes with others in their place
 * - `gap`: bytes before it are missing
 */
export type Place = 'next' | 'again' | 'both' | 'differs' | 'gap'

export class Stream {
  /** Sequence number expected next, as a signed 32-bit number. */
  next = 0
  /** Whether {@link next} is known. */
  started = false
  /** Where what passed begins. */
  origin = 0
  readonly history = new History()

  /** @param arrived whether everything before `seq` is known to have arrived: else none of it passes any more */
  start(seq: number, arrived = false): void {
    this.next = seq
    this.origin = seq
    this.started = true
    this.history.restart(seq, arrived)
  }

  /** The receiver has what comes before `seq`. What never passed here cannot have arrived. */
  acknowledge(seq: number): void {
    this.history.acknowledge(((seq - this.next) | 0) > 0 ? this.next : seq)
  }

  /** Bytes of a segment at `seq` that were seen before; negative: missing before it. */
  seenBefore(seq: number): number {
    return (this.next - seq) | 0
  }

  /**
   * Where a segment with the payload `at` to `end` stands.
   * @param trusted what its sender repeats, and is not remembered here, counts as seen with the same bytes
   */
  place(seq: number, bytes: Uint8Array, at: number, end: number, trusted = false): Place {
    const seen = (this.next - seq) | 0
    if (seen === 0) return 'next'
    if (seen < 0) return 'gap'
    const overlap = Math.min(seen, end - at)
    if (!this.history.matches(seq, bytes, at, at + overlap, trusted)) return 'differs'
    return overlap === end - at ? 'again' : 'both'
  }

  /** The bytes `at` to `end` continue the stream. */
  advance(bytes: Uint8Array, at: number, end: number): void {
    this.history.append(bytes, at, end)
    this.next = (this.next + end - at) | 0
  }
}

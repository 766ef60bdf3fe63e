/**
 * One direction of a TCP connection put together as tshark does it by default: in the order of the capture, what came before is not
 * taken again, and after a gap a new unit begins with the segment.
 */
import type { Codec } from '#core/codec.ts'

export class Segments {
  #next: number | undefined
  #waiting = new Uint8Array()

  /** The sequence number of the next byte is known, e.g. from a SYN. @returns false for the same one again */
  begin(next: number): boolean {
    if (this.#next === next) return false
    this.#next = next
    this.#waiting = new Uint8Array()
    return true
  }

  /**
   * Takes a segment's payload, of which `missing` bytes more were on the wire than were recorded.
   * Calls `unit` for each unit of the protocol that it completes.
   */
  push(
    seq: number,
    payload: Uint8Array,
    missing: number,
    codec: Codec,
    unit: (bytes: Uint8Array, at: number, end: number) => void,
  ): void {
    const ahead = this.#next === undefined ? 0 : (seq - this.#next) | 0
    if (payload.length === 0 || ahead + payload.length <= 0) return
    if (ahead > 0) this.#waiting = new Uint8Array()
    const fresh = ahead < 0 ? payload.subarray(-ahead) : payload
    this.#next = (seq + payload.length + missing) | 0
    const bytes = this.#waiting.length === 0 ? fresh : Buffer.concat([this.#waiting, fresh])
    let at = 0
    for (;;) {
      const length = at < bytes.length ? codec.frame(bytes, at, bytes.length, 'tcp') : 0
      if (length < 0) {
        this.#waiting = new Uint8Array()
        return
      }
      if (length === 0 || at + length > bytes.length) break
      unit(bytes, at, at + length)
      at += length
    }
    this.#waiting = bytes.slice(at)
  }
}

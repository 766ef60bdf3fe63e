/** Options of a TCP header (RFC 9293, 3.2; RFC 7323; RFC 2018): one object filled again for every segment. Places, no copies. */
import { u16be } from '#core/bytes.ts'

const kinds = { end: 0, none: 1, mss: 2, windowScale: 3, sackPermitted: 4, sack: 5, timestamps: 8 } as const

export class TcpOptions {
  /** Every option lies within the header and has a length that its kind can have. */
  whole = true
  /** Maximum segment size in bytes, -1 when absent. */
  mss = -1
  /** Shift count, -1 when absent. */
  windowScale = -1
  sackPermitted = false
  /** Offset of the timestamp value; the echo reply stands four bytes further on. -1 when absent. */
  timestampOffset = -1
  /** Offset of the first SACK block of two 32-bit edges each, -1 when absent. */
  sackOffset = -1
  sackCount = 0

  reset(): void {
    this.whole = true
    this.mss = -1
    this.windowScale = -1
    this.sackPermitted = false
    this.timestampOffset = -1
    this.sackOffset = -1
    this.sackCount = 0
  }

  /**
   * Reads the options between `at` and `end`, which a data offset keeps at most 40 bytes apart. Where a length is impossible the
   * walk ends, as in a TCP that receives it; what stands before stays read.
   */
  read(bytes: Uint8Array, at: number, end: number): void {
    this.reset()
    let option = at
    while (option < end) {
      const kind = bytes[option] ?? 0
      if (kind === kinds.end) return
      if (kind === kinds.none) {
        option++
        continue
      }
      const length = option + 1 < end ? (bytes[option + 1] ?? 0) : 0
      if (length < 2 || option + length > end || !this.#take(bytes, option, kind, length)) {
        this.whole = false
        return
      }
      option += length
    }
  }

  #take(bytes: Uint8Array, at: number, kind: number, length: number): boolean {
    switch (kind) {
      case kinds.mss:
        if (length !== 4) return false
        this.mss = u16be(bytes, at + 2)
        return true
      case kinds.windowScale:
        if (length !== 3) return false
        this.windowScale = bytes[at + 2] ?? 0
        return true
      case kinds.sackPermitted:
        if (length !== 2) return false
        this.sackPermitted = true
        return true
      case kinds.sack:
        if (length < 10 || (length - 2) % 8 !== 0) return false
        this.sackOffset = at + 2
        this.sackCount = (length - 2) / 8
        return true
      case kinds.timestamps:
        if (length !== 10) return false
        this.timestampOffset = at + 2
        return true
      default:
        return true
    }
  }
}

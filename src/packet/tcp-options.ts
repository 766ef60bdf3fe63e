/** Options of a TCP header that matter to who rewrites it (RFC 7323; RFC 2018): one object filled again for every segment. Places, no copies. */

const kinds = { end: 0, none: 1, sack: 5, timestamps: 8 } as const

export class TcpOptions {
  /** Offset of the timestamp value; the echo reply stands four bytes further on. -1 when absent. */
  timestampOffset = -1
  /** Offset of the first SACK block of two 32-bit edges each, -1 when absent. */
  sackOffset = -1
  sackCount = 0

  reset(): void {
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
      if (length < 2 || option + length > end || !this.#take(option, kind, length)) return
      option += length
    }
  }

  #take(at: number, kind: number, length: number): boolean {
    if (kind === kinds.sack) {
      if (length < 10 || (length - 2) % 8 !== 0) return false
      this.sackOffset = at + 2
      this.sackCount = (length - 2) / 8
    } else if (kind === kinds.timestamps) {
      if (length !== 10) return false
      this.timestampOffset = at + 2
    }
    return true
  }
}

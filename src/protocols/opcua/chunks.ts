/** A message that comes in several chunks: OPC 10000-6, 6.7.2. Its bodies are kept until the final one, then let go. */

/** Bytes of one message: four chunks of the usual largest size. */
const longest = 262_144
const first = 65_536
const nothing = new Uint8Array(0)

export class Chunks {
  bytes = nothing
  length = 0
  request = -1
  /** Chunks did not fit, or belong to another message than those before. */
  lost = false

  /** Chunks of a message were seen, and its final one was not. */
  get unfinished(): boolean {
    return this.request >= 0
  }

  /** Keeps the body of a chunk. @returns false when the message is lost */
  add(bytes: Uint8Array, from: number, to: number, request: number): boolean {
    if (this.request >= 0 && this.request !== request) this.lost = true
    this.request = request
    const length = this.length + to - from
    if (length > longest) this.lost = true
    if (this.lost) {
      this.bytes = nothing
      this.length = 0
      return false
    }
    if (length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(first, 2 ** Math.ceil(Math.log2(length))))
      larger.set(this.bytes.subarray(0, this.length))
      this.bytes = larger
    }
    for (let at = from; at < to; at++) this.bytes[this.length + at - from] = bytes[at] ?? 0
    this.length = length
    return true
  }

  clear(): void {
    this.bytes = nothing
    this.length = 0
    this.request = -1
    this.lost = false
  }
}

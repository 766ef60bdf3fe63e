/** Bytes of a stream that wait for more of them, and how far in the stream they stand. */
import type { Skip, SkipReason } from './records.ts'

/** Skips that are told apart; what follows is added to the last one. */
const maxSkips = 256

export class Spool {
  bytes: Uint8Array = new Uint8Array(4096)
  /** What waits are `bytes` from `start` to `end`. */
  start = 0
  end = 0
  /** Place of `start` in the stream. */
  at = 0
  readonly skips: Skip[] = []
  /** Bytes still to come that nobody wants, and the skip that they belong to. */
  #unwanted = 0
  #skip: Skip | undefined
  #unwantedFrom = 0

  get size(): number {
    return this.end - this.start
  }

  append(chunk: Uint8Array): void {
    let from = 0
    if (this.#unwanted > 0) {
      from = Math.min(this.#unwanted, chunk.length)
      this.#drop(from)
    }
    const length = chunk.length - from
    if (length === 0) return
    if (this.end + length > this.bytes.length) {
      const waiting = this.bytes.subarray(this.start, this.end)
      if (this.size + length <= this.bytes.length >> 1) this.bytes.copyWithin(0, this.start, this.end)
      else {
        const larger = new Uint8Array(2 * (this.size + length))
        larger.set(waiting)
        this.bytes = larger
      }
      this.end -= this.start
      this.start = 0
    }
    this.bytes.set(from === 0 ? chunk : chunk.subarray(from), this.end)
    this.end += length
  }

  take(length: number): void {
    this.start += length
    this.at += length
  }

  /** Steps over what is not for the reader, such as options and blocks of other kinds: no skip, since nothing is lost. */
  pass(length: number): void {
    this.#leave(length, undefined)
  }

  /** Steps over `length` bytes, also those that have not come yet, and says so. `Infinity`: all that follows. */
  skip(length: number, why: SkipReason): void {
    let skip = this.skips.at(-1)
    if (skip === undefined || this.skips.length < maxSkips) this.skips.push((skip = { at: this.at, length: 0, why }))
    this.#leave(length, skip)
  }

  /** The stream is over: what waits, or was still to come, is cut short. */
  finish(): readonly Skip[] {
    const left = this.size
    if (this.#unwanted > 0 && this.#skip === undefined)
      this.skips.push({ at: this.#unwantedFrom, length: this.at - this.#unwantedFrom, why: 'cut-short' })
    if (left > 0) this.skip(left, 'cut-short')
    this.#unwanted = 0
    return this.skips
  }

  #leave(length: number, skip: Skip | undefined): void {
    const here = Math.min(length, this.size)
    this.#unwanted = length
    this.#unwantedFrom = this.at
    this.#skip = skip
    this.start += here
    this.#drop(here)
  }

  #drop(length: number): void {
    this.at += length
    this.#unwanted -= length
    if (this.#skip !== undefined) this.#skip.length += length
  }
}

/**
 * Sequence numbers of one direction: OPC 10000-6, 6.7.2.4. Each chunk's number is one more than the last; beyond 4294966271 it may
 * start again with any number below 1024. A receiver closes the channel when a number is missing or comes twice, so that the numbers
 * after a withheld or an added chunk have to move.
 */
const maySpring = 4_294_966_271
const low = 1024

export class Sequence {
  /** Number of the last chunk as it was sent; -1 before the first. */
  last = -1
  /** What is taken from each number, modulo 2^32. */
  shift = 0

  /** A chunk was sent. */
  seen(number: number): void {
    // Where the sender starts again, our count goes on: it starts again in its own time, when 32 bits are used up.
    if (this.shift !== 0 && this.last > maySpring && number < low)
      this.shift = (number - this.moved(this.last) - 1) >>> 0
    this.last = number
  }
  moved(number: number): number {
    return (number - this.shift) >>> 0
  }
  /** The number that the receiver expects next. */
  get next(): number {
    return (this.moved(this.last) + 1) >>> 0
  }
  /** The chunk just seen is not delivered. */
  withheld(): void {
    this.shift = (this.shift + 1) >>> 0
  }
  /** A chunk of ours was delivered. */
  added(): void {
    this.shift = (this.shift - 1) >>> 0
  }
  restart(): void {
    this.last = -1
    this.shift = 0
  }
}

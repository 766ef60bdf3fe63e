/** Keeps processors from sleeping deeply while much is judged: a packet that wakes one waits for that longer than for its verdict. */
import { stayAwake } from '#linux/cpu-latency.ts'

/** Packets a second from which on it pays, and below which it does no more: a plant that polls leisurely does not heat a fanless box. */
const [much, little] = [1000, 500]
const periodMs = 1000

export class Alertness {
  readonly #stayAwake: typeof stayAwake
  #sleep: (() => void) | undefined
  #packets = 0
  #since = 0
  /** The machine does not let us: asked once. */
  #refused = false

  constructor(how: typeof stayAwake = stayAwake) {
    this.#stayAwake = how
  }

  /** @param now ms, of a clock that nobody sets */
  judged(packets: number, now: number): void {
    this.#packets += packets
    const passed = now - this.#since
    if (passed < periodMs) return
    const rate = (this.#packets * 1000) / passed
    this.#packets = 0
    this.#since = now
    if (this.#sleep !== undefined) {
      if (rate >= little) return
      this.#sleep()
      this.#sleep = undefined
    } else if (rate >= much && !this.#refused) {
      this.#sleep = this.#stayAwake()
      this.#refused = this.#sleep === undefined
    }
  }
}

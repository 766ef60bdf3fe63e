/** Texts put together from the bytes of a message; the same text is the same string, and no message makes a new one. */
import { Interned } from '#core/intern.ts'

const interned = new Interned()

/** The longest path has 510 bytes of two-byte segments, each at most `[255]` as text. */
const capacity = 2048

export class Text {
  readonly #bytes = new Uint8Array(capacity)
  length = 0

  get last(): number {
    return this.#bytes[this.length - 1] ?? 0
  }

  push(character: number): this {
    if (this.length < capacity) this.#bytes[this.length++] = character
    return this
  }

  /** Takes the last character away. */
  back(): this {
    if (this.length > 0) this.length--
    return this
  }

  digits(value: number): this {
    if (value >= 10) this.digits(Math.floor(value / 10))
    return this.push(0x30 + (value % 10))
  }

  hex(byte: number): this {
    return this.#hexDigit(byte >> 4).#hexDigit(byte & 15)
  }

  #hexDigit(value: number): this {
    return this.push(value < 10 ? 0x30 + value : 0x57 + value)
  }

  copy(bytes: Uint8Array, from: number, to: number): this {
    for (let at = from; at < to; at++) this.push(bytes[at] ?? 0)
    return this
  }

  toString(): string {
    return interned.text(this.#bytes, 0, this.length)
  }
}

/** Texts put together from numbers and bytes of a message, without a new string for every message. */

/** Gives the text of bytes `from` to `to`: the same string for the same bytes. */
type Decode = (bytes: Uint8Array, from: number, to: number) => string

const hexDigits = '0123456789abcdef'

/** One object is filled again for every text. */
export class Text {
  readonly #bytes: Uint8Array
  readonly #decode: Decode
  #length = 0

  /** @param capacity in bytes; what goes beyond is left out */
  constructor(capacity: number, decode: Decode) {
    this.#bytes = new Uint8Array(capacity)
    this.#decode = decode
  }

  get length(): number {
    return this.#length
  }
  /** No further character has room: some may be missing. */
  get isFull(): boolean {
    return this.#length === this.#bytes.length
  }
  get last(): number {
    return this.#bytes[this.#length - 1] ?? 0
  }

  clear(): this {
    this.#length = 0
    return this
  }

  push(character: number): this {
    if (!this.isFull) this.#bytes[this.#length++] = character
    return this
  }

  /** Takes the last character away. */
  back(): this {
    if (this.#length > 0) this.#length--
    return this
  }

  word(text: string): this {
    for (let index = 0; index < text.length; index++) this.push(text.charCodeAt(index))
    return this
  }

  /** A whole number that is not negative. */
  digits(value: number): this {
    let scale = 1
    while (value / scale >= 10) scale *= 10
    for (; scale >= 1; scale /= 10) this.push(0x30 + (Math.floor(value / scale) % 10))
    return this
  }

  hex(byte: number): this {
    return this.push(hexDigits.charCodeAt(byte >> 4)).push(hexDigits.charCodeAt(byte & 15))
  }

  copy(bytes: Uint8Array, from: number, to: number): this {
    for (let at = from; at < to && !this.isFull; at++) this.push(bytes[at] ?? 0)
    return this
  }

  toString(): string {
    return this.#decode(this.#bytes, 0, this.#length)
  }
}

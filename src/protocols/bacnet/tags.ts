/** Tagged data: ANSI/ASHRAE 135, clause 20.2. */
import { f32be, f64be, u16be, u32be } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'

/** Application tag numbers, 20.2.1.4. */
export const application = {
  boolean: 1,
  unsigned: 2,
  signed: 3,
  real: 4,
  double: 5,
  characters: 7,
  enumerated: 9,
  object: 12,
} as const

/** Constructed data nested more deeply is not looked at. */
const deepest = 12
/** Numbers of the tags that are open, from 1 on. */
const opened = new Uint8Array(deepest + 1)
/** Bytes of an unsigned number that a number of ours holds exactly. */
const longestNumber = 6

/** Reads one tag after the other; nothing is kept beyond the tag at hand. */
export class Tags {
  bytes: Uint8Array = new Uint8Array()
  at = 0
  end = 0
  /** Of the tag read last. */
  number = 0
  context = false
  opening = false
  closing = false
  /** Where its content is; of an application BOOLEAN the length is its value (20.2.3). */
  from = 0
  length = 0

  over(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  /** Reads a tag and goes beyond its content. @returns false when there is no whole one; nothing is read then */
  next(): boolean {
    const { bytes, end } = this
    let at = this.at
    if (at >= end) return false
    const first = bytes[at++] ?? 0
    let number = first >> 4
    if (number === 15) {
      if (at >= end) return false
      number = bytes[at++] ?? 0
      if (number === 255) return false
    }
    const context = (first & 8) !== 0
    let length = first & 7
    const opening = context && length === 6
    const closing = context && length === 7
    if (opening || closing) length = 0
    else if (length === 5) {
      length = bytes[at] ?? 0
      at++
      if (length === 254) {
        length = u16be(bytes, at)
        at += 2
      } else if (length === 255) {
        length = u32be(bytes, at)
        at += 4
      }
    } else if (length > 5) return false
    const boolean = !context && number === application.boolean
    if (boolean && length > 1) return false
    const beyond = at + (boolean ? 0 : length)
    if (beyond > end) return false
    this.number = number
    this.context = context
    this.opening = opening
    this.closing = closing
    this.from = at
    this.length = length
    this.at = beyond
    return true
  }

  /** Whether a tag of this context number is next, opening or not; it is not read. */
  isNext(number: number, opening = false): boolean {
    const first = this.bytes[this.at] ?? 0
    if (this.at >= this.end || first >> 4 !== number || (first & 8) === 0) return false
    return opening ? (first & 7) === 6 : (first & 7) < 6
  }

  isClosing(number: number): boolean {
    const first = this.bytes[this.at] ?? 0
    return this.at < this.end && first === ((number << 4) | 15)
  }

  /** Whether the last octet of all is the closing tag of this context number. */
  endsWithClosing(number: number): boolean {
    return this.at < this.end && this.bytes[this.end - 1] === ((number << 4) | 15)
  }

  /** Reads a primitive of a context number. @returns false when another one is next, and none is read then */
  primitive(number: number): boolean {
    return this.isNext(number) && this.next()
  }

  open(number: number): boolean {
    return this.isNext(number, true) && this.next()
  }

  close(number: number): boolean {
    return this.isClosing(number) && this.next()
  }

  /**
   * Goes beyond all that is inside an opening tag that was just read, and its closing tag. Each is closed by its own number: devices
   * that count tags and devices that look for the number would else go on in different places.
   */
  skip(message: Message): boolean {
    let depth = 1
    opened[depth] = this.number
    while (depth > 0) {
      if (!message.step() || !this.next()) return false
      if (this.opening && ++depth > deepest) {
        message.fault = 'too-deep'
        return false
      }
      if (this.opening) opened[depth] = this.number
      else if (this.closing && this.number !== opened[depth--]) return false
    }
    return true
  }

  /** The content of the tag as an unsigned or enumerated number; one that is too long is larger than any limit. */
  get unsigned(): number {
    if (this.length > longestNumber) return Number.MAX_SAFE_INTEGER
    let value = 0
    for (let index = 0; index < this.length; index++) value = value * 256 + (this.bytes[this.from + index] ?? 0)
    return value
  }

  get signed(): number {
    const value = this.unsigned
    const half = 2 ** (8 * Math.min(this.length, longestNumber) - 1)
    return this.length > 0 && this.length <= longestNumber && value >= half ? value - 2 * half : value
  }

  /** BACnetObjectIdentifier, 20.2.14: ten bits of type, 22 of instance. */
  get objectType(): number {
    return u32be(this.bytes, this.from) >>> 22
  }
  get instance(): number {
    return u32be(this.bytes, this.from) & 0x3f_ffff
  }

  /** Puts the value of an application tag that was just read into a command, as far as it is a number. */
  putValue(command: ParsedCommand): void {
    if (this.context) command.unreadable = true
    else if (this.number === application.boolean) command.value(this.length)
    else if ((this.number === application.unsigned || this.number === application.enumerated) && this.fits)
      command.value(this.unsigned)
    else if (this.number === application.signed && this.fits) command.value(this.signed)
    else if (this.number === application.real && this.length === 4) command.value(f32be(this.bytes, this.from))
    else if (this.number === application.double && this.length === 8) command.value(f64be(this.bytes, this.from))
    // NULL gives up what was written before: which value comes of it, only the device knows.
    else command.unreadable = true
  }

  get fits(): boolean {
    return this.length > 0 && this.length <= longestNumber
  }
}

/** Addresses in PCCC commands: Rockwell Automation publication 1770-6.5.16, chapter 13. */
import { u16le } from '#core/bytes.ts'
import { fileTypes, type FileType } from './pccc-codes.ts'
import { newText } from './text.ts'

const dollar = 0x24
const colon = 0x3a
const isDigit = (character: number): boolean => character >= 0x30 && character <= 0x39

/** One object is filled again for every address. */
export class Address {
  readonly #file = newText()
  /** Where the address ends; 0 when it cannot be read. */
  end = 0
  element = 0
  subelement = 0
  type: FileType | undefined

  get file(): string {
    return this.#file.toString()
  }

  /**
   * Three fields (SLC 500): file number, file type, element and, with `fields` 4, sub-element; a number from 255 on is 0xff and two
   * bytes. The file is `N7`, or `#22:3` when its type, in hexadecimal, is not one of data.
   */
  logical(bytes: Uint8Array, at: number, end: number, fields: 3 | 4): boolean {
    this.#clear()
    let next = at
    const number = this.#field(bytes, next)
    next = this.end
    const type = bytes[next++] ?? 0
    this.element = this.#field(bytes, next)
    next = this.end
    if (fields === 4) {
      this.subelement = this.#field(bytes, next)
      next = this.end
    }
    this.end = next
    this.type = fileTypes[type]
    const { letters } = this.type ?? { letters: '' }
    if (letters === '') this.#file.push(0x23).hex(type).push(colon)
    this.#file.word(letters).digits(number)
    return next <= end
  }

  /**
   * A PLC-5 system address: levels in binary (a first byte says which are there), or `$N7:0` in ASCII between zeros. In binary the file
   * has a number only: `7`.
   */
  system(bytes: Uint8Array, at: number, end: number): boolean {
    this.#clear()
    const levels = bytes[at] ?? 0
    if (levels === 0) return this.#ascii(bytes, at + 1, end)
    // Level 1 is the area, 0 the data table; bit 7 announces more levels than data have.
    if (levels & 0x80) return false
    let next = at + 1
    for (let level = 0; level < 7; level++) {
      if ((levels & (1 << level)) === 0) continue
      const value = this.#field(bytes, next)
      next = this.end
      if (level === 0 && value !== 0) return false
      if (level === 1) this.#file.digits(value)
      if (level === 2) this.element = value
      if (level === 3) this.subelement = value
    }
    this.end = next
    return (levels & 2) !== 0 && next <= end
  }

  #ascii(bytes: Uint8Array, at: number, end: number): boolean {
    let stop = at
    while (stop < end && bytes[stop] !== 0) stop++
    if (bytes[at] !== dollar || stop >= end) return false
    let next = at + 1
    while (next < stop && bytes[next] !== colon) this.#file.push(bytes[next++] ?? 0)
    if (next === stop || this.#file.length === 0) return false
    next++
    const digits = next
    while (next < stop && isDigit(bytes[next] ?? 0)) this.element = this.element * 10 + (bytes[next++] ?? 0) - 0x30
    this.end = stop + 1
    return next > digits && this.element <= 0xffff
  }

  #clear(): void {
    this.#file.clear()
    this.end = this.element = this.subelement = 0
    this.type = undefined
  }

  #field(bytes: Uint8Array, at: number): number {
    const short = bytes[at] ?? 0
    this.end = at + (short === 0xff ? 3 : 1)
    return short === 0xff ? u16le(bytes, at + 1) : short
  }
}

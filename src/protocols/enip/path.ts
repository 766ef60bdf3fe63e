/** A padded EPATH, CIP volume 1, appendix C-1: what a request is addressed to, or the way a connection takes. */
import { u16le, u32le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { newText } from './text.ts'

/** Numbers of one kind of segment. A path with more of them than this is not looked at. */
class Numbers {
  readonly #list = new Float64Array(8)
  count = 0
  at(index: number): number {
    return this.#list[index] ?? 0
  }
  /** @returns false when there is no room */
  push(value: number): boolean {
    if (this.count === this.#list.length) return false
    this.#list[this.count++] = value
    return true
  }
}

const symbolClass = 0x6b
const comma = 0x2c
const dot = 0x2e
const slash = 0x2f
const hash = 0x23
const opening = 0x5b
const closing = 0x5d

/** One object is filled again for every path. */
export class Path {
  readonly classes = new Numbers()
  readonly instances = new Numbers()
  readonly attributes = new Numbers()
  readonly points = new Numbers()
  readonly #tag = newText()
  readonly #route = newText()
  #symbols = 0
  /** The element that the path ends with, -1 when it ends otherwise. */
  #element = -1
  /** Port segments. */
  hops = 0
  /** Backplane slot of a route of one hop over port 1; -1 for every other route. */
  slot = -1
  /** It has network or data segments, which belong into a connection path only. */
  connecting = false
  /** It has data for whoever it leads to, such as the configuration of a module. */
  hasData = false

  /** Reads the segments from `at` to `end`. @returns false when they contradict their lengths or are not known */
  read(bytes: Uint8Array, at: number, end: number, message: Message): boolean {
    this.classes.count = this.instances.count = this.attributes.count = this.points.count = 0
    this.#tag.clear()
    this.#route.clear()
    this.#symbols = this.hops = 0
    this.#element = this.slot = -1
    this.connecting = this.hasData = false
    let segment = at
    while (segment < end) {
      if (!message.step()) return false
      const size = this.#segment(bytes, segment, end)
      if (size === 0) return false
      segment += size
    }
    return segment === end
  }

  /** Whether it leads to a tag: by symbolic segments, or to an instance of the symbol class. */
  get isTag(): boolean {
    if (this.classes.count === 0) return this.#symbols > 0
    return this.classes.count === 1 && this.classes.at(0) === symbolClass && this.#tag.length > 0
  }

  get hasSymbols(): boolean {
    return this.#symbols > 0
  }

  /** The only class of a path without tag; -1 when there are several or none. */
  get class(): number {
    return this.classes.count === 1 ? this.classes.at(0) : -1
  }

  /**
   * The tag as an engineer writes it: `Program:Main.Recipe[3].Level`; `#12` stands for instance 12 of the symbol class. Several
   * elements from an index on are one range, `Level[3..7]`, so that permission for one of them is none for its neighbours.
   */
  tag(count: number): string {
    const text = this.#tag
    if (this.#element >= 0 && count > 1 && text.last === closing) {
      text.back().push(dot).push(dot)
      text.digits(this.#element + count - 1).push(closing)
    }
    return text.toString()
  }

  /** The route as ports and link addresses: `1/3,2/192.168.1.9`. */
  route(): string {
    return this.#route.toString()
  }

  /** @returns the segment's length in bytes, 0 when it is not known */
  #segment(bytes: Uint8Array, at: number, end: number): number {
    const head = bytes[at] ?? 0
    const follows = bytes[at + 1] ?? 0
    switch (head >> 5) {
      case 0:
        return this.#port(bytes, at, end)
      case 1:
        return this.#logical(bytes, at, end)
      case 2:
        // Network segments, C-1.4.3: bit 4 says that a number of words follows.
        this.connecting = true
        return head & 0x10 ? 2 + 2 * follows : 2
      case 4:
        if (head === 0x91) return this.#symbol(bytes, at, end)
        if (head !== 0x80) return 0
        this.connecting = true
        if (follows > 0) this.hasData = true
        return 2 + 2 * follows
      default:
        return 0
    }
  }

  #symbol(bytes: Uint8Array, at: number, end: number): number {
    const length = bytes[at + 1] ?? 0
    if (length === 0 || at + 2 + length > end) return 0
    if (this.#tag.length > 0) this.#tag.push(dot)
    this.#tag.copy(bytes, at + 2, at + 2 + length)
    this.#symbols++
    this.#element = -1
    return 2 + length + (length & 1)
  }

  /** C-1.4.1: port and link address; bit 4: the address has a length of its own; port 15: the port follows in two bytes. */
  #port(bytes: Uint8Array, at: number, end: number): number {
    const head = bytes[at] ?? 0
    const long = (head & 0x10) !== 0
    const wide = (head & 0x0f) === 0x0f
    let link = at + 1
    const length = long ? (bytes[link++] ?? 0) : 1
    const port = wide ? u16le(bytes, link) : head & 0x0f
    if (wide) link += 2
    if (link + length > end || length === 0) return 0
    const text = this.#route
    if (this.hops > 0) text.push(comma)
    text.digits(port).push(slash)
    if (long) text.copy(bytes, link, link + length)
    else text.digits(bytes[link] ?? 0)
    this.slot = this.hops === 0 && port === 1 && !long ? (bytes[link] ?? 0) : -1
    this.hops++
    const size = link + length - at
    return size + (size & 1)
  }

  #logical(bytes: Uint8Array, at: number, end: number): number {
    const head = bytes[at] ?? 0
    const type = (head >> 2) & 7
    if (type === 5) return this.#key(bytes, at)
    const format = head & 3
    const size = format === 0 ? 2 : format === 1 ? 4 : 6
    if (format === 3 || at + size > end) return 0
    const value = format === 0 ? (bytes[at + 1] ?? 0) : format === 1 ? u16le(bytes, at + 2) : u32le(bytes, at + 2)
    return this.#number(type, value) ? size : 0
  }

  #number(type: number, value: number): boolean {
    if (type !== 2) this.#element = -1
    switch (type) {
      case 0:
        return this.classes.push(value)
      case 1:
        if (this.classes.count > 0 && this.classes.at(this.classes.count - 1) === symbolClass && value > 0) {
          if (this.#tag.length > 0) this.#tag.push(dot)
          this.#tag.push(hash).digits(value)
        }
        return this.instances.push(value)
      case 2:
        this.#member(value)
        return true
      case 3:
        return this.points.push(value)
      case 4:
        return this.attributes.push(value)
      default:
        return false
    }
  }

  /** Elements that follow each other are indexes of one array of several dimensions: `[1,2]`. */
  #member(value: number): void {
    const text = this.#tag
    if (text.length === 0) return
    if (this.#element >= 0) text.back().push(comma)
    else text.push(opening)
    text.digits(value).push(closing)
    this.#element = value
  }

  /** C-1.4.2: an electronic key, format 4, or 5 with a serial number. */
  #key(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== 0x34) return 0
    return bytes[at + 1] === 4 ? 10 : bytes[at + 1] === 5 ? 14 : 0
  }
}

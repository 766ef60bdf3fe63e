/** Object headers: IEEE Std 1815-2012, 4.2.2.7. Group, variation, qualifier, and a range that says which objects or how many. */
import { u16le, u32le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { layoutOf, type Layout } from './objects.ts'

const numberOf = (bytes: Uint8Array, at: number, octets: number): number =>
  octets === 1 ? (bytes[at] ?? 0) : octets === 2 ? u16le(bytes, at) : u32le(bytes, at)

/** Octets of a prefix by its code: an index, and from 4 on a size. */
const prefixOctets = [0, 1, 2, 4, 1, 2, 4] as const

/** One object header, and a walk over the objects behind it. Filled again for every header. */
export class ObjectHeader {
  group = 0
  variation = 0
  /** First index of a range; -1 when the header names none. */
  first = -1
  /** How many objects; -1: all there are. */
  count = -1
  /** Octets of the index before each object. */
  indexOctets = 0
  /** Octets of the size before each object. */
  sizeOctets = 0
  layout: Layout | undefined
  /** Where what follows the header begins. */
  next = 0

  /** The object that {@link object} went to: its index (-1: unknown), where it stands, its size, and its place among packed ones. */
  index = -1
  at = 0
  size = 0
  packed = 0

  /** @returns false when there is no such header */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    this.group = bytes[at] ?? 0
    this.variation = bytes[at + 1] ?? 0
    const qualifier = bytes[at + 2] ?? 0
    const prefix = qualifier >> 4
    const range = qualifier & 0x0f
    this.layout = layoutOf(this.group, this.variation)
    this.first = -1
    this.count = -1
    this.indexOctets = prefix <= 3 ? (prefixOctets[prefix] ?? 0) : 0
    this.sizeOctets = prefix > 3 ? (prefixOctets[prefix] ?? 0) : 0
    this.next = at + 3
    if (prefix > 6 || at + 3 > end) return false
    const hasPrefix = prefix !== 0
    // Codes 3 to 5 give addresses of memory, which are no point indexes.
    if (range <= 5) return !hasPrefix && this.#startStop(bytes, end, 1 << (range % 3), range < 3)
    if (range === 6) return !hasPrefix
    if (range <= 9) return this.#counted(bytes, end, 1 << (range - 7))
    return range === 0x0b && this.sizeOctets > 0 && this.#counted(bytes, end, 1)
  }

  #startStop(bytes: Uint8Array, end: number, octets: number, isIndex: boolean): boolean {
    const start = numberOf(bytes, this.next, octets)
    const stop = numberOf(bytes, this.next + octets, octets)
    if (isIndex) this.first = start
    this.count = stop - start + 1
    this.next += 2 * octets
    return this.next <= end && stop >= start
  }

  #counted(bytes: Uint8Array, end: number, octets: number): boolean {
    this.count = numberOf(bytes, this.next, octets)
    this.next += octets
    return this.next <= end
  }

  /** Octets of one object as far as group and variation tell; -1: unknown. */
  #octets(bytes: Uint8Array, at: number): number {
    // A device attribute begins with its data type and its length.
    if (this.group === 0) return 2 + (bytes[at + 1] ?? 0)
    return this.layout?.octets ?? -1
  }

  /**
   * Goes to object `turn`, beginning with 0 at {@link next}, and moves `next` behind it.
   * @returns false when it does not fit into what is there, or its size is not known
   */
  object(bytes: Uint8Array, end: number, turn: number, withData: boolean, message: Message): boolean {
    if (!message.step()) return false
    const from = this.next
    this.at = from + this.indexOctets + this.sizeOctets
    this.index =
      this.first >= 0 ? this.first + turn : this.indexOctets > 0 ? numberOf(bytes, from, this.indexOctets) : -1
    this.packed = 0
    this.size = 0
    if (this.sizeOctets > 0) this.size = numberOf(bytes, from, this.sizeOctets)
    else if (withData && this.#isPacked()) {
      // Packed objects have no place for an index of their own.
      if (this.indexOctets > 0) return false
      const perOctet = this.layout?.kind === 'two-bits' ? 4 : 8
      this.packed = turn % perOctet
      this.size = this.packed === perOctet - 1 || turn === this.count - 1 ? 1 : 0
      if (this.at + 1 > end) return false
    } else if (withData) this.size = this.#octets(bytes, this.at)
    this.next = this.at + this.size
    return this.size >= 0 && this.next <= end
  }

  #isPacked(): boolean {
    return this.layout !== undefined && this.layout.octets === 0 && this.layout.kind !== 'none'
  }
}

/** The transport function: IEEE Std 1815-2012, 8.2. Segments of link frames are put together to one fragment of the application. */
import { copyData, dataOf, placeOf } from './link.ts'

/** An outstation takes 2048 octets by the standard (4.1.2); some take more. */
const longestFragment = 4096

/** Transport octet, 8.2.1. */
export const segment = { final: 0x80, first: 0x40, sequence: 0x3f } as const

/**
 * - `whole`: the segment completed its fragment
 * - `part`: more segments follow
 * - `stray`: it belongs to no fragment that was begun; a receiver discards it, and what it had begun
 * - `overflow`: the fragment is longer than is looked at
 */
export type Received = 'whole' | 'part' | 'stray' | 'overflow'

const nothing = new Uint8Array(0)
/** The fragment of a single segment is read here, so that a conversation without long fragments needs no memory of its own. */
const single = new Uint8Array(256)

/** What one end has put together of the fragment that the other sends. */
export class Assembly {
  /** The fragment that was completed last: octets 0 to `length` of `fragment`. */
  fragment: Uint8Array = nothing
  length = 0
  #buffer = nothing
  #filled = 0
  #source = -1
  #destination = -1
  #sequence = 0
  /** Where the last segment begins, to know it when it is repeated. */
  #last = 0
  #state: 'idle' | 'open' | 'complete' = 'idle'
  /** The beginning of some fragment was seen. */
  begun = false

  /** The segments that come next may belong to what the receiver has, and nobody knows to what. */
  forget(): void {
    this.#discard('stray')
  }

  /**
   * Takes the segment of an intact frame with at least one octet of data.
   * @param certain whether its receiver is sure to take the frame. Of what it may ignore only a whole fragment is taken, and what
   * repeats the segment before: else it might put together other segments than these
   */
  receive(bytes: Uint8Array, at: number, source: number, destination: number, certain: boolean): Received {
    const octet = bytes[placeOf(at, 0)] ?? 0
    const sequence = octet & segment.sequence
    const final = (octet & segment.final) !== 0
    const same = source === this.#source && destination === this.#destination
    if ((octet & segment.first) !== 0) {
      this.begun = true
      if (final) {
        // A fragment begun for another address is left as it is: several outstations may share a connection.
        if (same) this.#state = 'idle'
        this.fragment = single
        this.length = copyData(bytes, at, 1, single, 0)
        return 'whole'
      }
      if (!certain) {
        const again = same && this.#state === 'open' && this.#last === 0 && sequence === this.#sequence
        return again && this.#repeats(bytes, at) ? 'part' : this.#discard('stray')
      }
      if (this.#buffer.length === 0) this.#buffer = new Uint8Array(longestFragment)
      this.#source = source
      this.#destination = destination
      this.#filled = 0
    } else {
      if (!same || this.#state === 'idle') return this.#discard('stray')
      // A repeated segment is what a confirmed link sends when an acknowledgement was lost (8.2.2, table 8-3).
      if (sequence === this.#sequence)
        return this.#repeats(bytes, at) ? this.#done(this.#state === 'complete') : this.#discard('stray')
      if (!certain || this.#state !== 'open' || sequence !== ((this.#sequence + 1) & segment.sequence))
        return this.#discard('stray')
    }
    if (this.#filled + dataOf(bytes, at) - 1 > longestFragment) return this.#discard('overflow')
    this.#last = this.#filled
    this.#filled += copyData(bytes, at, 1, this.#buffer, this.#filled)
    this.#sequence = sequence
    this.#state = final ? 'complete' : 'open'
    return this.#done(final)
  }

  #discard(why: 'stray' | 'overflow'): Received {
    this.#state = 'idle'
    this.length = 0
    return why
  }

  #done(whole: boolean): Received {
    if (!whole) return 'part'
    this.fragment = this.#buffer
    this.length = this.#filled
    return 'whole'
  }

  #repeats(bytes: Uint8Array, at: number): boolean {
    const size = dataOf(bytes, at) - 1
    if (size !== this.#filled - this.#last) return false
    for (let index = 0; index < size; index++)
      if (bytes[placeOf(at, index + 1)] !== this.#buffer[this.#last + index]) return false
    return (((bytes[placeOf(at, 0)] ?? 0) & segment.final) !== 0) === (this.#state === 'complete')
  }
}

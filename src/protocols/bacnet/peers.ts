/** Which two stations speak with each other: those beyond routers (clause 6.2.2) and whose message was forwarded (J.2.5). */
import type { Npdu } from './network.ts'

/** Both networks and addresses as they are known in the field, with room to spare; nobody has longer ones. */
const longest = 64
const originSize = 6

/** One end asks and the other answers; filled again for every message, the one that is asked first. */
export class Peers {
  readonly bytes = new Uint8Array(longest)
  length = 0
  /** Beyond what is compared: nothing is put together of messages between such. */
  tooLong = false
  /** Bytes of them, behind the first, that say who is asked; none: whoever gets the datagram. */
  #asked = 0
  /** 24 bits of them, 0 when the message comes from its sender itself and stays in its network. */
  hash = 0

  #put(bytes: Uint8Array, at: number, size: number, end: number): void {
    if (this.length + size > longest) this.tooLong = true
    else for (let next = at; next < at + size && next < end; next++) this.bytes[this.length++] = bytes[next] ?? 0
  }

  /** @param origin where the address of who sent the message first stands; -1: it was not forwarded */
  note(bytes: Uint8Array, end: number, npdu: Npdu, origin: number, asks: boolean): void {
    const { destination, destinationAt, destinationLength, source, sourceAt, sourceLength } = npdu
    this.length = 0
    this.tooLong = false
    this.hash = 0
    this.#asked = 0
    if (destination < 0 && source < 0 && origin < 0) return
    const isTo = asks ? destination >= 0 : source >= 0
    const isFrom = asks ? source >= 0 : destination >= 0
    this.bytes[this.length++] = (isTo ? 1 : 0) + (isFrom ? 2 : 0) + (origin >= 0 ? 4 : 0)
    // Network, length and address.
    if (!asks && source >= 0) this.#put(bytes, sourceAt - 3, 3 + sourceLength, end)
    if (destination >= 0) this.#put(bytes, destinationAt - 3, 3 + destinationLength, end)
    if (asks && destination >= 0) this.#asked = this.length - 1
    if (asks && source >= 0) this.#put(bytes, sourceAt - 3, 3 + sourceLength, end)
    if (origin >= 0) this.#put(bytes, origin, originSize, end)
    let hash = 0x811c9dc5
    for (let index = 0; index < this.length; index++) hash = Math.imul(hash ^ (this.bytes[index] ?? 0), 0x01000193)
    this.hash = hash & 0xff_ffff
  }

  copy(other: Peers): void {
    this.length = other.length
    this.tooLong = other.tooLong
    this.#asked = other.#asked
    for (let index = 0; index < other.length; index++) this.bytes[index] = other.bytes[index] ?? 0
  }

  /** Whether one station is asked by both: it need not look at who else is in them. */
  asksAlike(other: Peers): boolean {
    if (this.#asked !== other.#asked) return false
    for (let index = 1; index <= this.#asked; index++) if (this.bytes[index] !== other.bytes[index]) return false
    return true
  }

  /** Whether they are the same: their hash alone is easily made so. */
  equals({ bytes, length, tooLong }: Peers): boolean {
    if (length !== this.length || tooLong || this.tooLong) return false
    for (let index = 0; index < length; index++) if (bytes[index] !== this.bytes[index]) return false
    return true
  }
}

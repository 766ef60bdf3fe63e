/**
 * Send and receive sequence numbers, N(S) and N(R): IEC 60870-5-104, 5.1. Each end counts its I-frames modulo 32,768 and closes the
 * connection on a number out of turn. When an I-frame of the client was withheld and one in the server's name was added, each end
 * is behind or ahead of what the other counts, for as long as the connection lasts.
 */
import { putU16le, u16le } from '#core/bytes.ts'

const modulus = 0x8000
const within = (number: number): number => number & (modulus - 1)

/** The later of two numbers, as long as they are less than half of the circle apart; -1: none yet. */
const later = (one: number, other: number): number => {
  if (one < 0) return other
  if (other < 0) return one
  return within(other - one) < modulus / 2 ? other : one
}

export const isNumbered = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 2] ?? 0) & 1) === 0
export const isAcknowledge = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 2] ?? 0) & 3) === 1
const sent = (bytes: Uint8Array, at: number): number => u16le(bytes, at + 2) >>> 1
const received = (bytes: Uint8Array, at: number): number => u16le(bytes, at + 4) >>> 1

export class Numbers {
  /** What the server sends next and has received, by its own count; -1: not seen yet. */
  #serverSends = -1
  #serverReceived = -1
  /** What the client has received, by its own count; -1: not seen yet. */
  #clientReceived = -1
  /** The unit that was read last: whether it is an I-frame, and whose. */
  #numbered = false
  #ofClient = false
  /** I-frames of the client that the server never got. */
  #withheld = 0
  /** I-frames that the client got and the server never sent, less those that the server sent and the client never got. */
  #added = 0
  /** The last N(R) that each end was given: it never goes back, even where the exact one would. -1: none yet. */
  #toServer = -1
  #toClient = -1
  /** The last refusal written is an I-frame, and the N(R) it carries. */
  #refusalNumbered = false
  #refusalReceived = -1

  /** Remembers the numbers of a unit as its sender wrote them. */
  note(bytes: Uint8Array, at: number, fromClient: boolean): void {
    const numbered = isNumbered(bytes, at)
    const counts = numbered || isAcknowledge(bytes, at)
    this.#numbered = numbered
    this.#ofClient = fromClient
    this.#refusalNumbered = false
    if (fromClient) {
      if (!counts) return
      this.#clientReceived = received(bytes, at)
      // In the middle of a conversation without a frame of the server: the client says which one it waits for.
      if (this.#serverSends < 0) this.#serverSends = this.#clientReceived
      return
    }
    if (numbered) this.#serverSends = within(sent(bytes, at) + 1)
    if (counts) this.#serverReceived = received(bytes, at)
  }

  /** Writes the numbers of a refusal of the client's unit at `at` as the client expects them: an I-frame, or an S-frame. */
  refusal(bytes: Uint8Array, at: number, whole: boolean, numbered: boolean, out: Uint8Array): void {
    // What of the client's frames is still on its way counts as received: the server is sure to get it, or the connection ends.
    const counted = this.#serverReceived >= 0 || whole
    const exact = counted ? Math.max(0, this.#serverReceived) + this.#withheld + 1 : sent(bytes, at) + 1
    const answer = later(this.#toClient, within(exact))
    putU16le(out, 2, numbered ? within(this.#serverSends + this.#added) << 1 : 1)
    putU16le(out, 4, answer << 1)
    this.#refusalNumbered = numbered
    this.#refusalReceived = answer
  }

  /** The unit that was read last goes no further. */
  withhold(answered: boolean): void {
    if (!this.#numbered) return
    // It acknowledged what the other end sent before; the next frame of its sender says so in its place.
    if (this.#clientReceived >= 0) this.#toServer = later(this.#toServer, within(this.#clientReceived - this.#added))
    if (answered) this.#toClient = later(this.#toClient, this.#refusalReceived)
    else if (this.#serverReceived >= 0)
      this.#toClient = later(this.#toClient, within(this.#serverReceived + this.#withheld))
    if (!this.#ofClient) this.#added = within(this.#added - 1)
    else {
      this.#withheld = within(this.#withheld + 1)
      if (answered && this.#refusalNumbered) this.#added = within(this.#added + 1)
    }
  }

  /** Rewrites the numbers of a unit for the end that it goes to. @returns whether anything changed */
  renumber(bytes: Uint8Array, at: number, fromClient: boolean): boolean {
    if (this.#withheld === 0 && this.#added === 0) return false
    const numbered = isNumbered(bytes, at)
    if (!numbered && !isAcknowledge(bytes, at)) return false
    if (numbered) putU16le(bytes, at + 2, within(sent(bytes, at) + (fromClient ? -this.#withheld : this.#added)) << 1)
    const acknowledged = received(bytes, at)
    if (fromClient) {
      this.#toServer = later(this.#toServer, within(acknowledged - this.#added))
      putU16le(bytes, at + 4, this.#toServer << 1)
    } else {
      this.#toClient = later(this.#toClient, within(acknowledged + this.#withheld))
      putU16le(bytes, at + 4, this.#toClient << 1)
    }
    return true
  }
}

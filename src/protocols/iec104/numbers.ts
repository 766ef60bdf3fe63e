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

export interface Numbers {
  /** What the server sends next and has received, by its own count; -1: not seen yet. */
  serverSends: number
  serverReceived: number
  /** What the client has received, by its own count; -1: not seen yet. */
  clientReceived: number
  /** The unit that was read last: whether it is an I-frame, and whose. */
  numbered: boolean
  ofClient: boolean
  /** I-frames of the client that the server never got. */
  withheld: number
  /** I-frames that the client got and the server never sent, less those that the server sent and the client never got. */
  added: number
  /** The last N(R) that each end was given: it never goes back, even where the exact one would. -1: none yet. */
  toServer: number
  toClient: number
  /** The last refusal written is an I-frame, and the N(R) it carries. */
  refusalNumbered: boolean
  refusalReceived: number
}

export const newNumbers = (): Numbers => ({
  serverSends: -1,
  serverReceived: -1,
  clientReceived: -1,
  numbered: false,
  ofClient: false,
  withheld: 0,
  added: 0,
  toServer: -1,
  toClient: -1,
  refusalNumbered: false,
  refusalReceived: -1,
})

export const isNumbered = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 2] ?? 0) & 1) === 0
export const isAcknowledge = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 2] ?? 0) & 3) === 1
const sent = (bytes: Uint8Array, at: number): number => u16le(bytes, at + 2) >>> 1
const received = (bytes: Uint8Array, at: number): number => u16le(bytes, at + 4) >>> 1

/** Remembers the numbers of a unit as its sender wrote them. */
export const noteNumbers = (numbers: Numbers, bytes: Uint8Array, at: number, fromClient: boolean): void => {
  const numbered = isNumbered(bytes, at)
  const counts = numbered || isAcknowledge(bytes, at)
  numbers.numbered = numbered
  numbers.ofClient = fromClient
  numbers.refusalNumbered = false
  if (fromClient) {
    if (!counts) return
    numbers.clientReceived = received(bytes, at)
    // In the middle of a conversation without a frame of the server: the client says which one it waits for.
    if (numbers.serverSends < 0) numbers.serverSends = numbers.clientReceived
    return
  }
  if (numbered) numbers.serverSends = within(sent(bytes, at) + 1)
  if (counts) numbers.serverReceived = received(bytes, at)
}

/** Writes the numbers of a refusal of the client's unit at `at` as the client expects them: an I-frame, or an S-frame. */
export const numberRefusal = (
  numbers: Numbers,
  bytes: Uint8Array,
  at: number,
  whole: boolean,
  numbered: boolean,
  out: Uint8Array,
): void => {
  // What of the client's frames is still on its way counts as received: the server is sure to get it, or the connection ends.
  const { serverReceived, serverSends, withheld, added } = numbers
  const exact = serverReceived >= 0 || whole ? Math.max(0, serverReceived) + withheld + 1 : within(sent(bytes, at) + 1)
  const answer = later(numbers.toClient, within(exact))
  putU16le(out, 2, numbered ? within(serverSends + added) << 1 : 1)
  putU16le(out, 4, answer << 1)
  numbers.refusalNumbered = numbered
  numbers.refusalReceived = answer
}

/** The unit that was read last goes no further. */
export const withhold = (numbers: Numbers, answered: boolean): void => {
  if (!numbers.numbered) return
  const { withheld, added } = numbers
  // It acknowledged what the other end sent before; the next frame of its sender says so in its place.
  if (numbers.clientReceived >= 0) numbers.toServer = later(numbers.toServer, within(numbers.clientReceived - added))
  if (answered) numbers.toClient = later(numbers.toClient, numbers.refusalReceived)
  else if (numbers.serverReceived >= 0)
    numbers.toClient = later(numbers.toClient, within(numbers.serverReceived + withheld))
  if (!numbers.ofClient) numbers.added = within(added - 1)
  else {
    numbers.withheld = within(withheld + 1)
    if (answered && numbers.refusalNumbered) numbers.added = within(added + 1)
  }
}

/** Rewrites the numbers of a unit for the end that it goes to. @returns whether anything changed */
export const renumber = (numbers: Numbers, bytes: Uint8Array, at: number, fromClient: boolean): boolean => {
  if (numbers.withheld === 0 && numbers.added === 0) return false
  const numbered = isNumbered(bytes, at)
  if (!numbered && !isAcknowledge(bytes, at)) return false
  const { withheld, added } = numbers
  if (numbered) putU16le(bytes, at + 2, within(sent(bytes, at) + (fromClient ? -withheld : added)) << 1)
  const acknowledged = received(bytes, at)
  if (fromClient) {
    numbers.toServer = later(numbers.toServer, within(acknowledged - added))
    putU16le(bytes, at + 4, numbers.toServer << 1)
  } else {
    numbers.toClient = later(numbers.toClient, within(acknowledged + withheld))
    putU16le(bytes, at + 4, numbers.toClient << 1)
  }
  return true
}

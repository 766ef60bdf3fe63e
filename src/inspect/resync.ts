/** Finding where messages begin in a conversation that was picked up in the middle. */
import type { Codec } from '#core/codec.ts'
import { Message } from '#core/message.ts'
import { Pending } from '#core/pending.ts'
import type { Transport } from '#core/protocol.ts'

/** Places looked at in one segment. */
const maxTried = 2048

/** Whether units follow each other from `at` to exactly `end`, the last one perhaps unfinished where `loose`. */
const chains = (codec: Codec, bytes: Uint8Array, at: number, end: number, transport: Transport, loose: boolean) => {
  let cursor = at
  let whole = 0
  while (cursor < end) {
    const length = codec.frame(bytes, cursor, end, transport)
    if (length < 0) return false
    if (length === 0 || cursor + length > end) return loose || whole > 1
    cursor += length
    whole++
  }
  return whole > 0
}

/**
 * The first place in a segment from which on it is made of whole units. A segment that begins with a unit is taken at once, finished or
 * not: senders begin a segment with a message nearly always.
 * @returns -1 when there is none
 */
export const findUnit = (codec: Codec, bytes: Uint8Array, at: number, end: number, transport: Transport): number => {
  if (chains(codec, bytes, at, end, transport, true)) return at
  const last = Math.min(end, at + maxTried)
  for (let place = at + 1; place < last; place++) if (chains(codec, bytes, place, end, transport, false)) return place
  return -1
}

const message = new Message()

/** Whether a unit says something by itself, whatever was said before. */
const isSound = (codec: Codec, bytes: Uint8Array, at: number, end: number): boolean => {
  const pending = new Pending()
  const conversation = { state: codec.open(), pending, transport: 'tcp', whole: false, lastSeen: 0 } as const
  try {
    codec.parse(bytes, at, end, true, conversation, message.reset())
  } catch {
    return false
  }
  // One that asks for too much is read all the same.
  return message.fault === undefined || message.fault === 'quantity'
}

/**
 * For a sender that never begins a segment with a message: the place in what it sent lately from which on a unit ends in its newest
 * segment, and is followed by units to the end, the last one perhaps unfinished.
 * @param newest where the newest segment begins
 * @returns -1 when there is none
 */
export const findAcross = (codec: Codec, bytes: Uint8Array, newest: number, end: number): number => {
  for (let place = Math.max(0, newest - maxTried); place < newest; place++) {
    const length = codec.frame(bytes, place, end, 'tcp')
    const stop = place + length
    if (length <= 0 || stop <= newest || stop > end) continue
    if (stop < end && !chains(codec, bytes, stop, end, 'tcp', true)) continue
    if (isSound(codec, bytes, place, stop)) return place
  }
  return -1
}

/** Finding where messages begin in a conversation that was picked up in the middle. */
import type { Codec } from '#core/codec.ts'
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

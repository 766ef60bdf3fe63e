/** Messages of a TCP connection, however what comes was cut. */
import type { Answer, Attempt, Talk } from '#core/personality.ts'

/** Length of the message that begins here; 0: cannot be told yet; -1: this is no message. */
export type Frame = (bytes: Uint8Array) => number

/** Bytes that one call may answer with: who asks for more without reading an answer is cut off. */
const mostAnswered = 262_144

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/**
 * Puts messages together and gives each to `answer`. What is no message, or is longer than `longest` bytes, closes the connection;
 * so does an answer that says so.
 * @param refusal is sent before closing, where a device says what it does not understand
 */
export const inPieces = (
  longest: number,
  frame: Frame,
  answer: (message: Uint8Array) => Answer,
  refusal?: Uint8Array,
): Talk['take'] => {
  let kept = new Uint8Array(0)
  let ended = false
  return (bytes) => {
    const all = kept.length === 0 ? bytes : joined(kept, bytes)
    const send: Uint8Array[] = []
    const attempts: Attempt[] = []
    const notes: string[] = []
    let at = 0
    let exchanges = 0
    let answered = 0
    let delay = 0
    while (at < all.length && !ended) {
      const rest = all.subarray(at)
      const length = frame(rest)
      if (length < 0 || length > longest || (length === 0 && rest.length > longest)) {
        ended = true
        if (refusal !== undefined) send.push(refusal)
      }
      if (ended || length === 0 || length > rest.length) break
      at += length
      const given = answer(rest.subarray(0, length))
      for (const out of given.send) {
        send.push(out)
        answered += out.length
      }
      attempts.push(...(given.attempts ?? []))
      notes.push(...(given.notes ?? []))
      exchanges += given.exchanges
      delay = Math.max(delay, given.delay ?? 0)
      ended = given.close === true || answered > mostAnswered
    }
    kept = ended ? new Uint8Array(0) : all.slice(at)
    return {
      send,
      exchanges,
      ...(ended && { close: true }),
      ...(attempts.length > 0 && { attempts }),
      ...(notes.length > 0 && { notes }),
      ...(delay > 0 && { delay }),
    }
  }
}

/**
 * A connection that was picked up with a segment that had overtaken another one, or whose forerunner was lost: what stands before it is
 * still to come, and nobody could go on without it. It is judged then, and what has passed is judged again behind it, as the receiver
 * will read both.
 */
import { pendingLimit } from '#core/pending.ts'
import { other, type Direction, type Flow } from './flow.ts'

/**
 * Goes back to `seq`, where its receiver says that it stands: only as long as it has acknowledged nothing of what passed, all of which
 * is still remembered, and nothing of which was changed.
 * @returns whether the stream goes on there
 */
export const rewind = (flow: Flow, side: 0 | 1, seq: number): boolean => {
  const dir = flow.sides[side]
  const there = flow.sides[other(side)]
  const { stream } = dir
  if (flow.whole || flow.touched || dir.ahead !== undefined) return false
  if (!there.acks || there.lastAck !== seq || ((seq - stream.origin) | 0) >= 0) return false
  const bytes = stream.history.since(stream.origin)
  if (bytes === undefined) return false
  dir.ahead = { seq: stream.origin, bytes }
  stream.start(seq, true)
  dir.gaps = 0
  dir.sync = 'searching'
  dir.isGuess = false
  dir.heldLength = 0
  dir.parts = 0
  flow.state = flow.terms.codec.open()
  flow.grace = pendingLimit
  return true
}

/** Whether bytes that continue the stream are those that passed there ahead of it: the receiver may have them. */
export const agrees = ({ ahead, stream }: Direction, bytes: Uint8Array, at: number, end: number): boolean => {
  if (ahead === undefined) return true
  const place = (stream.next - ahead.seq) | 0
  for (let index = Math.max(0, -place); index < end - at && place + index < ahead.bytes.length; index++)
    if (ahead.bytes[place + index] !== bytes[at + index]) return false
  return true
}

/** Forgets what passed ahead once the stream is beyond it. */
export const catchUp = (dir: Direction): void => {
  const { ahead, stream } = dir
  if (ahead !== undefined && ((stream.next - ahead.seq - ahead.bytes.length) | 0) >= 0) dir.ahead = undefined
}

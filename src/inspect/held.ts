/** The beginning of a unit that was forwarded and kept: how it is found, and how long its receiver waits for the rest. */
import type { Codec } from '#core/codec.ts'
import type { PendingRequest } from '#core/pending.ts'
import { hold, type Direction, type Flow } from './flow.ts'
import { findAcross } from './resync.ts'

/** Bytes kept while no message is found in what an end sends. */
const searchedLength = 4096

/** Looks for a message that began in an earlier segment; its beginning is then what is held of an unfinished unit. */
export const searchAcross = (dir: Direction, codec: Codec, bytes: Uint8Array, at: number, end: number): boolean => {
  const newest = dir.heldLength
  if (!hold(dir, bytes, at, end, searchedLength)) {
    dir.heldLength = 0
    hold(dir, bytes, at, end, searchedLength)
    return false
  }
  const place = findAcross(codec, dir.held, newest, dir.heldLength)
  if (place < 0) return false
  dir.held.copyWithin(0, place, newest)
  dir.heldLength = newest - place
  return true
}

/** From now on the receiver may give up what is held. */
export const noteTime = ({ terms, lastSeen }: Flow, dir: Direction, before: number): void => {
  const { givenUp } = terms.codec
  if (givenUp !== undefined && before < givenUp.bytes && dir.heldLength >= givenUp.bytes) dir.heldAt = lastSeen | 0
}

/** Whether the receiver of a unit may have given it up before its rest came. */
export const isLate = ({ terms, client, backTerms, lastSeen }: Flow, dir: Direction, side: 0 | 1): boolean => {
  const { codec, passive, denyAction } = terms
  const { givenUp } = codec
  if (givenUp === undefined || dir.heldLength < givenUp.bytes || passive || denyAction === 'log') return false
  if (givenUp.unless(dir.held, 0)) return false
  return (side === client || backTerms !== undefined) && (((lastSeen | 0) - dir.heldAt) | 0) > givenUp.ms
}

/** Whether a unit's beginning, from `at` to `end`, must not pass: what comes behind it would not make it a unit that may. */
export const isContradicted = (
  { terms, client }: Flow,
  bytes: Uint8Array,
  at: number,
  end: number,
  side: 0 | 1,
): boolean => {
  const { codec, passive, denyAction } = terms
  if (codec.contradicts === undefined || side !== client || passive || denyAction === 'log') return false
  return codec.frame(bytes, at, end, 'tcp') > end - at && codec.contradicts(bytes, at, end)
}

/** A request passes that its receiver may not know. @param changed it passes as another one, which its receiver does not know */
export const noteDiscarding = (
  { terms, lastSeen }: Flow,
  dir: Direction,
  bytes: Uint8Array,
  at: number,
  changed: boolean,
): void => {
  const { discards } = terms.codec
  if (discards === undefined || (!changed && discards.unless(bytes, at))) return
  if (!isDiscarding(dir, lastSeen, discards.ms)) {
    dir.discarding = 0
    dir.discardingFrom = (lastSeen / 1000) | 0
  }
  dir.discarding++
  dir.discardingAt = lastSeen | 0
}

/**
 * The receiver answered a request, by the unit at `at`. One that passed as another one is not told from its like, and one from before
 * those under way says nothing of them: for these their time has to go by.
 */
export const noteAnswered = (
  { terms }: Flow,
  dir: Direction,
  bytes: Uint8Array,
  at: number,
  request: PendingRequest,
): void => {
  const { discards } = terms.codec
  if (discards === undefined || dir.discarding === 0 || request.neutralised || discards.unless(bytes, at)) return
  if (((request.at - dir.discardingFrom) | 0) >= 0) dir.discarding--
}

const isDiscarding = ({ discarding, discardingAt }: Direction, now: number, ms: number): boolean =>
  discarding > 0 && (((now | 0) - discardingAt) | 0) <= ms

/**
 * Whether the beginning of a unit, of which `there` bytes are there, must wait for more: its receiver might throw it away alone, or read it
 * as more than it is. It comes again, with more behind it.
 */
export const isAwaited = ({ terms, client, lastSeen }: Flow, dir: Direction, there: number, side: 0 | 1): boolean => {
  const { codec, passive, denyAction } = terms
  if (side !== client || passive || denyAction === 'log') return false
  if (!dir.isGuess && there < (codec.undivided ?? 0)) return true
  return codec.discards !== undefined && isDiscarding(dir, lastSeen, codec.discards.ms)
}

/**
 * Whether a segment is cut before a unit of whose numbers it has a part, which could not be changed any more: it comes again, with more
 * behind it. Where it does not it passes: some senders wait.
 */
export const isCut = ({ terms, touched }: Flow, dir: Direction, there: number, seq: number): boolean => {
  const { numberedFrom = 0, numberedWithin = 0 } = terms.codec
  if (terms.passive || !touched || there <= numberedFrom || there >= numberedWithin) return false
  const again = dir.cutAt === seq
  dir.cutAt = seq
  return !again
}

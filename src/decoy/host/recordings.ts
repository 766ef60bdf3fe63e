/** What was said, both ways, until it is told: so much of each conversation, and so much of all. */
import type { HostReport, HostSession } from '#schema/decoy-host.ts'

type Recorded = Extract<HostReport, { type: 'recording' }>
/** Bytes that a piece costs beside what is in it, and a conversation. */
const pieceCost = 60
const tapeCost = 1000
const mostChunks = 4096
/** Pieces that came so near to each other, in ms, are one chunk. */
const near = 5

interface Chunk {
  readonly d: 0 | 1
  readonly t: number
  /** As latin1: thousands of small strings cost the collector of garbage much less than as many buffers. */
  readonly parts: string[]
}

export interface Recording {
  /** Keeps a copy. */
  add(direction: 0 | 1, bytes: Uint8Array): void
  /** The conversation is over: it will be told. */
  end(): void
  /** It is over and nobody wants to know. */
  drop(): void
}

export interface Recordings {
  /** @param hides whether what the source sends is recorded by its length alone */
  begin(session: HostSession, hides?: boolean): Recording
  /** The next one that is over, oldest first; `undefined` when there is none. */
  next(): Recorded | undefined
  /** Bytes that are held. */
  readonly held: number
  /** Recordings that lost something because there were too many. */
  readonly lost: number
}

interface Tape {
  readonly session: HostSession
  readonly from: number
  to: number
  bytes: number
  cost: number
  cut: boolean
  over: boolean
  chunks: Chunk[]
}

const asterisk = 0x2a
/** Ends of lines, keys that correct and the marks of options stay (RFC 854). */
const hidden = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte) => (byte < 0x20 || byte === 0x7f || byte === 0xff ? byte : asterisk))

/**
 * @param one bytes of one conversation
 * @param all bytes of all, chunks' own cost included; beyond, the oldest are lost
 * @param now ms since 1970
 */
export const recordings = (one: number, all: number, now: () => number): Recordings => {
  // In the order in which they began.
  const tapes = new Set<Tape>()
  const over: Set<Tape> = new Set()
  let held = 0
  let lost = 0
  const forget = (tape: Tape): void => {
    held -= tape.cost
    tape.cost = 0
    tape.chunks = []
    tape.over = true
    tapes.delete(tape)
    over.delete(tape)
  }
  const makeRoom = (): void => {
    for (const tape of tapes) {
      if (held <= all) return
      forget(tape)
      lost++
    }
  }
  const add = (tape: Tape, d: 0 | 1, bytes: Uint8Array): void => {
    if (tape.over || bytes.length === 0) return
    tape.to = now()
    const taken = Math.min(bytes.length, one - tape.bytes)
    if (taken < bytes.length) tape.cut = true
    if (taken <= 0) return
    const t = Math.max(0, tape.to - tape.from)
    const last = tape.chunks.at(-1)
    const copy = Buffer.from(bytes.buffer, bytes.byteOffset, taken).toString('latin1')
    if (last !== undefined && last.d === d && t - last.t < near) last.parts.push(copy)
    else if (tape.chunks.length < mostChunks) tape.chunks.push({ d, t, parts: [copy] })
    else {
      tape.cut = true
      return
    }
    tape.bytes += taken
    tape.cost += taken + pieceCost
    held += taken + pieceCost
    if (held > all) makeRoom()
  }
  return {
    begin: (session, hides = false) => {
      const from = now()
      const tape: Tape = { session, from, to: from, bytes: 0, cost: tapeCost, cut: false, over: false, chunks: [] }
      tapes.add(tape)
      held += tapeCost
      return {
        add: (direction, bytes) => add(tape, direction, hides && direction === 0 ? hidden(bytes) : bytes),
        end: () => {
          if (tape.over) return
          if (tape.chunks.length === 0) return forget(tape)
          tape.over = true
          over.add(tape)
        },
        drop: () => forget(tape),
      }
    },
    next: () => {
      for (const tape of over) {
        const { session, from, to, cut, chunks } = tape
        // Takes its chunks away; they are held by this turn alone.
        forget(tape)
        return {
          type: 'recording',
          session,
          from,
          to: Math.max(from, to),
          cut,
          chunks: chunks.map(({ d, t, parts }) => ({
            d,
            t,
            b: Buffer.from(parts.join(''), 'latin1').toString('base64'),
          })),
        }
      }
      return undefined
    },
    get held() {
      return held
    },
    get lost() {
      return lost
    },
  }
}

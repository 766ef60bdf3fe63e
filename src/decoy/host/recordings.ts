/** What was said, both ways, until it is told: so much of each conversation, and so much of all. */
import type { HostReport, HostSession } from '#schema/decoy-host.ts'

type Recorded = Extract<HostReport, { type: 'recording' }>
/** Bytes that a chunk costs beside what is in it. */
const chunkCost = 160
const mostChunks = 4096
/** Pieces that came so near to each other, in ms, are one chunk. */
const near = 5

interface Chunk {
  readonly d: 0 | 1
  readonly t: number
  readonly parts: Uint8Array[]
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
  begin(session: HostSession): Recording
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
  const empty = (tape: Tape): void => {
    held -= tape.cost
    tape.cost = 0
    tape.chunks = []
    tape.over = true
    tapes.delete(tape)
    over.delete(tape)
    lost++
  }
  const makeRoom = (): void => {
    for (const tape of tapes) {
      if (held <= all) return
      if (tape.cost > 0) empty(tape)
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
    // A view of the socket's own memory would keep all of it.
    const copy = new Uint8Array(taken)
    copy.set(bytes.subarray(0, taken))
    if (last !== undefined && last.d === d && t - last.t < near) last.parts.push(copy)
    else if (tape.chunks.length < mostChunks) tape.chunks.push({ d, t, parts: [copy] })
    else {
      tape.cut = true
      return
    }
    tape.bytes += taken
    tape.cost += taken + chunkCost
    held += taken + chunkCost
    if (held > all) makeRoom()
  }
  const forget = (tape: Tape): void => {
    held -= tape.cost
    tape.cost = 0
    tape.over = true
    tapes.delete(tape)
    over.delete(tape)
  }
  return {
    begin: (session) => {
      const from = now()
      const tape: Tape = { session, from, to: from, bytes: 0, cost: 0, cut: false, over: false, chunks: [] }
      tapes.add(tape)
      return {
        add: (direction, bytes) => add(tape, direction, bytes),
        end: () => {
          if (tape.over) return
          tape.over = true
          if (tape.chunks.length > 0) over.add(tape)
          else tapes.delete(tape)
        },
        drop: () => forget(tape),
      }
    },
    next: () => {
      for (const tape of over) {
        const { session, from, to, cut, chunks } = tape
        forget(tape)
        return {
          type: 'recording',
          session,
          from,
          to: Math.max(from, to),
          cut,
          chunks: chunks.map(({ d, t, parts }) => ({ d, t, b: Buffer.concat(parts).toString('base64') })),
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

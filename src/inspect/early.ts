/** Segments that came too early where nothing may be dropped, in captures and in shadow: they wait until the gap before them is closed. */
import { pendingLimit } from '#core/pending.ts'
import type { Counts } from './counts.ts'
import type { Flow } from './flow.ts'
import type { Units } from './units.ts'

/** Segments kept of one direction. */
const limit = 32

export class Early {
  readonly #units: Units

  constructor(units: Units) {
    this.#units = units
  }

  keep(flow: Flow, side: 0 | 1, seq: number, bytes: Uint8Array, at: number, end: number, counts: Counts): void {
    const dir = flow.sides[side]
    dir.early.push({ seq, bytes: bytes.slice(at, end) })
    if (dir.early.length > limit) this.#leap(flow, side, counts)
  }

  /** The receiver has everything before `ack`: gaps before it are only of the recording. */
  acknowledged(flow: Flow, side: 0 | 1, ack: number, counts: Counts): void {
    const { early } = flow.sides[side]
    while (early.length > 0 && early.every(({ seq, bytes }) => ((ack - seq - bytes.length) | 0) >= 0))
      this.#leap(flow, side, counts)
  }

  /** Reads what the gap is closed before. */
  take(flow: Flow, side: 0 | 1, counts: Counts): void {
    const dir = flow.sides[side]
    for (let found = true; found && dir.early.length > 0;) {
      found = false
      for (const [index, { seq, bytes }] of dir.early.entries()) {
        const seen = dir.stream.seenBefore(seq)
        if (seen < 0) continue
        dir.early.splice(index, 1)
        found = true
        if (seen < bytes.length) {
          this.#units.stream(flow, side, bytes, seen, bytes.length, counts)
          dir.stream.advance(bytes, seen, bytes.length)
        }
        break
      }
    }
  }

  /** Nothing more comes: reads what waits, gaps or not. */
  finish(flow: Flow, side: 0 | 1, counts: Counts): void {
    while (flow.sides[side].early.length > 0) this.#leap(flow, side, counts)
  }

  /** What is missing was never recorded: it goes on behind the gap. */
  #leap(flow: Flow, side: 0 | 1, counts: Counts): void {
    const dir = flow.sides[side]
    const [first] = dir.early.toSorted((a, b) => (a.seq - b.seq) | 0)
    if (first === undefined) return
    dir.stream.start(first.seq)
    dir.sync = 'searching'
    dir.heldLength = 0
    // Requests may be missing: their answers are still to come.
    flow.grace = pendingLimit
    this.take(flow, side, counts)
  }
}

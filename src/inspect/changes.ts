/** What is changed in a stream: messages withheld or rewritten in place, and the refusals that answer them. */
import type { PendingRequest } from '#core/pending.ts'
import type { Counts } from './counts.ts'
import { other, type Flow } from './flow.ts'
import type { Denial } from './judge.ts'
import type { DenyAction } from './program.ts'
import type { ResetReason, Told } from './told.ts'

/** Refusals that a client has not acknowledged, and gaps and changes that have not been acknowledged, in one connection. */
const refusalLimit = 64
const editLimit = 512
/** Times that a message is left to come again, before the connection is reset. */
const postponeLimit = 3

/** - `pass`: forward what is left of the segment; `reset`: the connection ends; `drop`: nothing of it may pass */
export type Outcome = 'pass' | 'reset' | 'drop'

export class Changes {
  readonly #told: Told
  readonly #refusal = new Uint8Array(1024)
  /** Refusals of the segment that was read last, for the client. */
  readonly refusals: Uint8Array[] = []
  /** The segment that was read last is not to be forwarded as it is. */
  changed = false

  constructor(told: Told) {
    this.#told = told
  }

  /** Another segment is read. */
  begin(): void {
    this.refusals.length = 0
    this.changed = false
  }

  /** Puts a device's refusal of what was neutralised into the words of the original one, unless a part that would change has passed. */
  restore(
    flow: Flow,
    bytes: Uint8Array,
    at: number,
    end: number,
    seq: number,
    side: 0 | 1,
    request: PendingRequest,
    gone: number,
  ): void {
    const copy = bytes.slice(at, end)
    flow.terms.codec.restore?.(copy, 0, copy.length, flow, request)
    for (let index = 0; index < gone; index++) if (copy[index] !== bytes[at + index]) return
    this.#replace(flow, side, (seq + gone) | 0, copy.subarray(gone))
  }

  /**
   * For protocols that number their messages: nothing unless something was withheld before.
   * @param gone bytes of the unit that were forwarded with earlier segments
   */
  renumber(flow: Flow, bytes: Uint8Array, at: number, end: number, seq: number, side: 0 | 1, gone: number): Outcome {
    const { codec } = flow.terms
    const dir = flow.sides[side]
    if (codec.renumber === undefined || !flow.touched || dir.renumbered) return 'pass'
    const last = dir.edits.at(-1)
    const base = last?.bytes !== undefined && last.seq === seq ? last.bytes : undefined
    const copy = base ?? bytes.slice(at, end)
    if (!codec.renumber(copy, 0, copy.length, side === flow.client, flow)) return 'pass'
    for (let index = 0; index < gone; index++)
      if (copy[index] !== bytes[at + index]) {
        const [first] = flow.terms.rules
        this.#told.noticed(
          flow,
          first?.conduit.id ?? '',
          'a connection that had carried a refused command was reset: the number of a message had passed that would have to change',
        )
        return 'reset'
      }
    if (base === undefined) this.#replace(flow, side, (seq + gone) | 0, copy.subarray(gone))
    return 'pass'
  }

  /** The same for what is held of a unit whose end has not come: its number passes before it. */
  renumberHeld(flow: Flow, seq: number, side: 0 | 1, gone: number): void {
    const dir = flow.sides[side]
    const { codec } = flow.terms
    const within = codec.numberedWithin
    if (within === undefined || !flow.touched || dir.heldLength < within || gone >= within) return
    const { length } = dir.edits
    // What went before it was renumbered is told when the unit is whole.
    if (this.renumber(flow, dir.held, 0, dir.heldLength, seq, side, gone) === 'pass')
      dir.renumbered = dir.edits.length > length
  }

  #replace(flow: Flow, side: 0 | 1, seq: number, bytes: Uint8Array): void {
    flow.sides[side].edits.push({ seq, length: bytes.length, bytes })
    flow.touched = true
    this.changed = true
  }

  /**
   * The server's unit that is on its way has the number that a refusal would get: what is to be refused comes again when it is whole,
   * unless it never is.
   */
  #isPostponed(flow: Flow, side: 0 | 1): boolean {
    const { codec, denyAction } = flow.terms
    const dir = flow.sides[side]
    const isBusy = codec.numberedWithin !== undefined && flow.sides[other(flow.client)].heldLength > 0
    if (!isBusy || denyAction === 'reset' || dir.postponed >= postponeLimit) return false
    dir.postponed++
    return true
  }

  /** Takes a message out of the stream. */
  withhold(flow: Flow, side: 0 | 1, seq: number, length: number): void {
    const dir = flow.sides[side]
    const last = dir.edits.at(-1)
    // Refused one behind the other while the device has nothing to acknowledge, they are one gap.
    if (last !== undefined && last.bytes === undefined && ((last.seq + last.length - seq) | 0) === 0)
      dir.edits[dir.edits.length - 1] = { seq: last.seq, length: last.length + length, bytes: undefined }
    else dir.edits.push({ seq, length, bytes: undefined })
    dir.numbering.change((seq + length) | 0, -length)
    dir.parts = 0
    dir.postponed = 0
    flow.touched = true
    this.changed = true
  }

  /**
   * Denies a message in the way of its conduit, or by a reset where that way is no longer open.
   * @param delivered a part of it was forwarded and cannot be called back
   * @param expect keeps a neutralised request, so that its refusal is recognised
   */
  deny(
    flow: Flow,
    side: 0 | 1,
    bytes: Uint8Array,
    at: number,
    end: number,
    seq: number,
    delivered: boolean,
    denial: Denial,
    counts: Counts,
    expect: () => void,
  ): Outcome {
    const { codec, denyAction } = flow.terms
    if (!delivered && this.#isPostponed(flow, side)) return 'drop'
    counts.denied++
    const done = (action: DenyAction): Outcome => {
      this.#told.denied(flow, side, denial, action)
      return 'pass'
    }
    const reset = (why?: ResetReason): Outcome => {
      counts.resets++
      this.#told.denied(flow, side, denial, 'reset', why)
      return 'reset'
    }
    if (flow.transport === 'udp') {
      const length =
        side === flow.client && denyAction !== 'drop'
          ? codec.refuse(bytes, at, end, flow, denial.refusal, this.#refusal)
          : 0
      if (length > 0) this.refusals.push(this.#refusal.slice(0, length))
      this.#told.denied(flow, side, denial, length > 0 ? 'exception' : 'drop')
      return 'drop'
    }
    if (denyAction === 'reset') return reset()
    if (delivered) return reset('already-forwarded')
    const towards = flow.sides[other(flow.client)]
    if (towards.inserted.length + towards.waiting.length >= refusalLimit || flow.sides[side].edits.length >= editLimit)
      return reset('too-many')
    if (codec.numberedWithin !== undefined && towards.heldLength > 0) return reset('cannot-refuse')
    if (side !== flow.client || denyAction === 'drop') {
      this.withhold(flow, side, seq, end - at)
      codec.withheld?.(flow, false, side === flow.client)
      return done('drop')
    }
    if (denyAction === 'neutralise') {
      const copy = bytes.slice(at, end)
      if (codec.neutralise?.(copy, 0, copy.length, flow) === true) {
        this.#replace(flow, side, seq, copy)
        expect()
        this.renumber(flow, copy, 0, copy.length, seq, side, 0)
        return done('neutralise')
      }
    }
    const length = codec.refuse(bytes, at, end, flow, denial.refusal, this.#refusal)
    if (length < 0) return reset('cannot-refuse')
    if (length > 0) this.refusals.push(this.#refusal.slice(0, length))
    this.withhold(flow, side, seq, end - at)
    codec.withheld?.(flow, length > 0, true)
    return done('exception')
  }
}

/** Reading the units that a segment completes, and deciding on each of them by itself. */
import type { Codec } from '#core/codec.ts'
import { Message, type MessageFault } from '#core/message.ts'
import type { PendingRequest } from '#core/pending.ts'
import { blind } from './blind.ts'
import { Changes, type Outcome } from './changes.ts'
import type { Counts } from './counts.ts'
import { hold, type Direction, type Flow } from './flow.ts'
import {
  isAwaited,
  isContradicted,
  isCut,
  isLate,
  noteAnswered,
  noteDiscarding,
  noteTime,
  searchAcross,
} from './held.ts'
import { unsolicited, type Judge } from './judge.ts'
import { findUnit } from './resync.ts'
import type { Told } from './told.ts'

export class Units {
  readonly message = new Message()
  readonly #judge: Judge
  readonly #told: Told
  /** What the segment that was read last becomes. */
  readonly changes: Changes
  /** Where what is dropped of it begins: everything before that is decided, and comes no second time. */
  dropped = 0

  constructor(judge: Judge, told: Told) {
    this.#judge = judge
    this.#told = told
    this.changes = new Changes(told)
  }

  /** Reads new bytes of a TCP stream. */
  stream(flow: Flow, side: 0 | 1, bytes: Uint8Array, at: number, end: number, counts: Counts): Outcome {
    this.changes.begin()
    this.dropped = at
    const dir = flow.sides[side]
    const { codec } = flow.terms
    let cursor = at
    if (dir.sync === 'new') dir.sync = flow.whole ? 'synchronised' : 'searching'
    if (dir.sync !== 'synchronised') {
      const found = findUnit(codec, bytes, at, end, 'tcp')
      const mayAsk = side === flow.client || flow.backTerms !== undefined
      if (found < 0 && !(mayAsk && searchAcross(dir, codec, bytes, at, end)))
        return blind(flow, dir, counts, this.#told)
      dir.sync = 'synchronised'
      dir.blind = 0
      dir.isGuess = found >= 0 && codec.frame(bytes, found, end, 'tcp') === 0
      if (found >= 0) {
        dir.heldLength = 0
        cursor = found
      }
    }
    const base = dir.stream.next
    while (cursor < end) {
      if (dir.heldLength > 0) {
        // Forwarded with earlier segments.
        const gone = dir.heldLength
        if (isLate(flow, dir, side)) return this.#unframed(flow, side, counts, 'late')
        const taken = this.#complete(dir, codec, bytes, cursor, end)
        const isOff = taken >= 0 && isContradicted(flow, dir.held, 0, dir.heldLength, side)
        if ((taken < 0 || isOff) && dir.isGuess) {
          // They were the end of one.
          dir.sync = 'searching'
          dir.heldLength = gone
          return this.stream(flow, side, bytes, at, end, counts)
        }
        if (taken < 0) return this.#unframed(flow, side, counts)
        if (isOff) return this.#unframed(flow, side, counts, 'malformed')
        cursor += taken
        const length = codec.frame(dir.held, 0, dir.heldLength, 'tcp')
        if (length === 0 || length > dir.heldLength) {
          noteTime(flow, dir, gone)
          this.changes.renumberHeld(flow, (base + (cursor - at) - dir.heldLength) | 0, side, gone)
          return 'pass'
        }
        dir.isGuess = false
        const seq = (base + (cursor - at) - length) | 0
        const outcome = this.#unit(flow, side, dir.held, 0, length, seq, gone, counts)
        dir.heldLength = 0
        dir.renumbered = false
        if (outcome !== 'pass') return outcome
        continue
      }
      const length = codec.frame(bytes, cursor, end, 'tcp')
      if (length < 0 || length > codec.longest) return this.#unframed(flow, side, counts)
      if (length === 0 || cursor + length > end) {
        if (isCut(flow, dir, end - cursor, (base + (cursor - at)) | 0)) {
          this.dropped = cursor
          return 'drop'
        }
        if (isContradicted(flow, bytes, cursor, end, side)) return this.#unframed(flow, side, counts, 'malformed')
        if (isAwaited(flow, dir, end - cursor, side)) {
          this.dropped = cursor
          return 'drop'
        }
        if (!hold(dir, bytes, cursor, end, codec.longest)) return this.#unframed(flow, side, counts)
        noteTime(flow, dir, 0)
        this.changes.renumberHeld(flow, (base + (cursor - at)) | 0, side, 0)
        return 'pass'
      }
      this.dropped = cursor
      const outcome = this.#unit(flow, side, bytes, cursor, cursor + length, (base + (cursor - at)) | 0, 0, counts)
      if (outcome !== 'pass') return outcome
      cursor += length
    }
    return 'pass'
  }

  /** Reads the units of one datagram. `drop` when one of them is denied: none of it passes then. */
  datagram(flow: Flow, side: 0 | 1, bytes: Uint8Array, at: number, end: number, counts: Counts): Outcome {
    this.#judge.begin()
    const outcome = this.#datagram(flow, side, bytes, at, end, counts)
    if (outcome === 'pass') return outcome
    this.#judge.undo()
    flow.terms.codec.withheld?.(flow, this.changes.refusals.length > 0, side === flow.client)
    return outcome
  }

  #datagram(flow: Flow, side: 0 | 1, bytes: Uint8Array, at: number, end: number, counts: Counts): Outcome {
    this.changes.begin()
    const { codec } = flow.terms
    let cursor = at
    let outcome: Outcome = 'pass'
    while (cursor < end) {
      const length = codec.frame(bytes, cursor, end, 'udp')
      if (length <= 0 || cursor + length > end) return this.#unframed(flow, side, counts) === 'pass' ? outcome : 'drop'
      const one = this.#unit(flow, side, bytes, cursor, cursor + length, 0, 0, counts)
      if (one !== 'pass' || this.changes.changed) outcome = 'drop'
      cursor += length
    }
    return outcome
  }

  /** Moves bytes behind those held until the unit is whole. @returns how many; -1 when it is no unit */
  #complete(dir: Direction, codec: Codec, bytes: Uint8Array, at: number, end: number): number {
    let cursor = at
    while (cursor < end) {
      const length = codec.frame(dir.held, 0, dir.heldLength, 'tcp')
      if (length < 0 || length > codec.longest) return -1
      if (length > 0 && length <= dir.heldLength) break
      // Until its length is known a byte at a time, so that nothing behind the unit is taken.
      const wanted = length === 0 ? 1 : length - dir.heldLength
      const stop = Math.min(end, cursor + wanted)
      if (!hold(dir, bytes, cursor, stop, codec.longest)) return -1
      cursor = stop
    }
    return codec.frame(dir.held, 0, dir.heldLength, 'tcp') < 0 ? -1 : cursor - at
  }

  /** What stands in the stream is not of the protocol. Towards the client that is no danger to a device; it is looked for again. */
  #unframed(flow: Flow, side: 0 | 1, counts: Counts, why: MessageFault = 'not-protocol'): Outcome {
    const dir = flow.sides[side]
    dir.heldLength = 0
    dir.renumbered = false
    dir.parts = 0
    if (flow.transport === 'tcp') dir.sync = 'searching'
    if (flow.transport === 'tcp' && side !== flow.client && flow.backTerms === undefined) return 'pass'
    this.message.reset().fault = why
    const denial = this.#judge.message(this.message, flow, side)
    if (denial === undefined) return 'pass'
    this.#told.message?.(flow, side, this.message, denial)
    const passes = flow.terms.passive || flow.terms.denyAction === 'log'
    if (passes) counts.wouldDeny++
    else counts.denied++
    this.#told.denied(flow, side, denial, passes ? 'log' : flow.transport === 'tcp' ? 'reset' : 'drop')
    if (passes) return 'pass'
    if (flow.transport === 'tcp') counts.resets++
    return flow.transport === 'tcp' ? 'reset' : 'drop'
  }

  #unit(
    flow: Flow,
    side: 0 | 1,
    bytes: Uint8Array,
    at: number,
    end: number,
    seq: number,
    gone: number,
    counts: Counts,
  ): Outcome {
    const { message } = this
    const { codec } = flow.terms
    const fromClient = side === flow.client
    const dir = flow.sides[side]
    try {
      codec.parse(bytes, at, end, fromClient, flow, message.reset())
    } catch (error) {
      counts.faults++
      this.#told.fault(flow, error)
      // Its answer will be one to a request that is not known.
      if (fromClient) flow.grace++
      return flow.terms.closedOn.has('fault') && !flow.terms.passive ? 'reset' : 'pass'
    }
    counts.messages++
    if (message.fault === undefined && message.role === 'response' && message.transaction >= 0)
      return this.#response(flow, side, bytes, at, end, seq, gone, counts)
    if (flow.transport === 'tcp') this.#judge.begin()
    const { mark } = this.#judge
    const denial = this.#judge.message(message, flow, side)
    if (denial !== undefined) this.#judge.undo()
    this.#told.message?.(flow, side, message, denial)
    if (denial !== undefined && !flow.terms.passive && flow.terms.denyAction !== 'log')
      return this.changes.deny(
        flow,
        side,
        bytes,
        at,
        end,
        seq,
        gone > 0 || dir.ahead !== undefined || this.#delivered(dir, codec),
        denial,
        counts,
        () => {
          this.#expect(flow, message.transaction, true)
          noteDiscarding(flow, dir, bytes, at, true)
        },
      )
    let awaited: PendingRequest | undefined
    if (message.role === 'request' && message.transaction >= 0) {
      if (flow.pending.isFull && !this.#hasRoom(flow)) {
        this.#judge.undo()
        if (gone === 0 && dir.parts === 0) return 'drop'
        // It comes again, or something else does, and would have to be read behind its beginning.
        counts.resets++
        return 'reset'
      }
      awaited = this.#expect(flow, message.transaction, false)
    }
    dir.parts = message.role === 'part' ? dir.parts + 1 : 0
    if (denial === undefined) counts.permitted++
    else {
      counts.wouldDeny++
      this.#told.denied(flow, side, denial, 'log')
    }
    if (denial === undefined && message.role !== 'part') this.#judge.observe(message, flow, side)
    if (awaited !== undefined) awaited.refused = this.#judge.withdrawal(mark)
    if (message.role === 'request') noteDiscarding(flow, dir, bytes, at, false)
    return this.changes.renumber(flow, bytes, at, end, seq, side, gone)
  }

  /** Parts of the message went ahead and cannot be called back. */
  #delivered({ parts }: Direction, codec: Codec): boolean {
    return parts > 0 && !codec.abandonable
  }

  #expect(flow: Flow, transaction: number, neutralised: boolean): PendingRequest {
    const { message } = this
    const seconds = (flow.lastSeen / 1000) | 0
    // The answer to the one that it takes the place of may still come.
    if (flow.pending.isFull) flow.grace++
    return flow.pending.add(transaction, message.commands[0]?.op ?? '', message.notes, seconds, neutralised)
  }

  /**
   * Whether the oldest request may be given up for the next. Devices behind a gateway that are switched off never answer: that is no
   * excess. Where the conduit is closed for one, the next comes again when others were answered.
   */
  #hasRoom(flow: Flow): boolean {
    const { rules, closedOn, passive } = flow.terms
    if (flow.pending.isAwaited((flow.lastSeen / 1000) | 0)) {
      this.#told.noticed(flow, rules[0]?.conduit.id ?? '', 'more requests are outstanding than are kept track of')
      if (closedOn.has('memory') && !passive) return false
    }
    return true
  }

  #response(
    flow: Flow,
    side: 0 | 1,
    bytes: Uint8Array,
    at: number,
    end: number,
    seq: number,
    gone: number,
    counts: Counts,
  ): Outcome {
    const { message } = this
    const { codec, passive, denyAction } = flow.terms
    const dir = flow.sides[side]
    const delivered = gone > 0 || this.#delivered(dir, codec)
    dir.parts = 0
    const request = flow.pending.find(message.transaction)
    if (request === undefined && --flow.grace < 0) {
      flow.grace = 0
      const denial = unsolicited(flow)
      this.#told.message?.(flow, side, message, denial)
      const passes = passive || denyAction === 'log' || delivered
      this.#told.denied(flow, side, denial, passes ? 'log' : 'drop')
      if (passes) counts.wouldDeny++
      else {
        counts.denied++
        this.changes.withhold(flow, side, seq, end - at)
        codec.withheld?.(flow, false, side === flow.client)
        return 'pass'
      }
    } else {
      counts.permitted++
      this.#told.message?.(flow, side, message, undefined)
      if (flow.transport === 'tcp') this.#judge.begin()
      this.#judge.observe(message, flow, side)
    }
    if (request !== undefined) {
      if (request.neutralised) this.changes.restore(flow, bytes, at, end, seq, side, request, gone)
      if (message.refused) {
        request.refused?.()
        request.refused = undefined
      }
      noteAnswered(flow, flow.sides[flow.client], bytes, at, request)
      if (!message.more) flow.pending.remove(request)
    }
    return this.changes.renumber(flow, bytes, at, end, seq, side, gone)
  }
}

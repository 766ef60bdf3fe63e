/** TCP conversations: the in-order gate, and the rewriting where the two ends count differently. */
import { i32be, putU32be } from '#core/bytes.ts'
import type { Headers } from '#packet/headers.ts'
import { tcpFlags } from '#packet/numbers.ts'
import type { Counts } from './counts.ts'
import { Early } from './early.ts'
import { other, type Direction, type Flow } from './flow.ts'
import { acknowledgedOf, acknowledgement, refusalSegment, resetSegment } from './inject.ts'
import type { Injection, Output } from './output.ts'
import { hasUnseen, isUnanswered, leap, open, skip } from './position.ts'
import { agrees, catchUp, rewind } from './rewind.ts'
import { blankSack, copyHeaders, finish } from './segment.ts'
import type { Units } from './units.ts'

/** A refusal that has not arrived after this time is sent again with the next packet of the client, in ms. */
const resendMs = 200

const { syn, fin, rst, ack: ackFlag, urg } = tcpFlags

export class Tcp {
  readonly #units: Units
  readonly #early: Early
  readonly #output: Output

  constructor(units: Units, output: Output) {
    this.#units = units
    this.#early = new Early(units)
    this.#output = output
  }

  /** Nothing more comes of a conversation: what waits for bytes that are missing is read without them. */
  finish(flow: Flow, counts: Counts): void {
    this.#early.finish(flow, 0, counts)
    this.#early.finish(flow, 1, counts)
  }

  segment(flow: Flow, side: 0 | 1, bytes: Uint8Array, headers: Headers, counts: Counts): void {
    const { flags } = headers
    const dir = flow.sides[side]
    const passive = flow.terms.passive
    const isDoubtful = (flags & syn) !== 0 && open(flow, side, headers)
    if (flow.dead && !passive && (flags & syn) === 0) return this.#refuseDead(flow, side, headers)
    const at = headers.payloadOffset
    const end = headers.payloadEnd
    if (!passive && (((flags & syn) !== 0 && end > at) || (flags & urg) !== 0)) return this.#drop()
    // A receiver takes nothing that acknowledges nothing (RFC 9293, 3.10.7.4): what is judged would not be what arrives.
    if (!passive && end > at && (flags & (ackFlag | rst)) === 0) return this.#drop()
    if (isDoubtful) return
    const isFirst = !dir.acks
    this.#note(dir, bytes, headers)
    // A device takes a reset with the number that it expects (RFC 5961, 3.2); of what it sends itself it knows better.
    flow.wasReset = (flags & rst) !== 0 && (side !== flow.client || headers.seq === dir.stream.next)
    if ((flags & ackFlag) !== 0) this.#acknowledged(flow, side, headers.ack)
    if (passive && (flags & ackFlag) !== 0) this.#early.acknowledged(flow, other(side), headers.ack, counts)
    // Where the server is on the wire was not known before: what was sent in its name did not get there.
    if (isFirst && flow.touched && side !== flow.client) this.#resend(flow)
    if ((flags & (rst | syn)) !== 0) {
      // What opens a connection has numbers of its own.
      if ((flags & syn) !== 0) return
      return this.#forward(flow, side, bytes, headers, at, end)
    }
    if (at >= end) return this.#forward(flow, side, bytes, headers, at, end)
    if (!dir.stream.started) {
      // One byte of a connection that was open before is that of a keep-alive nearly always: no part of a message, and there already.
      const isKeepAlive = end - at === 1
      if (isKeepAlive && !passive) return this.#probe(flow, side, bytes, headers)
      dir.stream.start(isKeepAlive ? (headers.seq + 1) | 0 : headers.seq)
      if (isKeepAlive) return
    }
    this.#payload(flow, side, bytes, headers, counts)
  }

  #payload(flow: Flow, side: 0 | 1, bytes: Uint8Array, headers: Headers, counts: Counts): void {
    const dir = flow.sides[side]
    const { seq, payloadOffset: at, payloadEnd: end } = headers
    const { passive } = flow.terms
    if (!passive && isUnanswered(flow, side)) return this.#probe(flow, side, bytes, headers)
    // What a client repeats must be known to be what was judged. Of an answer it does not matter as much as that it arrives.
    const answers = side !== flow.client && flow.backTerms === undefined
    let place = dir.stream.place(seq, bytes, at, end, answers)
    if (place === 'gap') {
      if (passive) return this.#early.keep(flow, side, seq, bytes, at, end, counts)
      const how = leap(flow, side, seq)
      if (how === 'ask') return this.#probe(flow, side, bytes, headers)
      if (how === 'wait') return this.#drop()
      place = dir.stream.place(seq, bytes, at, end, answers)
    }
    if (place === 'differs' && !passive && rewind(flow, side, seq)) place = 'next'
    if (place === 'differs') {
      if (!passive) return this.#drop()
    } else if (place === 'again') {
      if (flow.touched) {
        this.#resend(flow)
        this.#hear(flow, side, seq + end - at)
      }
      return this.#forward(flow, side, bytes, headers, at, end)
    }
    const seen = place === 'both' || place === 'differs' ? Math.max(0, dir.stream.seenBefore(seq)) : 0
    if (at + seen >= end) return
    if (!agrees(dir, bytes, at + seen, end)) return this.#drop()
    const outcome = this.#units.stream(flow, side, bytes, at + seen, end, counts)
    if (passive) {
      dir.stream.advance(bytes, at + seen, end)
      return this.#early.take(flow, side, counts)
    }
    if (outcome === 'reset') return this.#reset(flow)
    const stop = outcome === 'drop' ? this.#units.dropped : end
    if (stop === at + seen) return this.#drop()
    dir.stream.advance(bytes, at + seen, stop)
    dir.gaps = 0
    catchUp(dir)
    this.#forward(flow, side, bytes, headers, at, stop)
    const { refusals, changed } = this.#units.changes
    if (refusals.length > 0) flow.sides[other(flow.client)].waiting.push(...refusals)
    const answered = flow.touched && this.#answer(flow) && side === flow.client
    // The other end knows nothing of bytes that it was not sent, and some senders wait before they send more (RFC 9293, 3.7.4).
    if (changed && !answered) this.#hear(flow, side, dir.stream.next)
  }

  #note(dir: Direction, bytes: Uint8Array, { options, window, flags, ack }: Headers): void {
    // What opens a connection states a window that is not scaled (RFC 7323, 2.2).
    if ((flags & syn) === 0) dir.window = window
    if ((flags & fin) !== 0) dir.ended = true
    if (options.timestampOffset >= 0) {
      const value = i32be(bytes, options.timestampOffset)
      // A receiver takes none that is older than the newest (RFC 7323, 5.3).
      if (!dir.hasTimestamps || ((value - dir.timestamp) | 0) > 0) dir.timestamp = value
      dir.hasTimestamps = true
    }
    if ((flags & ackFlag) !== 0) {
      if (!dir.acks || ((ack - dir.lastAck) | 0) > 0) dir.lastAck = ack
      dir.acks = true
    }
  }

  /** What the sender of a segment has received of the other side. */
  #acknowledged(flow: Flow, side: 0 | 1, ack: number): void {
    const there = flow.sides[other(side)]
    const seq = flow.touched ? there.numbering.toSender(ack) : ack
    if (!there.stream.started) {
      // Picked up in the middle: what this side expects next is where the other one stands.
      there.stream.start(seq, true)
      return
    }
    if (!flow.terms.passive && hasUnseen(flow, side, seq)) skip(flow, there, seq, true)
    there.stream.acknowledge(seq)
    if (!flow.touched) return
    if (there.edits.length > 0) there.edits = there.edits.filter((edit) => ((edit.seq + edit.length - seq) | 0) > 0)
    if (there.inserted.length > 0)
      there.inserted = there.inserted.filter(({ seq: from, bytes }) => ((ack - from - bytes.length) | 0) < 0)
    const [first] = there.inserted
    if (first !== undefined && Math.abs(flow.lastSeen - first.sentAt) > resendMs) this.#resend(flow)
    there.numbering.settle((seq - 1) | 0)
  }

  #drop(): void {
    this.#output.verdict = 'drop'
  }

  /** Sends a segment on as a keep-alive: its receiver says where it stands, and its sender sends it again. */
  #probe(flow: Flow, side: 0 | 1, bytes: Uint8Array, headers: Headers): void {
    const output = this.#output
    const there = flow.sides[other(side)]
    const length = copyHeaders(bytes, headers, output.bytes)
    const tcp = headers.transportOffset - headers.networkOffset
    // What the receiver acknowledged it has: nothing before that may be new to it.
    putU32be(output.bytes, tcp + 4, ((there.acks ? there.lastAck : headers.seq) - 1) | 0)
    putU32be(output.bytes, tcp + 8, flow.touched ? there.numbering.toSender(headers.ack) : headers.ack)
    output.bytes[tcp + 13] = ackFlag
    blankSack(headers, output.bytes)
    finish(output.bytes, flow.family, headers.ipHeaderLength, 6, length)
    output.verdict = 'rewritten'
    output.length = length
  }

  /** Lets a segment through, in the words that its receiver understands. */
  #forward(flow: Flow, side: 0 | 1, bytes: Uint8Array, headers: Headers, at: number, end: number): void {
    if (flow.terms.passive) return
    const output = this.#output
    const out = output.bytes
    const dir = flow.sides[side]
    const there = flow.sides[other(side)]
    const size = end - at
    // What has arrived is not sent again: it is not remembered, so that nobody can tell it from what was withheld or never judged. Only
    // the byte of a keep-alive stays, without which some receivers do not answer (RFC 9293, 3.8.4).
    const old = size > 0 && dir.stream.started ? dir.stream.history.arrived(headers.seq) : 0
    if (!flow.touched && end === headers.payloadEnd && (old === 0 || (old === 1 && size === 1))) return
    const header = copyHeaders(bytes, headers, out)
    const stop = this.#beforeInsertion(dir, headers.seq, size)
    let length = header
    let first = -1
    for (let index = old; index < stop; index++) {
      const value = edited(dir, (headers.seq + index) | 0, bytes[at + index] ?? 0)
      if (value < 0) continue
      if (first < 0) first = index
      out[length++] = value
    }
    const tcp = headers.transportOffset - headers.networkOffset
    // An end of the stream stays behind what is cut off.
    const back = old === size && (headers.flags & tcpFlags.fin) !== 0 ? 0 : old
    const seq =
      first < 0 && old > 0
        ? (dir.numbering.toReceiver((headers.seq + old) | 0) - back) | 0
        : dir.numbering.toReceiver((headers.seq + Math.max(0, first)) | 0)
    // Picked up in the middle, with nothing left of the first segment: a keep-alive makes the other end show itself (RFC 9293, 3.8.4).
    putU32be(out, tcp + 4, first < 0 && size > 0 && !there.acks ? (seq - 1) | 0 : seq)
    if ((headers.flags & ackFlag) !== 0) putU32be(out, tcp + 8, there.numbering.toSender(headers.ack))
    // What is cut off takes the end of the stream with it; it comes again.
    if (stop < size || end < headers.payloadEnd) out[tcp + 13] = (out[tcp + 13] ?? 0) & ~tcpFlags.fin
    blankSack(headers, out)
    finish(out, flow.family, headers.ipHeaderLength, 6, length)
    output.verdict = 'rewritten'
    output.length = length
  }

  /** Bytes of a segment before a refusal that was put into the stream in its midst. */
  #beforeInsertion({ inserted }: Direction, seq: number, length: number): number {
    for (const { at } of inserted) {
      const place = (at - seq) | 0
      if (place > 0 && place < length) return place
    }
    return length
  }

  /** Sends what waits for the client, where its direction is between two units. @returns whether anything was sent */
  #answer(flow: Flow): boolean {
    const dir = flow.sides[other(flow.client)]
    if (dir.heldLength > 0 || !dir.stream.started) return false
    let sent = false
    while (dir.waiting.length > 0) {
      const bytes = dir.waiting.shift()
      if (bytes === undefined) break
      const at = dir.stream.next
      const inserted = { at, seq: dir.numbering.toReceiver(at), bytes, sentAt: flow.lastSeen }
      dir.numbering.change(at, bytes.length)
      dir.inserted.push(inserted)
      this.#inject(refusalSegment(flow, inserted))
      sent = true
    }
    return sent
  }

  #resend(flow: Flow): void {
    for (const inserted of flow.sides[other(flow.client)].inserted) {
      inserted.sentAt = flow.lastSeen
      this.#inject(refusalSegment(flow, inserted))
    }
  }

  /** Acknowledges everything before `seq` to its sender, if all of it arrived or was withheld behind what did. */
  #hear(flow: Flow, side: 0 | 1, seq: number): void {
    if (((acknowledgedOf(flow, side) - seq) | 0) >= 0) this.#inject(acknowledgement(flow, side))
  }

  #reset(flow: Flow): void {
    this.#drop()
    flow.dead = true
    this.#inject(resetSegment(flow, 0))
    this.#inject(resetSegment(flow, 1))
  }

  /**
   * An end that did not get its reset, or did not take it since it missed something before, says which number it expects (RFC 5961,
   * 3.2). Without one it would repeat itself to nobody.
   */
  #refuseDead(flow: Flow, side: 0 | 1, { flags, ack }: Headers): void {
    this.#drop()
    if ((flags & (ackFlag | rst)) === ackFlag) this.#inject(resetSegment(flow, side, ack))
  }

  #inject(injection: Injection): void {
    this.#output.injections.push(injection)
  }
}

/** The byte that stands at `seq` in the edited stream; -1 when it is withheld. */
const edited = ({ edits }: Direction, seq: number, byte: number): number => {
  for (const { seq: from, length, bytes } of edits) {
    const place = (seq - from) | 0
    if (place >= 0 && place < length) return bytes === undefined ? -1 : (bytes[place] ?? 0)
  }
  return byte
}

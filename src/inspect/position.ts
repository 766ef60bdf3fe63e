/** Where the two ends of a TCP connection stand, as far as both of them say so: by how it was opened, and by what they acknowledge. */
import { pendingLimit } from '#core/pending.ts'
import type { Headers } from '#packet/headers.ts'
import { tcpFlags } from '#packet/numbers.ts'
import { other, type Direction, type Flow } from './flow.ts'

/**
 * Times that a sender begins behind the same gap, and nothing else of it continues the stream, until its receiver is asked where it
 * stands, and until the gap is taken to be filled although nobody answers.
 */
const gapLimit = 3
const askLimit = 8

/** Numbers of the side that answers an opening, and of the side that asked for it. */
const begin = (dir: Direction, seq: number): void => {
  dir.stream.start(seq)
  dir.first = seq
  dir.isOpened = true
}

/**
 * A segment that opens a connection makes the flow a new one; so does its answer, for the side that sends it. Where a connection is
 * known already it is the answer that counts: an end in the midst of one stays in it (RFC 9293, 3.10.7.4).
 * @returns whether it may be the answer of an older opening that comes late: the server is to say where it stands before it gets anything
 */
export const open = (flow: Flow, side: 0 | 1, { flags, seq, ack }: Headers): boolean => {
  const dir = flow.sides[side]
  const there = flow.sides[other(side)]
  const first = (seq + 1) | 0
  if ((flags & tcpFlags.ack) === 0) {
    // A repeated SYN of the same number opens nothing anew.
    if (dir.stream.started && dir.stream.next === first && dir.sync === 'new') return false
    if (!flow.terms.passive && (dir.stream.started || there.stream.started)) {
      flow.reopening = seq
      flow.reopener = side
      return false
    }
    flow.restart(true)
    begin(dir, first)
    return false
  }
  // A server answers the opening that it got, be it not the last one that was sent. A client's word alone opens nothing.
  const isAnswer = flow.reopener === other(side) && (side !== flow.client || ((ack - flow.reopening) | 0) === 1)
  // So does the repetition of its answer, unless the opening was repeated as well: small devices count from the same number whenever they
  // are switched on.
  const isAlike = dir.isOpened && there.isOpened && dir.first === first && there.first === ack
  if (isAlike && !isAnswer) return false
  if (isAnswer || (side !== flow.client && there.isOpened && there.first !== ack)) {
    flow.restart(true)
    begin(there, ack)
  }
  if (!dir.stream.started) begin(dir, first)
  return isAlike
}

/**
 * Whether its receiver has not said yet that a connection is open: it may be in the midst of an older one with the same ports, of which
 * it takes no byte twice.
 */
export const isUnanswered = (flow: Flow, side: 0 | 1): boolean =>
  flow.whole && side === flow.client && !flow.sides[other(side)].acks

/**
 * Whether one side has received bytes that never passed here, up to `seq`. The number behind a sender's last byte stands for the end of
 * its stream.
 */
export const hasUnseen = (flow: Flow, side: 0 | 1, seq: number): boolean => {
  const asks = other(side) === flow.client || flow.backTerms !== undefined
  const { stream, ended } = flow.sides[other(side)]
  return asks && ((seq - stream.next) | 0) > (ended ? 1 : 0)
}

/**
 * Goes on at `seq`: what stands before it passes no more.
 * @param arrived whether its receiver says that it has it
 */
export const skip = (flow: Flow, dir: Direction, seq: number, arrived: boolean): void => {
  dir.stream.start(seq, arrived)
  dir.gaps = 0
  dir.sync = 'searching'
  dir.heldLength = 0
  dir.renumbered = false
  dir.parts = 0
  // Requests may be among it: their answers are still to come.
  flow.grace = pendingLimit
}

/** Whether a sender has of the other side what never passed here: then so did what it sent itself meanwhile, and is not on its way any more. */
const hasHeardUnseen = ({ touched }: Flow, dir: Direction, { stream, numbering, ended }: Direction): boolean =>
  dir.acks &&
  stream.started &&
  (((touched ? numbering.toSender(dir.lastAck) : dir.lastAck) - stream.next) | 0) > (ended ? 1 : 0)

/**
 * Bytes passed without being seen, while there was no inspector, or no room in its queue: the receiver says that it has them, or
 * the sender sends nothing else any more. Those that are missing here pass no more unless they were acknowledged: where they were lost
 * instead, that would be the end of the connection, so a receiver that has been heard is asked first.
 * @returns whether the stream goes on with the segment at `seq`; `ask`: its receiver is to say where it stands
 */
export const leap = (flow: Flow, side: 0 | 1, seq: number): 'go' | 'wait' | 'ask' => {
  const dir = flow.sides[side]
  const there = flow.sides[other(side)]
  dir.gaps = dir.gapSeq === seq ? dir.gaps + 1 : 1
  dir.gapSeq = seq
  const acked = flow.touched ? dir.numbering.toSender(there.lastAck) : there.lastAck
  const arrived = there.acks && ((acked - seq) | 0) >= 0
  if (!arrived && dir.gaps < gapLimit && !hasHeardUnseen(flow, dir, there)) return 'wait'
  if (!arrived && there.acks && dir.gaps < askLimit) return 'ask'
  // What the receiver has of this segment it does not take again.
  skip(flow, dir, arrived ? acked : seq, arrived)
  return 'go'
}

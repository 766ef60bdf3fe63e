/** Segments that the inspector sends in the name of one end: refusals, and resets of both. */
import { tcpFlags } from '#packet/numbers.ts'
import { other, type Flow, type Inserted } from './flow.ts'
import type { Injection } from './output.ts'
import { tcpSegment, udpDatagram } from './segment.ts'

const nothing = new Uint8Array(0)

/** Addresses and ports of a packet towards `side`. */
const towards = ({ words, ports, family }: Flow, side: 0 | 1) => {
  const [a, b] = [words.slice(0, 4), words.slice(4, 8)]
  return side === 0
    ? { family, src: b, dst: a, sport: ports[1], dport: ports[0] }
    : { family, src: a, dst: b, sport: ports[0], dport: ports[1] }
}

/** A packet with the place on the wire where it goes. */
const placed = (flow: Flow, side: 0 | 1, bytes: Uint8Array): Injection => {
  const to = flow.sides[side]
  const from = flow.sides[other(side)]
  return {
    bytes,
    vlan: flow.vlan,
    device: to.device,
    toHigh: to.macHigh,
    toLow: to.macLow,
    fromHigh: from.macHigh,
    fromLow: from.macLow,
  }
}

const timestampsOf = (flow: Flow, side: 0 | 1) => {
  const to = flow.sides[side]
  const from = flow.sides[other(side)]
  return to.hasTimestamps && from.hasTimestamps ? { timestamps: [from.timestamp, to.timestamp] as const } : {}
}

/**
 * What the sender of one side may forget: what the other end has, and what was withheld behind it, never more: the other end may still
 * miss something.
 */
export const acknowledgedOf = (flow: Flow, side: 0 | 1): number => {
  const from = flow.sides[side]
  const to = flow.sides[other(side)]
  return to.acks ? from.numbering.toSender(to.lastAck) : (from.edits[0]?.seq ?? 0)
}

/** A segment for one end in the name of the other. */
const inTheName = (flow: Flow, side: 0 | 1, seq: number, payload: Uint8Array): Injection =>
  placed(
    flow,
    side,
    tcpSegment({
      ...towards(flow, side),
      seq,
      ack: acknowledgedOf(flow, side),
      flags: tcpFlags.ack | (payload.length > 0 ? tcpFlags.psh : 0),
      window: flow.sides[other(side)].window,
      ...timestampsOf(flow, side),
      payload,
    }),
  )

/** A refusal for the client, in the place that its server's stream has for it. */
export const refusalSegment = (flow: Flow, { seq, bytes }: Inserted): Injection =>
  inTheName(flow, flow.client, seq, bytes)

/** A bare acknowledgement for one end: the other knows nothing of what was withheld. */
export const acknowledgement = (flow: Flow, side: 0 | 1): Injection => {
  const { numbering, stream } = flow.sides[other(side)]
  return inTheName(flow, side, numbering.toReceiver(stream.next), nothing)
}

/** A reset for one end, with the number that it expects (RFC 5961, 3.2): what it should have received, unless it has said otherwise. */
export const resetSegment = (flow: Flow, side: 0 | 1, seq?: number): Injection => {
  const from = flow.sides[other(side)]
  const to = flow.sides[side]
  return placed(
    flow,
    side,
    tcpSegment({
      ...towards(flow, side),
      seq: seq ?? from.numbering.toReceiver(from.stream.next),
      ack: to.stream.started ? to.stream.next : 0,
      flags: tcpFlags.rst | (to.stream.started ? tcpFlags.ack : 0),
      window: 0,
      ...timestampsOf(flow, side),
      payload: nothing,
    }),
  )
}

/** A refusal for whoever sent a datagram. */
export const refusalDatagram = (flow: Flow, side: 0 | 1, payload: Uint8Array): Injection =>
  placed(flow, side, udpDatagram({ ...towards(flow, side), payload }))

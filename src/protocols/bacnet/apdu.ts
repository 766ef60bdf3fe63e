/** The application layer's units: ANSI/ASHRAE 135, 20.1. */
import type { Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import type { Pending } from '#core/pending.ts'
import { readAnswer } from './answers.ts'
import { everyNetwork, type Npdu } from './network.ts'
import { Peers } from './peers.ts'
import { readConfirmed } from './requests.ts'
import { Assemblies, staleMs } from './segments.ts'
import { undefinedService } from './services.ts'
import { Tags } from './tags.ts'
import { readUnconfirmed } from './unconfirmed.ts'

export const pdu = {
  confirmed: 0,
  unconfirmed: 1,
  simpleAck: 2,
  complexAck: 3,
  segmentAck: 4,
  error: 5,
  reject: 6,
  abort: 7,
} as const

/** Segmented messages that each end is sending. */
export class State {
  readonly clientAsks = new Assemblies(true)
  readonly serverAsks = new Assemblies(true)
  readonly clientAnswers = new Assemblies(false)
  readonly serverAnswers = new Assemblies(false)
  /** Those of which the message that was read last is a segment. */
  newest: Assemblies | undefined
  /** ms since 1970 at which the client, and the server, sent a segment last. */
  readonly sent = new Float64Array(2)
}

const tags = new Tags()
const peers = new Peers()

export const isSegmented = (bytes: Uint8Array, apdu: number): boolean => ((bytes[apdu] ?? 0) & 8) !== 0
/** Of a segment: it is not the last. */
export const moreFollows = (bytes: Uint8Array, apdu: number): boolean =>
  isSegmented(bytes, apdu) && ((bytes[apdu] ?? 0) & 4) !== 0
/** Of SegmentACK and Abort: sent by the end that answers (20.1.6.4, 20.1.9.3). */
const fromAnswering = (bytes: Uint8Array, apdu: number): boolean => ((bytes[apdu] ?? 0) & 1) !== 0

/** Where a confirmed request says its service. */
export const serviceAt = (bytes: Uint8Array, apdu: number): number => apdu + (isSegmented(bytes, apdu) ? 5 : 3)

export const serviceOf = (transaction: number): number => Math.floor(transaction / 0x100) % 0x100

/** Who asks, the stations ({@link Peers.hash}: invoke identifiers are counted for each, 5.4.1), the service and the invoke identifier. */
const transactionOf = (ofServer: boolean, between: number, service: number, invoke: number): number =>
  ((ofServer ? 0x100_0000 : 0) + between) * 0x1_0000 + service * 0x100 + invoke

/** No service has this choice. */
export const noService = 255

/** Reject and Abort do not say which service they are about. */
const anyService = (ofServer: boolean, between: number, invoke: number, pending: Pending): number => {
  if (pending.size > 0)
    for (let service = 0; service < noService; service++) {
      const transaction = transactionOf(ofServer, between, service, invoke)
      if (pending.find(transaction) !== undefined) return transaction
    }
  return transactionOf(ofServer, between, noService, invoke)
}

/** Puts the parameters under `tags`: those of the unit, or of all its segments. @returns whether they are all there */
const gather = (
  assemblies: Assemblies,
  ofServer: boolean,
  between: number,
  invoke: number,
  { state, lastSeen }: Conversation<State>,
  bytes: Uint8Array,
  apdu: number,
  from: number,
  end: number,
  message: Message,
): boolean => {
  if (!isSegmented(bytes, apdu)) {
    tags.over(bytes, from, end)
    return true
  }
  // The sequence number, the proposed window size and the service stand before the parameters.
  const sequence = bytes[from - 3] ?? 0
  const service = bytes[from - 1] ?? 0
  const key = transactionOf(ofServer, between, noService, invoke)
  const more = moreFollows(bytes, apdu)
  state.newest = assemblies
  const piece = assemblies.take(key, peers, service, sequence, more, lastSeen, bytes, from, end)
  const whole = piece === 'whole' ? assemblies.whole(key) : undefined
  if (whole?.bytes !== undefined) tags.over(whole.bytes, 0, whole.length)
  // An answer that cannot be put together shows no values; a request that cannot be is not judged.
  else if (message.role !== 'response' && piece !== 'part')
    message.fault = piece === 'broken' ? 'malformed' : 'too-many'
  return piece === 'whole'
}

const readRequest = (
  bytes: Uint8Array,
  apdu: number,
  end: number,
  fromClient: boolean,
  conversation: Conversation<State>,
  between: number,
  isSpread: boolean,
  message: Message,
): void => {
  const { state, pending } = conversation
  const at = serviceAt(bytes, apdu)
  message.role = 'request'
  // A message in segments is for one station and from its sender itself (5.4.5.1; J.2.5): a device may put it together with others that are.
  if (at >= end || (isSegmented(bytes, apdu) && isSpread)) {
    message.fault = 'malformed'
    return
  }
  const service = bytes[at] ?? 0
  const invoke = bytes[apdu + 2] ?? 0
  message.transaction = transactionOf(!fromClient, between, service, invoke)
  const asks = fromClient ? state.clientAsks : state.serverAsks
  if (!isSegmented(bytes, apdu)) asks.doubt(transactionOf(!fromClient, between, noService, invoke))
  if (gather(asks, !fromClient, between, invoke, conversation, bytes, apdu, at + 1, end, message))
    readConfirmed(service, tags, message)
  else {
    message.role = 'part'
    return
  }
  // An identifier is used again when its request is sent again, or was given up (5.4.1): datagrams get lost.
  const before = pending.find(message.transaction)
  if (before !== undefined) pending.remove(before)
}

const readComplexAck = (
  bytes: Uint8Array,
  apdu: number,
  end: number,
  fromClient: boolean,
  conversation: Conversation<State>,
  between: number,
  message: Message,
): void => {
  const { state } = conversation
  const at = apdu + (isSegmented(bytes, apdu) ? 4 : 2)
  if (at >= end) {
    message.fault = 'malformed'
    return
  }
  const service = bytes[at] ?? 0
  const invoke = bytes[apdu + 1] ?? 0
  message.transaction = transactionOf(fromClient, between, service, invoke)
  const answers = fromClient ? state.clientAnswers : state.serverAnswers
  if (isSegmented(bytes, apdu)) (fromClient ? state.clientAsks : state.serverAsks).overtake()
  if (gather(answers, fromClient, between, invoke, conversation, bytes, apdu, at + 1, end, message))
    readAnswer(service, tags, message)
  // Each segment belongs to its request, which is answered with the last.
  message.more = moreFollows(bytes, apdu)
}

/** Reject, or Abort of the end that answers. */
const readRefusal = (
  fromClient: boolean,
  between: number,
  invoke: number,
  state: State,
  pending: Pending,
  message: Message,
): void => {
  message.transaction = anyService(fromClient, between, invoke, pending)
  const key = transactionOf(fromClient, between, noService, invoke)
  const answers = fromClient ? state.clientAnswers : state.serverAnswers
  answers.refused(key)
  const asks = fromClient ? state.serverAsks : state.clientAsks
  const unfinished = asks.isUnfinished(key)
  asks.refused(key)
  // A request is pending when its last segment has passed; it may be refused before.
  if (unfinished && serviceOf(message.transaction) === noService) message.role = 'part'
  else message.refused = true
}

/**
 * Abort of the end that asked. Its request stays as it is: whether the device heard of it is not known, and it may still put together
 * what it has with what comes next.
 */
const readGivenUp = (fromClient: boolean, between: number, invoke: number, state: State, message: Message): void => {
  message.role = 'part'
  const answers = fromClient ? state.serverAnswers : state.clientAnswers
  answers.refused(transactionOf(!fromClient, between, noService, invoke))
}

/**
 * An APDU at `apdu`, with the header that carries it.
 * @param origin as in {@link Peers.note}
 */
export const readApdu = (
  bytes: Uint8Array,
  apdu: number,
  end: number,
  fromClient: boolean,
  npdu: Npdu,
  origin: number,
  conversation: Conversation<State>,
  message: Message,
): void => {
  const { state, pending, lastSeen } = conversation
  const type = (bytes[apdu] ?? 0) >> 4
  const size = end - apdu
  if (size < 2 || ((type === pdu.simpleAck || type === pdu.error) && size < 3)) {
    message.fault = 'malformed'
    return
  }
  const invoke = bytes[apdu + 1] ?? 0
  const givesUp = type === pdu.abort && !fromAnswering(bytes, apdu)
  peers.note(bytes, end, npdu, origin, type === pdu.confirmed || type === pdu.unconfirmed || givesUp)
  const between = peers.hash
  if (type === pdu.simpleAck || type === pdu.complexAck || type === pdu.error) {
    const asks = fromClient ? state.serverAsks : state.clientAsks
    asks.answered(transactionOf(fromClient, between, noService, invoke))
  }
  message.role = 'response'
  if ((type === pdu.confirmed || type === pdu.complexAck) && isSegmented(bytes, apdu))
    state.sent[fromClient ? 0 : 1] = lastSeen
  switch (type) {
    case pdu.confirmed:
      return readRequest(
        bytes,
        apdu,
        end,
        fromClient,
        conversation,
        between,
        origin >= 0 || npdu.destination === everyNetwork,
        message,
      )
    case pdu.unconfirmed:
      message.role = 'one-way'
      tags.over(bytes, apdu + 2, end)
      return readUnconfirmed(invoke, tags, message)
    case pdu.simpleAck:
    case pdu.error:
      if (type === pdu.simpleAck ? size !== 3 : size < 4) message.fault = 'malformed'
      message.refused = type === pdu.error
      message.transaction =
        bytes[apdu + 2] === undefinedService
          ? anyService(fromClient, between, invoke, pending)
          : transactionOf(fromClient, between, bytes[apdu + 2] ?? 0, invoke)
      return
    case pdu.complexAck:
      return readComplexAck(bytes, apdu, end, fromClient, conversation, between, message)
    case pdu.segmentAck:
      // Part of sending a message in segments, from the end that gets them: of one that got none some devices take it for a segment.
      message.role = 'part'
      if (size !== 4) message.fault = 'malformed'
      else if (lastSeen - (state.sent[fromClient ? 1 : 0] ?? 0) > staleMs)
        (fromClient ? state.clientAsks : state.serverAsks).overtake()
      return
    case pdu.reject:
    case pdu.abort:
      if (size !== 3) message.fault = 'malformed'
      else if (givesUp) readGivenUp(fromClient, between, invoke, state, message)
      else readRefusal(fromClient, between, invoke, state, pending, message)
      return
    default:
      message.role = 'one-way'
      message.malformed('unlisted')
  }
}

/** S7comm and S7comm-plus over ISO on TCP: RFC 1006 (TPKT) and ISO 8073 class 0 (COTP), then the controller's own protocol. */
import { u16be } from '#core/bytes.ts'
import { defineCodec, type Codec, type Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { cotp, readTransport, tpkt } from './cotp.ts'
import { protocol, readMessage } from './messages.ts'
import { s7comm as vocabulary } from './ops.ts'
import { neutraliseUnit, refuseUnit, restoreUnit } from './refusal.ts'
import { S7State } from './state.ts'

/** TPKT and the header of a data unit. */
const header = tpkt + 3
/** TPKT and the longest unit of class 0 (ISO 8073, 13.3.4): a device throws away what it has of a longer one, and reads on in its midst. */
const longest = tpkt + 2048
/** Of a message whose size is not agreed on. */
const longestMessage = 65_535
/** Units without data that a client may send beyond those that acknowledge something. */
const spareEmpty = 16
const endOfMessage = 0x80

/** Codes of transport data units (ISO 8073, 13.1), by their high half. */
const isTransport = (code: number) => code >= 0x10 && code <= 0xf0

const frame = (bytes: Uint8Array, at: number, end: number): number => {
  const there = end - at
  if (there >= 1 && bytes[at] !== 3) return -1
  if (there >= 2 && bytes[at + 1] !== 0) return -1
  if (there < 6) return 0
  const length = u16be(bytes, at + 2)
  const indicator = bytes[at + 4] ?? 0
  if (length < header || length > longest || indicator < 2 || tpkt + 1 + indicator > length) return -1
  return isTransport(bytes[at + 5] ?? 0) ? length : -1
}

/** RFC 8446, 5.1: content types from change cipher spec to application data, version 3.x. */
const isTls = (bytes: Uint8Array, at: number, end: number): boolean =>
  end - at >= 5 && (bytes[at] ?? 0) >= 0x14 && (bytes[at] ?? 0) <= 0x17 && bytes[at + 1] === 3

/**
 * The connection has changed over to TLS. As long as the device has not said so too, what does not begin as TLS is no part of it: a
 * device that knows of no TLS would read it.
 */
const readSecret = (begins: boolean, isLast: boolean, fromClient: boolean, state: S7State, message: Message): void => {
  const belongs = !fromClient || state.secured || state.secretPart || begins
  state.secret = true
  if (fromClient) state.secretPart = belongs && !isLast
  else state.secured ||= begins
  message.begin(belongs ? 'plus-opaque' : 'unlisted')
  message.fault = 'opaque'
}

/**
 * A unit without data acknowledges what the other end has sent. To some devices it is the beginning of the next message: they count these
 * (snap7: 64), and after too many throw away what they have by then, and read on in the midst of a unit.
 */
const readEmpty = (isLast: boolean, fromClient: boolean, state: S7State, message: Message): void => {
  message.begin('empty-data')
  if (!fromClient) return
  if (state.unfinished) message.role = 'part'
  if (isLast) {
    state.secretPart = false
    state.empty = 0
  } else if (++state.empty > spareEmpty) message.fault = 'malformed'
}

/** What one data unit carries: a message, a part of one, or nothing. */
const readData = (
  bytes: Uint8Array,
  at: number,
  end: number,
  isLast: boolean,
  fromClient: boolean,
  conversation: Conversation<S7State>,
  message: Message,
): void => {
  const { state } = conversation
  const assembly = fromClient ? state.client : state.server
  const isWhole = assembly.length === 0 && !assembly.broken
  if (at === end && isWhole) return readEmpty(isLast, fromClient, state, message)
  // Each end's messages make room for the client's next units without data.
  if (fromClient && isLast) state.empty = 0
  else if (!fromClient && isLast) state.empty = Math.max(0, state.empty - 1)
  const begins = isWhole && isTls(bytes, at, end)
  if (state.secret || begins) return readSecret(begins, isLast, fromClient, state, message)
  if (isWhole && isLast) return readMessage(bytes, at, end, fromClient, conversation, message)
  // S7comm-plus frames its own messages, and agrees on no size here.
  const first = isWhole ? bytes[at] : assembly.bytes[0]
  const limit = state.pdu === 0 || first !== protocol.s7 ? longestMessage : state.pdu
  assembly.add(bytes, at, end, limit)
  // A client has no use for a third unit: what fits into none is longer than any agreed size. Some devices (snap7) put the third one to
  // another place than behind the second, and take what an earlier message left there for its beginning.
  if (fromClient && !isWhole && !isLast) assembly.broken = true
  if (fromClient) state.split = true
  if (assembly.broken) {
    message.malformed('unlisted')
  } else if (isLast) readMessage(assembly.bytes, 0, assembly.length, fromClient, conversation, message)
  else message.role = 'part'
  if (isLast) assembly.clear()
}

const parse: Codec<S7State>['parse'] = (bytes, at, end, fromClient, conversation, message) => {
  if (fromClient) conversation.state.split = false
  if (end - at < header || u16be(bytes, at + 2) !== end - at) return message.malformed('unlisted')
  const code = bytes[at + 5] ?? 0
  if ((code & 0xf0) !== cotp.data) {
    // A device that does not end the connection for it goes on with the message of which it has a part.
    if (fromClient && conversation.state.unfinished) return message.malformed('unlisted')
    return readTransport(bytes, at + tpkt, end, fromClient, conversation, message)
  }
  // With other low bits it is of another class (ISO 8073, 13.7): a device may leave it out of the message.
  if (bytes[at + 4] !== 2 || (fromClient && code !== cotp.data)) return message.malformed('unlisted')
  const isLast = ((bytes[at + 6] ?? 0) & endOfMessage) !== 0
  readData(bytes, at + header, end, isLast, fromClient, conversation, message)
}

export const s7commCodec = defineCodec<S7State>({
  vocabulary,
  open: () => new S7State(),
  frame,
  longest,
  parse,
  // Its parts were delivered: the answer to it is not enough, the device would join them with what comes next.
  refuse: (bytes, at, end, { state }, why, out) => (state.split ? -1 : refuseUnit(bytes, at, end, why, out)),
  abandonable: false,
  neutralise: (bytes, at, end, { state }) => !state.split && neutraliseUnit(bytes, at, end),
  restore: (bytes, at, end, _conversation, request) => restoreUnit(bytes, at, end, request),
})

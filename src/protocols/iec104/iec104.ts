/** IEC 60870-5-104:2006 (APCI, clause 5) with ASDUs of IEC 60870-5-101:2003. */
import { defineCodec, type Codec, type Conversation, type Refusal } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { asduHeader, causeOf, negativeBit, readObjects, readUnlisted } from './asdu.ts'
import {
  answers,
  Awaited,
  cause,
  matchAnswer,
  matchNeutralised,
  noted,
  refuses,
  transactionOf,
  transactionOfUnnumbered,
} from './exchanges.ts'
import { isAcknowledge, isNumbered, Numbers } from './numbers.ts'
import { iec104 as vocabulary } from './ops.ts'
import { asduTypes, readType, reportedType, undefinedType } from './types.ts'

class State {
  readonly numbers = new Numbers()
  readonly awaited = new Awaited()
}

const start = 0x68
/** Start byte, length and four control fields; the length counts what follows it. */
const header = 6
const longest = 2 + 253

const frame = (bytes: Uint8Array, at: number, end: number): number => {
  if (end <= at) return 0
  if (bytes[at] !== start) return -1
  if (end < at + 2) return 0
  const length = bytes[at + 1] ?? 0
  if (length < 4 || length > 253) return -1
  // S and U formats are the control fields alone.
  if (end > at + 2 && length !== 4 && !isNumbered(bytes, at)) return -1
  return 2 + length
}

/**
 * Outstanding requests of one type to one object. Clients repeat them without waiting; some stations never confirm a clock, and what is
 * asked of all stations is never over.
 */
const mostAlike = 4

/** U format: one function, activated or confirmed (5.3). */
const unnumbered: Readonly<Record<number, readonly [op: string, activation: number, confirms: boolean]>> = {
  0x07: ['startdt', 0x07, false],
  0x0b: ['startdt', 0x07, true],
  0x13: ['stopdt', 0x13, false],
  0x23: ['stopdt', 0x13, true],
  0x43: ['testfr', 0x43, false],
  0x83: ['testfr', 0x43, true],
}

const readUnnumbered = (bytes: Uint8Array, at: number, fromClient: boolean, message: Message): void => {
  const known = unnumbered[bytes[at + 2] ?? 0]
  if (known === undefined || bytes[at + 3] !== 0 || bytes[at + 4] !== 0 || bytes[at + 5] !== 0) {
    message.fault = 'malformed'
    return
  }
  message.begin(known[0])
  // Either end may test at any time, and both at once: there is nothing to match.
  if (known[1] === 0x43) return
  message.transaction = transactionOfUnnumbered(known[1])
  if (fromClient && !known[2]) message.role = 'request'
  if (!fromClient && known[2]) message.role = 'response'
}

const readAsdu = (
  bytes: Uint8Array,
  asdu: number,
  end: number,
  fromClient: boolean,
  { state, pending }: Conversation<State>,
  message: Message,
): void => {
  if (end < asdu + asduHeader) {
    message.fault = 'malformed'
    return
  }
  const code = bytes[asdu] ?? 0
  const why = causeOf(bytes, asdu)
  const type = (fromClient ? undefined : reportedType(code, why)) ?? asduTypes[code]
  if (type === undefined) {
    if (!fromClient && code === undefinedType && answers(why)) {
      const request = matchNeutralised(bytes, asdu, pending)
      if (request !== undefined) {
        message.role = 'response'
        message.transaction = request.transaction
        message.refused = refuses(bytes, asdu)
      }
    }
    return readUnlisted(bytes, asdu, message)
  }
  if (end < asdu + asduHeader + 3 && type.op !== 'authentication') {
    message.fault = 'malformed'
    return
  }
  let valued = true
  if (type.direction === 'control') {
    if (fromClient) {
      message.role = 'request'
      message.transaction = transactionOf(bytes, asdu)
      pending.again(message.transaction, mostAlike)
      message.notes[noted.type] = code
      message.notes[noted.cause] = why
    } else if (answers(why)) {
      message.role = 'response'
      const request = matchAnswer(bytes, asdu, state.awaited, pending, message)
      // A refused command changes nothing, and a selected one nothing yet.
      message.refused = refuses(bytes, asdu)
      valued = request !== undefined && !message.refused
    }
  }
  readObjects(type, bytes, asdu, end, fromClient, valued, message)
  if (!fromClient && type.direction === 'monitor' && why === cause.requested) answerRead(bytes, asdu, pending, message)
}

/** What was asked for with a read command (type 102) comes as a report of its own type. */
const answerRead = (bytes: Uint8Array, asdu: number, pending: Conversation['pending'], message: Message): void => {
  const transaction = transactionOf(bytes, asdu, readType)
  if (pending.find(transaction) === undefined) return
  message.role = 'response'
  message.transaction = transaction
  for (let index = 0; index < message.count; index++) {
    const command = message.commands[index]
    if (command !== undefined) command.op = 'read'
  }
}

const parse: Codec<State>['parse'] = (bytes, at, end, fromClient, conversation, message) => {
  if (end < at + header || end !== at + 2 + (bytes[at + 1] ?? 0)) {
    message.fault = 'malformed'
    return
  }
  conversation.state.numbers.note(bytes, at, fromClient)
  if (((bytes[at + 4] ?? 0) & 1) !== 0) message.fault = 'malformed'
  if (isNumbered(bytes, at)) return readAsdu(bytes, at + header, end, fromClient, conversation, message)
  if (end !== at + header) message.fault = 'malformed'
  else if (isAcknowledge(bytes, at)) {
    if (bytes[at + 2] !== 1 || bytes[at + 3] !== 0) message.fault = 'malformed'
    message.begin('acknowledge')
  } else readUnnumbered(bytes, at, fromClient, message)
}

/** The cause of a refusal: a negative confirmation where the request can be confirmed, else that the station does not know it. */
const refusalCause = (asked: number, why: Refusal): number => {
  if (why === 'object') return cause.unknownAddress
  if (asked === cause.activation) return cause.confirmation
  return asked === cause.deactivation ? cause.deactivationConfirmation : cause.unknownType
}

/** The cause byte of a refusal; the test bit stays as the client set it. */
const refused = (byte: number, code: number): number => (byte & 0x80) | negativeBit | code

const refuse: Codec<State>['refuse'] = (bytes, at, end, { state, whole }, why, out) => {
  if (end < at + header) return 0
  if (!isNumbered(bytes, at)) {
    // A later acknowledgement says the same. What starts, stops or tests has no refusal, and its sender gives up without answer.
    return isAcknowledge(bytes, at) ? 0 : -1
  }
  const asdu = at + header
  // What is no ASDU cannot be mirrored; its frame is acknowledged, for without that the client gives up.
  const mirrored = end >= asdu + asduHeader
  const size = mirrored ? Math.min(end - at, longest) : header
  out[0] = start
  out[1] = size - 2
  state.numbers.refusal(bytes, at, whole, mirrored, out)
  if (!mirrored) return size
  for (let index = header; index < size; index++) out[index] = bytes[at + index] ?? 0
  out[header + 2] = refused(bytes[asdu + 2] ?? 0, refusalCause(causeOf(bytes, asdu), why))
  return size
}

export const iec104Codec = defineCodec<State>({
  vocabulary,
  open: () => new State(),
  frame,
  longest,
  parse,
  refuse,
  abandonable: false,
  neutralise: (bytes, at, end) => {
    const asdu = at + header
    if (end < asdu + asduHeader + 3 || !isNumbered(bytes, at)) return false
    // Only what is mirrored with its type can be put back.
    if (asduTypes[bytes[asdu] ?? 0]?.direction !== 'control') return false
    bytes[asdu] = undefinedType
    return true
  },
  restore: (bytes, at, end, _conversation, request) => {
    const asdu = at + header
    if (end < asdu + asduHeader || !isNumbered(bytes, at) || bytes[asdu] !== undefinedType) return
    bytes[asdu] = request.notes[noted.type] ?? 0
    bytes[asdu + 2] = refused(bytes[asdu + 2] ?? 0, refusalCause(request.notes[noted.cause] ?? 0, 'function'))
  },
  withheld: ({ state }, answered) => state.numbers.withhold(answered),
  numberedWithin: header,
  numberedFrom: 2,
  renumber: (bytes, at, end, fromClient, { state }) =>
    end >= at + header && state.numbers.renumber(bytes, at, fromClient),
})

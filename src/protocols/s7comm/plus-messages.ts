/**
 * S7comm-plus (protocol identifier 0x72): a header of version and length, from version 3 on a digest, what is said, and a trailer
 * that only the last frame of a message has.
 */
import { u16be, u32be } from '#core/bytes.ts'
import type { Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { isError } from './plus-numbers.ts'
import { plusOp, readPlusRequest } from './plus-requests.ts'
import { transactions, type PlusFrames, type S7State } from './state.ts'

const identifier = 0x72
const header = 4
const versions = { first: 1, digested: 3, event: 0xfe, alive: 0xff } as const
/** HMAC-SHA-256. */
const digestSize = 32
const opcodes = { request: 0x31, response: 0x32, notification: 0x33 } as const
/** Opcode, function, sequence and session, up to the flags; a response has no session, a notification nothing of it. */
const requestHeader = 14
const headers: Readonly<Record<number, number>> = { 0x31: requestHeader, 0x32: 9, 0x33: 1 }

/** Of a response, with its flags; what it returns follows. */
const responseHeader = 10

const rolesOf = (opcode: number, message: Message, sequence: number): void => {
  message.role = opcode === opcodes.request ? 'request' : opcode === opcodes.response ? 'response' : 'one-way'
  if (message.role !== 'one-way') message.transaction = transactions.plus + sequence
}

/** The last frame of a message whose first one said what it is. */
const readLast = (frames: PlusFrames, message: Message): void => {
  frames.open = false
  rolesOf(frames.opcode, message, frames.sequence)
  if (frames.opcode === opcodes.response) {
    message.refused = frames.refused
    return
  }
  const command = message.begin(frames.op)
  command.unreadable = true
  if (frames.op === 'plus-unlisted') command.number('function', frames.code)
}

const readFirst = (
  frames: PlusFrames,
  isLast: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  message: Message,
): void => {
  const opcode = bytes[at] ?? 0
  const size = headers[opcode]
  // A controller asks nothing. What a client answers would be taken for the answer to what it asked itself.
  if (fromClient && opcode === opcodes.response) return message.malformed('plus-unlisted')
  if (size === undefined || end - at < size) return message.malformed('plus-unlisted')
  const code = u16be(bytes, at + 3)
  const sequence = u16be(bytes, at + 7)
  const body = at + requestHeader
  const refused = opcode === opcodes.response && isError(bytes, at + responseHeader, end)
  const op =
    opcode === opcodes.notification
      ? 'plus-notification'
      : plusOp(code, u32be(bytes, at + 9), bytes, Math.min(body, end), end)
  if (!isLast) {
    frames.open = true
    frames.op = op
    frames.opcode = opcode
    frames.code = code
    frames.sequence = sequence
    frames.refused = refused
    message.role = 'part'
    return
  }
  rolesOf(opcode, message, sequence)
  message.refused = refused
  if (opcode === opcodes.request) readPlusRequest(op, code, bytes, body, end, message)
  else if (opcode === opcodes.notification) message.begin(op)
}

/** Whether a controller's message may begin here. */
const mayBegin = (bytes: Uint8Array, at: number, end: number): boolean => {
  const opcode = bytes[at] ?? 0
  const size = headers[opcode]
  return opcode !== opcodes.request && size !== undefined && end - at >= size
}

/** Reads the frame from `at` to `end`. */
export const readPlus = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  { state, whole }: Pick<Conversation<S7State>, 'state' | 'whole'>,
  message: Message,
): void => {
  if (end - at < header) return message.malformed('plus-unlisted')
  const version = bytes[at + 1] ?? 0
  if (version === versions.alive) {
    message.begin('plus-keep-alive')
    // Between the frames of a message it does not end it.
    if (fromClient && state.plusClient.open) message.role = 'part'
    return
  }
  const stop = at + header + u16be(bytes, at + 2)
  const rest = end - stop
  const isLast = rest === header && bytes[stop] === identifier && bytes[stop + 1] === version
  if (rest < 0 || (rest !== 0 && !isLast)) return message.malformed('plus-unlisted')
  if (version === versions.event) {
    message.begin('plus-system-event')
    return
  }
  if (version < versions.first || version > versions.digested) return message.malformed('plus-unlisted')
  const frames = fromClient ? state.plusClient : state.plusServer
  const digest = version === versions.digested ? 1 + (bytes[at + header] ?? 0) : 0
  const body = at + header + digest
  // Of another length it would hide where the message begins.
  if (body > stop || (!frames.open && digest !== 0 && digest !== 1 + digestSize))
    return message.malformed('plus-unlisted')
  const isPlaced = whole || frames.placed
  if (isLast) frames.placed = true
  // Taken up in the midst, this may be the rest of a message: of a controller, which asks nothing, it then says nothing.
  if (!fromClient && !isPlaced && !frames.open && !mayBegin(bytes, body, stop)) {
    message.role = 'part'
    return
  }
  if (!frames.open) readFirst(frames, isLast, bytes, body, stop, fromClient, message)
  else if (isLast) readLast(frames, message)
  else message.role = 'part'
  if (fromClient && frames.open) state.split = true
}

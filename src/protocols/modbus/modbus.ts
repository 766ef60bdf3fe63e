/** Modbus/TCP: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1 (MBAP), and Application Protocol V1.1b3. */
import { u16be } from '#core/bytes.ts'
import { defineCodec, type Conversation, type Refusal } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { modbus as vocabulary } from './ops.ts'
import { readRequest } from './requests.ts'
import { readResponse } from './responses.ts'

const header = 7
/** Unit identifier and PDU: the specification's limit, and what UMAS stretches it to. */
const longestPdu = 254
const longestUmas = 2048

const frame = (bytes: Uint8Array, at: number, end: number): number => {
  const there = end - at
  if (there >= 3 && bytes[at + 2] !== 0) return -1
  if (there >= 4 && bytes[at + 3] !== 0) return -1
  if (there < header) return 0
  const length = u16be(bytes, at + 4)
  if (length < 2 || length > longestUmas) return -1
  if (length <= longestPdu) return 6 + length
  if (there === header) return 0
  return bytes[at + header] === 90 ? 6 + length : -1
}

/** Transaction identifier, unit and function together: two masters behind one address translation may number alike. */
const transactionOf = (bytes: Uint8Array, at: number): number =>
  u16be(bytes, at) * 0x1_0000 + (bytes[at + 6] ?? 0) * 0x100 + ((bytes[at + header] ?? 0) & 0x7f)

const parse = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  { pending }: Conversation,
  message: Message,
): void => {
  message.transaction = transactionOf(bytes, at)
  message.role = fromClient ? 'request' : 'response'
  const unit = bytes[at + 6] ?? 0
  if (fromClient) readRequest(bytes, at + header, end, unit, message)
  else readResponse(bytes, at + header, end, unit, pending.find(message.transaction), message)
}

/** Section 7: illegal function, illegal data address, illegal data value; a server that cannot do it now is busy. */
const exceptions: Readonly<Record<Refusal, number>> = { function: 1, object: 2, value: 3, state: 6 }

const refuse = (
  bytes: Uint8Array,
  at: number,
  end: number,
  _conversation: Conversation,
  why: Refusal,
  out: Uint8Array,
): number => {
  if (end < at + header + 1) return 0
  for (let index = 0; index < header; index++) out[index] = bytes[at + index] ?? 0
  out[4] = 0
  out[5] = 3
  out[7] = (bytes[at + header] ?? 0) | 0x80
  out[8] = exceptions[why]
  return 9
}

/** A function code that no specification uses and that has no exception bit: a server answers it with exception 01. */
const refusedFunction = 0x7f

export const modbusCodec = defineCodec<undefined>({
  vocabulary,
  open: () => undefined,
  frame,
  longest: 6 + longestUmas,
  parse,
  refuse,
  abandonable: false,
  neutralise: (bytes, at, end) => {
    if (end < at + header + 1) return false
    bytes[at + header] = refusedFunction
    return true
  },
  restore: (bytes, at, end, _conversation, request) => {
    if (end > at + header) bytes[at + header] = (request.transaction & 0x7f) | 0x80
  },
})

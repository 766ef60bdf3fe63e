/** What a transport data unit carries: S7comm (0x32), S7comm-plus (0x72), or something else. */
import { u16be } from '#core/bytes.ts'
import type { Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { readAnswer } from './answers.ts'
import { readJob } from './jobs.ts'
import { readPlus } from './plus-messages.ts'
import { transactions, type S7State } from './state.ts'
import { readUserdataMessage } from './userdata-messages.ts'

export const protocol = { s7: 0x32, plus: 0x72 } as const
/** ROSCTR: the kind of message. */
export const kinds = { job: 1, acknowledgement: 2, result: 3, userdata: 7 } as const
/** Of requests and of userdata; acknowledgements add an error. */
export const shortHeader = 10
const longHeader = 12

const readS7 = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  conversation: Conversation<S7State>,
  message: Message,
): void => {
  const { state, pending } = conversation
  if (end - at < shortHeader) return message.malformed('unlisted')
  const kind = bytes[at + 1] ?? 0
  const answers = kind === kinds.acknowledgement || kind === kinds.result
  const reference = u16be(bytes, at + 4)
  const start = at + (answers ? longHeader : shortHeader)
  const stop = start + u16be(bytes, at + 6)
  if (kind === kinds.job || answers) {
    message.role = answers ? 'response' : 'request'
    message.transaction = (fromClient === answers ? transactions.server : transactions.client) + reference
  }
  if (start > end || stop + u16be(bytes, at + 8) !== end) {
    if (!answers) message.begin('unlisted')
    message.fault = 'malformed'
    return
  }
  if (kind === kinds.job) readJob(bytes, start, stop, end, state, message)
  else if (kind === kinds.userdata)
    readUserdataMessage(bytes, start, stop, end, fromClient, reference, conversation, message)
  else if (answers) {
    const isError = u16be(bytes, at + 10) !== 0
    const request = pending.find(message.transaction)
    readAnswer(bytes, start, stop, end, isError, fromClient, state, request, message)
  } else {
    message.malformed('unlisted')
  }
}

export const readMessage = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  conversation: Conversation<S7State>,
  message: Message,
): void => {
  // Between the frames of a message of S7comm-plus there is none of another protocol.
  if (fromClient && conversation.state.plusClient.open && bytes[at] !== protocol.plus) message.malformed('unlisted')
  else if (bytes[at] === protocol.s7) readS7(bytes, at, end, fromClient, conversation, message)
  else if (bytes[at] === protocol.plus) readPlus(bytes, at, end, fromClient, conversation, message)
  else message.fault = 'not-protocol'
}

/** Userdata (ROSCTR 7): parameters from `at` to `stop`, data to `end`. Requests, responses and reports have one form. */
import { u16be } from '#core/bytes.ts'
import type { Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { readIdentity } from './identity.ts'
import { transactions, type S7State } from './state.ts'
import { askedOp, group, reportedOp } from './userdata-codes.ts'
import { readUserdata } from './userdata-requests.ts'
import { dataSize } from './values.ts'

/** High half of the byte that says type and group; machine tools have types of their own. */
const kinds = {
  report: 0,
  request: 4,
  response: 8,
  ncReport: 3,
  ncRequest: 7,
  ncResponse: 11,
} as const
const dataHeader = 4
/** Marks notes of userdata, so that they are not taken for those of a job. */
export const userdataNote = 0x1_0000

const readResponse = (
  bytes: Uint8Array,
  at: number,
  stop: number,
  end: number,
  groupCode: number,
  sub: number,
  { state, pending }: Conversation<S7State>,
  message: Message,
): void => {
  const request = pending.find(message.transaction)
  const isLonger = stop - at === 12
  const sequence = bytes[at + 7] ?? 0
  // The return code of the data also says that there are none: only the error of the parameters tells what was refused.
  message.refused = isLonger && u16be(bytes, at + 10) !== 0
  if (request === undefined || request.notes[3] !== userdataNote + groupCode * 0x100 + sub) return
  if (isLonger && bytes[at + 9] !== 0) state.followed.keep(sequence, request.notes[0] ?? -1)
  if (groupCode === group.cpu && sub === 1 && request.notes[1] === 0)
    readIdentity(bytes, stop + dataHeader, end, message)
}

export const readUserdataMessage = (
  bytes: Uint8Array,
  at: number,
  stop: number,
  end: number,
  fromClient: boolean,
  reference: number,
  conversation: Conversation<S7State>,
  message: Message,
): void => {
  const { state } = conversation
  const size = bytes[at + 3] ?? 0
  // The report of a change of mode has a head of its own.
  if (!fromClient && bytes[at] === 1 && stop - at === 8 && end === stop) {
    message.begin('mode-transition')
    return
  }
  if (u16be(bytes, at) !== 1 || bytes[at + 2] !== 0x12 || (size !== 4 && size !== 8) || stop - at !== 4 + size)
    return message.malformed('unlisted-userdata')
  const data = end - stop
  if (data !== 0 && (data < dataHeader || data !== dataHeader + dataSize(bytes, stop)))
    return message.malformed('unlisted-userdata')
  const kind = (bytes[at + 5] ?? 0) >> 4
  const groupCode = (bytes[at + 5] ?? 0) & 15
  const sub = bytes[at + 6] ?? 0
  const sequence = bytes[at + 7] ?? 0
  const isNc = (kind & 3) === 3
  const asks = kind === kinds.request || kind === kinds.ncRequest
  const answers = kind === kinds.response || kind === kinds.ncResponse
  const reports = kind === kinds.report || kind === kinds.ncReport
  if (!asks && !answers && !reports) return message.malformed('unlisted-userdata')
  const transaction = (fromClient === asks ? transactions.client : transactions.server) + reference
  // Nobody knows that a device tells by the kind alone: an answer of the client to nothing, or to something else, is judged as what it
  // would ask for.
  const asked = answers && fromClient ? conversation.pending.find(transaction)?.notes[3] : undefined
  const isAnswer = answers && (!fromClient || asked === userdataNote + groupCode * 0x100 + sub)
  message.role = asks ? 'request' : isAnswer ? 'response' : 'one-way'
  if (asks || isAnswer) message.transaction = transaction
  if (answers && !fromClient) return readResponse(bytes, at, stop, end, groupCode, sub, conversation, message)
  message.notes[1] = sequence
  message.notes[3] = userdataNote + groupCode * 0x100 + sub
  if (reports && !fromClient) {
    const op = isNc ? 'nc-programming' : reportedOp(groupCode, sub)
    const command = message.begin(op)
    if (op === 'unlisted-userdata') command.number('function', groupCode).number('subfunction', sub)
    return
  }
  const from = Math.min(end, stop + dataHeader)
  const op = isNc ? 'nc-programming' : askedOp(groupCode, sub)
  readUserdata(op, groupCode, sub, sequence, bytes, from, end, state, message)
}

/** Chunks of a secure channel: OPC 10000-6, 6.7. */
import { u32le } from '#core/bytes.ts'
import type { Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { channelFields, opened, policyName, settled } from './channel.ts'
import { kinds, secureHeader, types } from './chunk.ts'
import { openTransaction } from './connection.ts'
import { requestHeader } from './notes.ts'
import { closeRequest, isPlausible, readRequest } from './requests.ts'
import { readResponse } from './responses.ts'
import { walk } from './shared-walk.ts'
import { modeNames, modes, type State } from './state.ts'

const openRequest = 446

/** OPN: the policy is in the clear; behind it everything is encrypted unless the policy is None. */
export const readOpen = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  { state }: Conversation<State>,
  message: Message,
): void => {
  message.role = fromClient ? 'request' : 'response'
  message.transaction = openTransaction
  walk.start(bytes, at + 8, end, message)
  const channel = walk.u32()
  walk.string()
  const policy = policyName(bytes, walk.from, walk.to)
  walk.string()
  walk.string()
  if (walk.failed) message.fault = 'malformed'
  else if (policy === 'None') {
    const number = walk.u32()
    message.transaction = walk.u32()
    if (fromClient) {
      opened(state, policy, channel !== 0)
      state.client.seen(number)
    } else {
      if (state.reopening) state.server.sequence.restart()
      state.reopening = false
      state.server.seen(number)
    }
  } else if (fromClient) opened(state, policy, channel !== 0)
  if (!fromClient) return
  const command = message.begin('open-secure-channel').text('security-policy', policy)
  if (policy !== 'None' || walk.failed) return
  walk.node()
  if (walk.id.namespace !== 0 || walk.id.number !== openRequest) walk.failed = true
  walk.state = state
  requestHeader(walk)
  walk.skip(8)
  const mode = modeNames[walk.u32()] ?? ''
  if (mode !== '') command.text('security-mode', mode)
  walk.string()
  walk.skip(4)
  if (walk.failed || mode === '' || walk.at !== end) message.fault ??= 'malformed'
}

const opaque = ({ state }: Conversation<State>, message: Message): void => {
  const command = message.begin('opaque')
  channelFields(command, state)
  if (state.endpoint !== undefined) command.text('endpoints', state.endpoint)
}

/** Whether the body can be read. What cannot be on a channel that is secured is encrypted, and so is all that follows. */
const isReadable = (bytes: Uint8Array, from: number, to: number, state: State, message: Message): boolean => {
  if (state.mode === modes.none || state.mode === modes.sign) return true
  if (state.mode === modes.encrypt) return false
  if (isPlausible(bytes, from, to, message)) return true
  if (state.policy !== undefined) state.mode = modes.encrypt
  return false
}

/** CLO: nothing answers it. What else stands in one is a request to servers that look no further than at the body. */
const readClose = (
  bytes: Uint8Array,
  from: number,
  end: number,
  conversation: Conversation<State>,
  message: Message,
): void => {
  const { state } = conversation
  message.role = 'one-way'
  if (!isReadable(bytes, from, end, state, message)) return opaque(conversation, message)
  const command = message.begin('close-secure-channel')
  walk.start(bytes, from, Math.max(from, end - Math.max(0, state.signature)), message).node()
  walk.state = state
  if (walk.id.namespace !== 0 || walk.id.number !== closeRequest) walk.failed = true
  requestHeader(walk)
  if (walk.failed || !settled(state, walk.end - walk.at)) message.fault = 'malformed'
  channelFields(command, state)
}

const readBody = (
  bytes: Uint8Array,
  from: number,
  to: number,
  fromClient: boolean,
  { state, pending, whole }: Conversation<State>,
  message: Message,
): void => {
  const earlier = pending.find(message.transaction)
  if (!fromClient) return readResponse(bytes, from, to, state, earlier, message)
  readRequest(bytes, from, to, state, whole, message)
  // Two requests of one number: which of them an answer is to cannot be told.
  if (earlier === undefined) return
  earlier.notes[1] = 0
  message.notes[1] = 0
}

/** MSG and CLO. */
export const readSecured = (
  bytes: Uint8Array,
  at: number,
  end: number,
  type: number,
  fromClient: boolean,
  conversation: Conversation<State>,
  message: Message,
): void => {
  const { state } = conversation
  const direction = fromClient ? state.client : state.server
  const { chunks } = direction
  const from = at + secureHeader
  if (from > end) return message.malformed(type === types.close ? 'close-secure-channel' : 'unlisted')
  if (fromClient) state.answerNumbered = type === types.message
  if (type === types.close) {
    direction.seen(u32le(bytes, at + 16))
    return readClose(bytes, from, end, conversation, message)
  }
  const request = u32le(bytes, at + 20)
  const kind = bytes[at + 3]
  const continued = chunks.request === request
  if (!continued && !isReadable(bytes, from, end, state, message)) return opaque(conversation, message)
  direction.seen(u32le(bytes, at + 16))
  message.transaction = request
  const other = chunks.unfinished && !continued
  const several = kind !== kinds.final || continued
  if (fromClient) state.partial = several
  // Which of the pieces of two messages, or of one whose end was withheld, a server puts together is its own affair.
  if (fromClient && (other || state.broken)) return message.malformed('unlisted')
  if (kind === kinds.abort) {
    // As above: what a server has of it may come before what is judged next.
    if (fromClient && continued) message.malformed('unlisted')
    chunks.clear()
    // A server that gives an answer up sends no other one; a client that gives a request up gets none.
    if (!fromClient) {
      message.role = 'response'
      message.refused = true
    }
    return
  }
  const to = end - Math.max(0, state.signature)
  message.role = kind === kinds.intermediate ? 'part' : fromClient ? 'request' : 'response'
  if (to < from) {
    if (fromClient) message.begin('unlisted')
    message.fault = 'malformed'
  } else if (several) {
    // What a server sends too much of shows nothing, and does no harm.
    if (!chunks.add(bytes, from, to, request) && fromClient) message.fault = 'too-long'
    if (kind === kinds.intermediate) return
    if (!chunks.lost) readBody(chunks.bytes, 0, chunks.length, fromClient, conversation, message)
    else if (fromClient) message.begin('unlisted')
    chunks.clear()
  } else if (!other) readBody(bytes, from, to, fromClient, conversation, message)
}

/** OPC UA binary over TCP: OPC 10000-6 (mappings), OPC 10000-4 (services). A unit is one chunk. */
import { putU32le, u32le } from '#core/bytes.ts'
import { defineCodec, type Codec } from '#core/codec.ts'
import { isOpen, notOpened } from './channel.ts'
import { frame, header, longest, secureHeader, typeOf, types } from './chunk.ts'
import { readConnection } from './connection.ts'
import { opcua as vocabulary } from './ops.ts'
import { refuse } from './refusal.ts'
import { readOpen, readSecured } from './secure.ts'
import { State } from './state.ts'

const parse: Codec<State>['parse'] = (bytes, at, end, fromClient, conversation, message) => {
  const type = typeOf(bytes, at)
  const { state } = conversation
  if (fromClient) state.answerNumbered = state.partial = state.opening = false
  const direction = fromClient ? state.client : state.server
  direction.numbered = false
  if (frame(bytes, at, end) !== end - at || end - at < header) return message.malformed('unlisted')
  // Some servers keep the pieces of a message that does not go on, and put whatever comes behind them.
  if (fromClient && state.client.chunks.unfinished && type !== types.message) return message.malformed('unlisted')
  if (type === types.open) readOpen(bytes, at, end, fromClient, conversation, message)
  else if (type === types.message || type === types.close)
    readSecured(bytes, at, end, type, fromClient, conversation, message)
  else readConnection(bytes, at, end, type, fromClient, conversation, message)
}

/** Where the sequence number of a unit is; -1 when it has none, or one that cannot be changed. */
const numberAt = (bytes: Uint8Array, at: number, end: number, state: State): number => {
  if (!isOpen(state)) return -1
  const type = typeOf(bytes, at)
  if (type === types.message || type === types.close) return at + secureHeader <= end ? at + 16 : -1
  if (type !== types.open) return -1
  // Behind the channel: policy, certificate and thumbprint, each with its length; null has none.
  let place = at + 12
  for (let index = 0; index < 3; index++) place += 4 + Math.max(0, u32le(bytes, place) | 0)
  return place + 8 <= end ? place : -1
}

export const opcuaCodec = defineCodec<State>({
  vocabulary,
  open: () => new State(),
  frame,
  longest,
  parse,
  refuse,
  // A server keeps chunks until their last one comes, and closes the channel when another message comes in between.
  abandonable: false,
  withheld: ({ state }, answered, fromClient) => {
    const { sequence, numbered } = fromClient ? state.client : state.server
    if (numbered) sequence.withheld()
    if (fromClient && state.partial) state.broken = true
    if (fromClient && state.opening) notOpened(state)
    if (answered && state.answerNumbered) state.server.sequence.added()
  },
  numberedWithin: secureHeader,
  numberedFrom: 16,
  renumber: (bytes, at, end, fromClient, { state }) => {
    const { sequence } = fromClient ? state.client : state.server
    if (sequence.shift === 0) return false
    const place = numberAt(bytes, at, end, state)
    if (place < 0) return false
    putU32le(bytes, place, sequence.moved(u32le(bytes, place)))
    return true
  },
})

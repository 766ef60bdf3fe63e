/** Hello, Acknowledge, Error and ReverseHello: OPC 10000-6, 7.1.2. They carry no security and no numbers. */
import type { Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { header, types } from './chunk.ts'
import { walk } from './shared-walk.ts'
import type { State } from './state.ts'
import { endpoint } from './channel.ts'
import { run, string, u32, type Part } from './walk.ts'

/** Stand for transactions that have no request number, beyond all that have. */
const helloTransaction = 0x1_0000_0000
export const openTransaction = 0x1_0000_0001

/** ProtocolVersion, ReceiveBufferSize, SendBufferSize, MaxMessageSize, MaxChunkCount. */
const limits: readonly Part[] = [u32, u32, u32, u32, u32]
const hello: readonly Part[] = [...limits, endpoint]
/** Error, Reason; ServerUri, EndpointUrl. */
const error: readonly Part[] = [u32, string]
const reverseHello: readonly Part[] = [string, string]

export const readConnection = (
  bytes: Uint8Array,
  at: number,
  end: number,
  type: number,
  fromClient: boolean,
  { state, pending }: Conversation<State>,
  message: Message,
): void => {
  walk.start(bytes, at + header, end, message)
  walk.command = undefined
  if (fromClient !== (type === types.hello)) return message.malformed('unlisted')
  switch (type) {
    case types.hello:
      message.role = 'request'
      message.transaction = helloTransaction
      walk.op = 'hello'
      run(hello, walk)
      state.endpoint = walk.text()
      break
    case types.acknowledge:
      message.role = 'response'
      message.transaction = helloTransaction
      run(limits, walk)
      break
    case types.reverseHello:
      message.begin('reverse-hello')
      run(reverseHello, walk)
      break
    default:
      // An error ends the connection; it answers whatever opened it.
      if (pending.find(helloTransaction) !== undefined) message.transaction = helloTransaction
      else if (pending.find(openTransaction) !== undefined) message.transaction = openTransaction
      if (message.transaction >= 0) {
        message.role = 'response'
        message.refused = true
      }
      run(error, walk)
  }
  if (walk.failed || walk.at !== end) message.fault ??= 'malformed'
  if (type === types.hello && message.count === 0) message.begin('hello')
}

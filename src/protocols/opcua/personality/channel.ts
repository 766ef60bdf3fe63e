/** The connection and its secure channel, without security: OPC 10000-6, 6.7 and 7.1. */
import { joined, putU32le, u32le } from '#core/bytes.ts'
import { printable, type Answer } from '#core/personality.ts'
import { kinds, secureHeader, typeOf, types } from '../chunk.ts'
import { policyName } from '../channel.ts'
import type { Conversation } from './call.ts'
import { limits } from './limits.ts'
import { requestHeader, responseHeader, served, startReading } from './services.ts'
import { good, status } from './status.ts'
import { Writer } from './writer.ts'

/** The standard's least. */
const leastBuffer = 8192
const openResponse = 449
const openRequest = 446
const nonePolicy = 'http://opcfoundation.org/UA/SecurityPolicy#None'
/** ms. */
const lifetime = { shortest: 10_000, longest: 3_600_000 }

const unit = (type: number, kind: number, body: Uint8Array): Uint8Array => {
  const head = Uint8Array.of(type >> 16, type >> 8, type, kind, 0, 0, 0, 0)
  putU32le(head, 4, head.length + body.length)
  return joined(head, body)
}
const reasons: Readonly<Record<number, string>> = {
  [status.tcpMessageTypeInvalid]: 'Message type invalid',
  [status.tcpMessageTooLarge]: 'Message too large',
  [status.securityPolicyRejected]: 'Security policy rejected',
  [status.securityModeRejected]: 'Security mode rejected',
}
export const errorUnit = (code: number): Uint8Array =>
  unit(types.error, kinds.final, new Writer().u32(code).string(reasons[code]).written)

const failure = (note: string, code: number): Answer => ({
  send: [errorUnit(code)],
  exchanges: 1,
  close: true,
  notes: [note],
})

/** @returns what answers the chunks of one connection */
export const channelOf = (conversation: Conversation): ((chunk: Uint8Array) => Answer) => {
  const { context, chance } = conversation
  let greeted = false
  let channel = 0
  let token = 0
  let sequence = 0
  /** Bytes of a chunk, and of a whole message, that the client takes. */
  let buffer: number = leastBuffer
  let most = 0
  let parts: Uint8Array[] = []
  let request = 0

  const hello = (chunk: Uint8Array): Answer => {
    const reader = startReading(chunk)
    reader.skip(12)
    const receives = reader.u32()
    const sends = reader.u32()
    most = reader.u32()
    reader.skip(4)
    reader.string()
    if (greeted || reader.failed || reader.to - reader.from > 4096)
      return failure('hello', status.tcpEndpointUrlInvalid)
    greeted = true
    buffer = Math.min(65_536, Math.max(leastBuffer, receives))
    const body = new Writer().u32(0).u32(Math.min(limits.chunk, Math.max(leastBuffer, sends)))
    body
      .u32(buffer)
      .u32(limits.message)
      .u32(Math.ceil(limits.message / leastBuffer))
    return { send: [unit(types.acknowledge, kinds.final, body.written)], exchanges: 1, notes: ['hello'] }
  }

  const open = (chunk: Uint8Array): Answer => {
    const reader = startReading(chunk)
    reader.skip(12)
    reader.string()
    const policy = policyName(reader.bytes, reader.from, reader.to)
    const note = printable(`open-secure-channel ${policy}`)
    if (policy !== 'None') return failure(note, status.securityPolicyRejected)
    reader.string()
    reader.string()
    reader.skip(4)
    const number = reader.u32()
    reader.node()
    const isOpen = reader.id.namespace === 0 && reader.id.number === openRequest
    const { handle } = requestHeader(reader)
    reader.skip(4)
    const renewed = reader.u32() === 1
    const mode = reader.u32()
    reader.string()
    const asked = reader.u32()
    if (reader.failed || !isOpen) return failure(note, status.securityChecksFailed)
    if (mode !== 1) return failure(note, status.securityModeRejected)
    if (renewed ? channel === 0 || u32le(chunk, 8) !== channel : channel !== 0)
      return failure(note, status.secureChannelIdInvalid)
    if (!renewed) channel = 1 + (chance() % 0xffff)
    token++
    const now = context.now()
    const body = new Writer().u32(channel).string(nonePolicy).u32(-1).u32(-1).u32(++sequence).u32(number)
    responseHeader(body, openResponse, now, handle, good).u32(0).u32(channel).u32(token).time(now)
    body.u32(Math.min(lifetime.longest, Math.max(lifetime.shortest, asked))).bytes(Uint8Array.of(0))
    return { send: [unit(types.open, kinds.final, body.written)], exchanges: 1, notes: [note] }
  }

  /** In chunks as large as the client takes. */
  const chunked = (number: number, body: Uint8Array): Uint8Array[] => {
    const chunks: Uint8Array[] = []
    const size = buffer - secureHeader
    for (let at = 0; at < body.length; at += size) {
      const head = new Writer().u32(channel).u32(token).u32(++sequence).u32(number)
      const kind = at + size < body.length ? kinds.intermediate : kinds.final
      chunks.push(unit(types.message, kind, joined(head.written, body.subarray(at, at + size))))
    }
    return chunks
  }

  const message = (chunk: Uint8Array): Answer => {
    const kind = chunk[3]
    const number = u32le(chunk, 20)
    if (parts.length === 0) request = number
    else if (request !== number) return failure('mixed chunks', status.securityChecksFailed)
    if (kind === kinds.abort) {
      parts = []
      return { send: [], exchanges: 1, notes: ['abort'] }
    }
    parts.push(chunk.slice(secureHeader))
    const size = parts.reduce((sum, { length }) => sum + length, 0)
    if (size > limits.message || parts.length > limits.message / leastBuffer)
      return failure('too large', status.tcpMessageTooLarge)
    if (kind !== kinds.final) return { send: [], exchanges: 0 }
    const body = joined(...parts)
    parts = []
    const { body: response, note, attempts, delay } = served(conversation, body)
    if (response.length > limits.response || (most !== 0 && response.length > most))
      return failure(note, status.responseTooLarge)
    return {
      send: chunked(number, response),
      exchanges: 1,
      notes: [note],
      ...(attempts.length > 0 && { attempts }),
      ...(delay > 0 && { delay }),
    }
  }

  return (chunk) => {
    const type = typeOf(chunk, 0)
    if (type === types.hello) return hello(chunk)
    if (!greeted) return failure('no hello', status.tcpMessageTypeInvalid)
    if (type === types.open) return open(chunk)
    if (type !== types.message && type !== types.close) return failure('unknown message', status.tcpMessageTypeInvalid)
    if (chunk.length < secureHeader || channel === 0 || u32le(chunk, 8) !== channel)
      return failure('unknown channel', status.secureChannelIdInvalid)
    if (type === types.message) return message(chunk)
    return { send: [], exchanges: 1, close: true, notes: ['close-secure-channel'] }
  }
}

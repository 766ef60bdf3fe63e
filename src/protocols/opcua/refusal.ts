/** The standard's own refusals: a ServiceFault (OPC 10000-4, 7.35) in a chunk of the channel, or an Error for the connection. */
import { putU32le, u32le } from '#core/bytes.ts'
import type { Codec, Refusal } from '#core/codec.ts'
import { isOpen } from './channel.ts'
import { kinds, typeOf, types } from './chunk.ts'
import type { State } from './state.ts'

/** OPC 10000-6, A.2. Not BadServiceUnsupported or BadNodeIdUnknown, by which clients conclude what a server is able to do. */
const statuses: Readonly<Record<Refusal, number>> = {
  function: 0x801f_0000, // BadUserAccessDenied
  object: 0x801f_0000,
  value: 0x803c_0000, // BadOutOfRange
  state: 0x80af_0000, // BadInvalidState
}
const securityChecksFailed = 0x8013_0000
const tcpEndpointUrlInvalid = 0x8083_0000

const begin = (out: Uint8Array, type: number, size: number): void => {
  out[0] = type >> 16
  out[1] = type >> 8
  out[2] = type
  out[3] = kinds.final
  putU32le(out, 4, size)
}

/** Error and a null Reason: the client closes the connection. */
const error = (out: Uint8Array, status: number): number => {
  begin(out, types.error, 16)
  putU32le(out, 8, status)
  putU32le(out, 12, 0xffff_ffff)
  return 16
}

const size = 52

export const refuse: Codec<State>['refuse'] = (bytes, at, end, { state }, why, out) => {
  const type = typeOf(bytes, at)
  if (type === types.hello) return error(out, tcpEndpointUrlInvalid)
  if (type === types.open) return error(out, securityChecksFailed)
  if (!isOpen(state)) return -1
  if (type === types.close) return 0
  const { sequence, chunks } = state.server
  // Without the server's last number there is no next one; and between the chunks of an answer no other may stand.
  if (type !== types.message || end < at + 24 || sequence.last < 0 || chunks.unfinished) return -1
  begin(out, types.message, size)
  for (let index = 8; index < 16; index++) out[index] = bytes[at + index] ?? 0
  putU32le(out, 16, sequence.next)
  putU32le(out, 20, u32le(bytes, at + 20))
  out[24] = 1 // a four-byte identifier, namespace 0: 397
  out[25] = 0
  out[26] = 397 & 0xff
  out[27] = 397 >> 8
  // No clock is at hand; the time of the request is close, and never in the client's future.
  putU32le(out, 28, state.timeLow)
  putU32le(out, 32, state.timeHigh)
  putU32le(out, 36, state.handle)
  putU32le(out, 40, statuses[why])
  out[44] = 0 // no diagnostics
  putU32le(out, 45, 0xffff_ffff) // a null string table
  out[49] = out[50] = out[51] = 0 // no additional header
  return size
}

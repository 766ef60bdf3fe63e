/** Refusals as a controller words them, and how a message is made one that it refuses. */
import { putU16be, u16be } from '#core/bytes.ts'
import type { Refusal } from '#core/codec.ts'
import type { PendingRequest } from '#core/pending.ts'
import { cotp, refuseConnection, tpkt } from './cotp.ts'
import { code } from './jobs.ts'
import { kinds, protocol, shortHeader } from './messages.ts'
import { askedOp } from './userdata-codes.ts'
import { userdataNote } from './userdata-messages.ts'

/** A data transport unit's header, and where what it carries begins. */
const body = tpkt + 3

/**
 * Error class and code of the header: service not implemented, item not available, value not valid, not in this operating state.
 * Return codes of single items: access to the object not allowed, address out of range, data does not fit.
 */
const errors: Readonly<Record<Refusal, number>> = {
  function: 0x8104,
  object: 0xd209,
  value: 0xdc01,
  state: 0x8001,
}
const itemErrors: Readonly<Record<Refusal, number>> = {
  function: 3,
  object: 5,
  value: 7,
  state: 3,
}
/** ISO 8073, 13.5.3: refused on this network connection, address unknown. */
const reasons: Readonly<Record<Refusal, number>> = {
  function: 0x88,
  object: 3,
  value: 3,
  state: 0x81,
}
/** Items that an answer of 1,024 bytes has room for. */
const mostItems = 240

/** Parameters of the function that agrees on sizes. */
const setupSize = 8

/** Headers up to the protocol's; lengths of parameters and data are put where that has them. */
const begin = (out: Uint8Array, kind: number, reference: number, parameters: number, data: number): number => {
  const header = kind === kinds.userdata ? shortHeader : shortHeader + 2
  out[0] = 3
  out[1] = 0
  putU16be(out, 2, body + header + parameters + data)
  out[4] = 2
  out[5] = cotp.data
  out[6] = 0x80
  out[body] = protocol.s7
  out[body + 1] = kind
  putU16be(out, body + 2, 0)
  putU16be(out, body + 4, reference)
  putU16be(out, body + 6, parameters)
  putU16be(out, body + 8, data)
  if (kind !== kinds.userdata) putU16be(out, body + 10, 0)
  return body + header
}

/** Reads and writes are answered item by item: clients look at return codes there. */
const refuseItems = (job: number, count: number, reference: number, why: Refusal, out: Uint8Array): number => {
  const size = job === code.read ? 4 : 1
  let next = begin(out, kinds.result, reference, 2, size * count)
  out[next++] = job
  out[next++] = count
  for (let index = 0; index < count; index++) {
    out[next] = itemErrors[why]
    // Transport size and length of no data.
    for (let rest = 1; rest < size; rest++) out[next + rest] = 0
    next += size
  }
  return next
}

/** The parameters again, as a response and with an error, and no data. */
const refuseUserdata = (bytes: Uint8Array, at: number, reference: number, why: Refusal, out: Uint8Array): number => {
  const start = begin(out, kinds.userdata, reference, 12, 4)
  putU16be(out, start, 1)
  out[start + 2] = 0x12
  out[start + 3] = 8
  out[start + 4] = 0x12
  out[start + 5] = ((bytes[at + 5] ?? 0) & 0x0f) | (((bytes[at + 5] ?? 0) & 0xf0) + 0x40)
  out[start + 6] = bytes[at + 6] ?? 0
  out[start + 7] = bytes[at + 7] ?? 0
  putU16be(out, start + 8, 0)
  putU16be(out, start + 10, errors[why])
  out[start + 12] = 0x0a
  out[start + 13] = 0
  putU16be(out, start + 14, 0)
  return start + 16
}

/** Whether a userdata type asks for an answer: 4, and 7 of machine tools. */
const asks = (type: number) => type >> 4 === 4 || type >> 4 === 7

/** @returns as {@link Codec.refuse} */
export const refuseUnit = (bytes: Uint8Array, at: number, end: number, why: Refusal, out: Uint8Array): number => {
  const transport = (bytes[at + 5] ?? 0) & 0xf0
  if (transport === cotp.connect && end - at >= 11) return refuseConnection(bytes, at + tpkt, reasons[why], out)
  // Whoever closes the connection, or says nothing, waits for no answer.
  if (transport !== cotp.data || end - at === body) return 0
  const start = at + body
  const parameters = start + shortHeader
  if (bytes[start] !== protocol.s7 || parameters >= end) return -1
  const kind = bytes[start + 1] ?? 0
  const reference = u16be(bytes, start + 4)
  if (kind === kinds.userdata) {
    if (parameters + 8 > end) return -1
    const type = bytes[parameters + 5] ?? 0
    if (!asks(type)) return type >> 4 === 0 || type >> 4 === 3 ? 0 : -1
    return refuseUserdata(bytes, parameters, reference, why, out)
  }
  // An acknowledgement withheld leaves the controller waiting.
  if (kind !== kinds.job) return -1
  const job = bytes[parameters] ?? 0
  const count = parameters + 1 < end ? (bytes[parameters + 1] ?? 0) : 0
  if ((job === code.read || job === code.write) && count > 0 && count <= mostItems)
    return refuseItems(job, count, reference, why, out)
  // Clients look for the agreed sizes without looking at the error first.
  const echoed = job === code.setup && end - parameters === setupSize ? setupSize : 0
  const next = begin(out, echoed > 0 ? kinds.result : kinds.acknowledgement, reference, echoed, 0)
  putU16be(out, next - 2, errors[why])
  for (let index = 0; index < echoed; index++) out[next + index] = bytes[parameters + index] ?? 0
  return next + echoed
}

/** A function, and a userdata sub-function, that no controller has: it answers that the service is not implemented. */
const refused = 0x7f

/** @returns as {@link Codec.neutralise} */
export const neutraliseUnit = (bytes: Uint8Array, at: number, end: number): boolean => {
  const start = at + body
  const parameters = start + shortHeader
  if (((bytes[at + 5] ?? 0) & 0xf0) !== cotp.data || bytes[start] !== protocol.s7 || parameters >= end) return false
  const kind = bytes[start + 1]
  if (kind === kinds.job) {
    bytes[parameters] = refused
    return true
  }
  const type = bytes[parameters + 5] ?? 0
  if (kind !== kinds.userdata || parameters + 8 > end || type >> 4 !== 4) return false
  // In some groups every sub-function does something.
  if (askedOp(type & 15, refused) !== 'unlisted-userdata') return false
  bytes[parameters + 6] = refused
  return true
}

/** As {@link Codec.restore}: the function, where the refusal repeats it. */
export const restoreUnit = (bytes: Uint8Array, at: number, end: number, request: PendingRequest): void => {
  const start = at + body
  const parameters = start + shortHeader
  const known = request.notes[3] ?? 0
  if (end - at < body + shortHeader) return
  if (((bytes[at + 5] ?? 0) & 0xf0) !== cotp.data || bytes[start] !== protocol.s7) return
  if (bytes[start + 1] === kinds.userdata) {
    if (known >= userdataNote && parameters + 6 < end) bytes[parameters + 6] = known
  } else if (known < userdataNote && parameters + 2 < end && u16be(bytes, start + 6) > 0) bytes[parameters + 2] = known
}

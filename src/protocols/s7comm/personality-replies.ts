/** Messages of a controller, and the transport data units that carry them. */
import { putU16be } from '#core/bytes.ts'
import { cotp, tpkt } from './cotp.ts'
import { kinds, protocol, shortHeader } from './messages.ts'

/** Bytes of the header of a data unit, with TPKT. */
export const dataHeader = tpkt + 3
const userdataParameters = 12

/** Error class and code of a whole message. */
export const fault = {
  none: 0,
  /** The service is not implemented, or not in this context. */
  context: 0x8104,
  /** The message is longer than agreed, or not well formed. */
  size: 0x8500,
  list: 0xd401,
  index: 0xd402,
  missingBlock: 0xd209,
  protection: 0xd241,
  password: 0xd602,
} as const

/**
 * An answer to a job: parameters and data after the header of twelve bytes. Without parameters it only acknowledges, as with the error
 * of a transfer that does not begin.
 */
export const jobReply = (reference: number, error: number, parameters: Uint8Array, data: Uint8Array): Uint8Array => {
  const header = shortHeader + 2
  const out = new Uint8Array(header + parameters.length + data.length)
  out[0] = protocol.s7
  out[1] = parameters.length > 0 ? kinds.result : kinds.acknowledgement
  putU16be(out, 4, reference)
  putU16be(out, 6, parameters.length)
  putU16be(out, 8, data.length)
  putU16be(out, 10, error)
  out.set(parameters, header)
  out.set(data, header + parameters.length)
  return out
}

export interface UserdataReply {
  readonly group: number
  readonly sub: number
  readonly sequence: number
  /** Number of the data that several messages carry; 0 when one does. */
  readonly unit: number
  readonly more: boolean
  readonly error: number
  /** Absent: none, as with an error. */
  readonly data?: Uint8Array
}

export const userdataReply = (reference: number, reply: UserdataReply): Uint8Array => {
  const { data } = reply
  const size = data?.length ?? 0
  const out = new Uint8Array(shortHeader + userdataParameters + 4 + size)
  out[0] = protocol.s7
  out[1] = kinds.userdata
  putU16be(out, 4, reference)
  putU16be(out, 6, userdataParameters)
  putU16be(out, 8, 4 + size)
  out.set(
    [0, 1, 0x12, 8, 0x12, 0x80 | reply.group, reply.sub, reply.sequence, reply.unit, reply.more ? 1 : 0],
    shortHeader,
  )
  putU16be(out, shortHeader + 10, reply.error)
  const at = shortHeader + userdataParameters
  out[at] = data === undefined ? 0x0a : 0xff
  out[at + 1] = data === undefined ? 0 : 9
  putU16be(out, at + 2, size)
  if (data !== undefined) out.set(data, at + 4)
  return out
}
/** What headers of userdata take of a message, bytes. */
export const userdataOverhead = shortHeader + userdataParameters + 4

/** One message in as many data units as the agreed size of a TPDU needs. */
export const dataUnits = (message: Uint8Array, tpduSize: number): Uint8Array[] => {
  const part = tpduSize - 3
  const units: Uint8Array[] = []
  for (let at = 0; at < message.length; at += part) {
    const body = message.subarray(at, at + part)
    const unit = new Uint8Array(dataHeader + body.length)
    unit[0] = 3
    putU16be(unit, 2, unit.length)
    unit[4] = 2
    unit[5] = cotp.data
    unit[6] = at + part >= message.length ? 0x80 : 0
    unit.set(body, dataHeader)
    units.push(unit)
  }
  return units
}

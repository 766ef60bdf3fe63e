/** Modbus/TCP: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1 (MBAP), and Application Protocol V1.1b3. */
import { u16be } from '#core/bytes.ts'
import { defineCodec, type Codec, type Refusal } from '#core/codec.ts'
import type { Pending, PendingRequest } from '#core/pending.ts'
import { modbus as vocabulary } from './ops.ts'
import { readRequest, requestSize } from './requests.ts'
import { answeredBy, readResponse } from './responses.ts'

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

/** A server's refusal: the function code with this bit. */
const exception = 0x80

/**
 * Transaction identifier, unit and function together, in 31 bits that need no memory of their own: two masters behind one address
 * translation may number alike.
 */
const transactionOf = (bytes: Uint8Array, at: number, code: number, unit = bytes[at + 6] ?? 0): number =>
  (u16be(bytes, at) << 15) | (unit << 7) | (code & (exception - 1))

/**
 * What an answer with another unit than any request has is the answer to: some devices put 0, 255 or their own there whatever they were
 * asked by, and most clients do not look.
 */
const ofAnyUnit = (bytes: Uint8Array, at: number, code: number, pending: Pending): PendingRequest | undefined => {
  if (pending.size === 0) return undefined
  for (let unit = 0; unit < 256; unit++) {
    const request = pending.find(transactionOf(bytes, at, code, unit))
    if (request !== undefined) return request
  }
  return undefined
}

/**
 * What a denied function code is replaced by: public, unassigned and not among those of annex A that older products keep using, so
 * that a server has to answer it with exception 01 (section 7).
 */
const refusedFunction = 99

/** The request that a server answers as the function it was replaced by. */
const neutralisedBy = (bytes: Uint8Array, at: number, pending: Pending): PendingRequest | undefined => {
  if (pending.size === 0) return undefined
  for (let code = 1; code < exception; code++) {
    const request = pending.find(transactionOf(bytes, at, code))
    if (request?.neutralised === true) return request
  }
  return undefined
}

const parse: Codec<undefined>['parse'] = (bytes, at, end, fromClient, { pending }, message) => {
  const unit = bytes[at + 6] ?? 0
  const code = bytes[at + header] ?? 0
  message.transaction = transactionOf(bytes, at, code)
  message.role = fromClient ? 'request' : 'response'
  if (end - at < header + 1 || u16be(bytes, at + 4) !== end - at - 6) message.fault = 'malformed'
  if (fromClient) return readRequest(bytes, at + header, end, unit, message)
  let request = answeredBy(bytes, at + header, pending.find(message.transaction), pending)
  if (request === undefined && code === (refusedFunction | exception)) {
    request = neutralisedBy(bytes, at, pending)
    if (request !== undefined) message.transaction = request.transaction
  }
  // Whose values it shows is not certain: it ends its request and shows none.
  message.transaction = (request ?? ofAnyUnit(bytes, at, code, pending))?.transaction ?? message.transaction
  readResponse(bytes, at + header, end, unit, request, message)
}

/** Section 7: illegal function, illegal data address, illegal data value; a server that cannot do it now is busy. */
const exceptions: Readonly<Record<Refusal, number>> = { function: 1, object: 2, value: 3, state: 6 }

/**
 * FC 90 is refused as any other function: the form of UMAS' own errors is not published, an exception every client knows. So is what
 * is sent to unit 0: on TCP that is the device itself (implementation guide, 4.4.2.1), which answers.
 */
const refuse: Codec<undefined>['refuse'] = (bytes, at, end, _conversation, why, out) => {
  if (end < at + header + 1) return 0
  for (let index = 0; index < header; index++) out[index] = bytes[at + index] ?? 0
  out[4] = 0
  out[5] = 3
  out[7] = (bytes[at + header] ?? 0) | exception
  out[8] = exceptions[why]
  return 9
}

const neutralise = (bytes: Uint8Array, at: number, end: number): boolean => {
  // Longer ones are of UMAS alone: what a server does with another function of such length is not specified.
  if (end < at + header + 1 || end - at > 6 + longestPdu) return false
  bytes[at + header] = refusedFunction
  return true
}

const restore: NonNullable<Codec<undefined>['restore']> = (bytes, at, end, _conversation, request) => {
  if (end > at + header && bytes[at + header] === (refusedFunction | exception))
    bytes[at + header] = (request.transaction & (exception - 1)) | exception
}

/** Functions that every server knows the lengths of: reads, and writes of coils and registers, one and several. */
const isCommon = (code: number): boolean => (code >= 1 && code <= 6) || code === 15 || code === 16

/** A unit that states another length than its function has would be at fault when it is whole; until then some servers would act on it. */
const contradicts = (bytes: Uint8Array, at: number, end: number): boolean => {
  const size = requestSize(bytes, at + header, end)
  return size >= 0 && u16be(bytes, at + 4) !== size + 1
}

/** Two more that servers commonly know, though older ones do not wait for all of such a request. */
const isKnown = (code: number): boolean => isCommon(code) || code === 22 || code === 23

export const modbusCodec = defineCodec<undefined>({
  vocabulary,
  open: () => undefined,
  frame,
  longest: 6 + longestUmas,
  parse,
  refuse,
  contradicts,
  abandonable: false,
  // Common servers tell the length of a request by its function code. One that they do not know they refuse at once; half a second
  // later they throw away what came behind it, and begin anew with what comes then.
  givenUp: { bytes: header + 1, ms: 400, unless: (bytes, at) => isCommon(bytes[at + header] ?? 0) },
  // Before it refuses a function that it does not know, libmodbus sleeps for half a second and throws away all that has come by then.
  discards: { ms: 1000, unless: (bytes, at) => isKnown((bytes[at + header] ?? 0) & (exception - 1)) },
  neutralise,
  restore,
})

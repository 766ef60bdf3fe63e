/** Refusals of a device, in its name: ANSI/ASHRAE 135, clause 18 and the errors of clause 21. */
import { putU16be } from '#core/bytes.ts'
import type { Refusal } from '#core/codec.ts'
import { isSegmented, pdu, serviceAt } from './apdu.ts'
import { bvll, bvllHeader, bvllType, refusalCodes } from './bvll.ts'
import { everyNetwork, Npdu } from './network.ts'
import { confirmed, confirmedOps } from './services.ts'
import { Tags } from './tags.ts'

/** Error classes and codes of 18.2 to 18.8. */
const object = { class: 2, readAccessDenied: 27, writeAccessDenied: 40, valueOutOfRange: 37 } as const
const services = { class: 5, requestDenied: 29 } as const
const device = { class: 0, busy: 3 } as const

const rejectReason = { invalidTag: 4, unrecognizedService: 9 } as const
const abortReason = { securityError: 5 } as const

const tags = new Tags()
const npdu = new Npdu()

const isWrite = (service: number): boolean =>
  service === confirmed.writeProperty ||
  service === confirmed.writePropertyMultiple ||
  service === confirmed.addListElement ||
  service === confirmed.removeListElement
const isRead = (service: number): boolean =>
  service === confirmed.readProperty || service === confirmed.readPropertyMultiple || service === confirmed.readRange

/** Class and code as two enumerated values at `at`. @returns where they end */
const putError = (service: number, why: Refusal, out: Uint8Array, at: number): number => {
  let kind: number = services.class
  let code: number = services.requestDenied
  if (why === 'state') {
    kind = device.class
    code = device.busy
  } else if (why === 'object' && (isWrite(service) || isRead(service))) {
    kind = object.class
    code = isWrite(service) ? object.writeAccessDenied : object.readAccessDenied
  } else if (why === 'value' && isWrite(service)) {
    kind = object.class
    code = object.valueOutOfRange
  }
  out[at] = 0x91
  out[at + 1] = kind
  out[at + 2] = 0x91
  out[at + 3] = code
  return at + 4
}

/** The same between the tags of context 0, as the errors that say more begin. */
const putWrapped = (service: number, why: Refusal, out: Uint8Array, at: number): number => {
  out[at] = 0x0e
  const end = putError(service, why, out, at + 1)
  out[end] = 0x0f
  return end + 1
}

const copy = (bytes: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number => {
  for (let index = from; index < to; index++) out[at + index - from] = bytes[index] ?? 0
  return at + to - from
}

const putReject = (invoke: number, reason: number, out: Uint8Array, at: number): number => {
  out[at] = pdu.reject << 4
  out[at + 1] = invoke
  out[at + 2] = reason
  return at + 3
}

/** WritePropertyMultiple-Error says which write failed first: the first one. -1: the request names none. */
const putFirstWrite = (bytes: Uint8Array, from: number, end: number, out: Uint8Array, at: number): number => {
  tags.over(bytes, from, end)
  if (!tags.primitive(0) || tags.length !== 4) return -1
  out[at] = 0x1e
  let next = copy(bytes, from, tags.at, out, at + 1)
  if (!tags.open(1)) return -1
  const property = tags.at
  if (!tags.primitive(0) || tags.length > 4) return -1
  next = copy(bytes, property, tags.at, out, next)
  // From context 0, as the request has it, to context 1.
  out[next - (tags.at - property)] = 0x18 | tags.length
  out[next] = 0x1f
  return next + 1
}

/** ConfirmedPrivateTransfer-Error says vendor and service. -1: the request names none. */
const putTransfer = (bytes: Uint8Array, from: number, end: number, out: Uint8Array, at: number): number => {
  tags.over(bytes, from, end)
  if (!tags.primitive(0) || tags.length > 4 || !tags.primitive(1) || tags.length > 4) return -1
  const next = copy(bytes, from, tags.at, out, at)
  // From contexts 0 and 1 to 1 and 2.
  out[at] = (out[at] ?? 0) + 0x10
  const second = next - (tags.at - tags.from) - 1
  out[second] = (out[second] ?? 0) + 0x10
  return next
}

/** The refusal of the confirmed request at `apdu`. @returns where it ends */
const putRefusal = (
  bytes: Uint8Array,
  apdu: number,
  end: number,
  why: Refusal,
  out: Uint8Array,
  at: number,
): number => {
  const invoke = bytes[apdu + 2] ?? 0
  const segmented = isSegmented(bytes, apdu)
  if (segmented && ((bytes[apdu] ?? 0) & 4) !== 0) {
    // Nothing but Abort ends a request of which segments are to come (5.4.4.2).
    out[at] = (pdu.abort << 4) | 1
    out[at + 1] = invoke
    out[at + 2] = abortReason.securityError
    return at + 3
  }
  const serviceOffset = serviceAt(bytes, apdu)
  if (serviceOffset >= end) return putReject(invoke, rejectReason.invalidTag, out, at)
  const service = bytes[serviceOffset] ?? 0
  const parameters = serviceOffset + 1
  if (confirmedOps[service] === undefined) return putReject(invoke, rejectReason.unrecognizedService, out, at)
  out[at] = pdu.error << 4
  out[at + 1] = invoke
  out[at + 2] = service
  let next = at + 3
  switch (service) {
    case confirmed.addListElement:
    case confirmed.removeListElement:
    case confirmed.createObject:
      // The first element or value that failed: none in particular.
      next = putWrapped(service, why, out, next)
      out[next] = 0x19
      out[next + 1] = 0
      return next + 2
    case confirmed.writePropertyMultiple:
      next = segmented ? -1 : putFirstWrite(bytes, parameters, end, out, putWrapped(service, why, out, next))
      break
    case confirmed.privateTransfer:
      next = segmented ? -1 : putTransfer(bytes, parameters, end, out, putWrapped(service, why, out, next))
      break
    case confirmed.subscribeCovPropertyMultiple:
      return putWrapped(service, why, out, next)
    default:
      return putError(service, why, out, next)
  }
  return next < 0 ? putReject(invoke, rejectReason.invalidTag, out, at) : next
}

/** The header of an answer, from the station that was asked to the one that did. */
const putHeader = (bytes: Uint8Array, out: Uint8Array): number => {
  out[0] = bvllType
  out[1] = bvll.unicast
  out[bvllHeader] = 1
  const from = npdu.destination >= 0 && npdu.destination !== everyNetwork && npdu.destinationLength > 0
  const to = npdu.source >= 0
  out[bvllHeader + 1] = npdu.priority | (to ? 0x20 : 0) | (from ? 0x08 : 0)
  let next = bvllHeader + 2
  // The network, the length and the address itself, as the request has them.
  if (to) next = copy(bytes, npdu.sourceAt - 3, npdu.sourceAt + npdu.sourceLength, out, next)
  if (from) next = copy(bytes, npdu.destinationAt - 3, npdu.destinationAt + npdu.destinationLength, out, next)
  if (to) out[next++] = 0xff
  return next
}

/** @returns the length of the refusal of the unit at `at`; 0 when nobody waits for an answer */
export const writeRefusal = (bytes: Uint8Array, at: number, end: number, why: Refusal, out: Uint8Array): number => {
  const code = bytes[at + 1] ?? 0
  const result = refusalCodes[code]
  if (result !== undefined) {
    out[0] = bvllType
    out[1] = bvll.result
    putU16be(out, 2, 6)
    putU16be(out, 4, result)
    return 6
  }
  // What was forwarded came from elsewhere, and an answer would not find back through this conversation.
  if (code !== bvll.unicast && code !== bvll.broadcast) return 0
  if (!npdu.read(bytes, at + bvllHeader, end) || npdu.network) return 0
  const apdu = npdu.content
  if ((bytes[apdu] ?? 0) >> 4 !== pdu.confirmed || end < apdu + 4) return 0
  const length = putRefusal(bytes, apdu, end, why, out, putHeader(bytes, out))
  putU16be(out, 2, length)
  return length
}

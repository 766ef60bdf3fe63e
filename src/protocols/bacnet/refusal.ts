/** Refusals of a device, in its name: ANSI/ASHRAE 135, clause 18 and the errors of clause 21. */
import { putU16be } from '#core/bytes.ts'
import type { Refusal } from '#core/codec.ts'
import { moreFollows, noService, pdu, serviceAt } from './apdu.ts'
import { bvll, bvllHeader, bvllType, refusalCodes } from './bvll.ts'
import { everyNetwork, Npdu } from './network.ts'
import { confirmed, confirmedOps, isReading } from './services.ts'

/** Error classes and codes of 18.2 to 18.8. */
const object = { class: 2, readAccessDenied: 27, writeAccessDenied: 40, valueOutOfRange: 37 } as const
const services = { class: 5, requestDenied: 29 } as const
const device = { class: 0, busy: 3 } as const

const rejectReason = { unrecognizedService: 9 } as const
const abortReason = { securityError: 5 } as const

const npdu = new Npdu()

const isWrite = (service: number): boolean => service === confirmed.writeProperty

/** Class and code as two enumerated values at `at`. @returns where they end */
const putError = (service: number, why: Refusal, out: Uint8Array, at: number): number => {
  let kind: number = services.class
  let code: number = services.requestDenied
  if (why === 'state') {
    kind = device.class
    code = device.busy
  } else if (why === 'object' && (isWrite(service) || isReading(service))) {
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

/**
 * Services whose errors say more than class and code, each in a form of its own (clause 21, BACnet-Error). Clients in use read every
 * error as class and code, and some end on these; Abort has one form, and all know it.
 */
const isCompound = (service: number): boolean =>
  service === confirmed.addListElement ||
  service === confirmed.removeListElement ||
  service === confirmed.createObject ||
  service === confirmed.writePropertyMultiple ||
  service === confirmed.privateTransfer ||
  service === confirmed.vtClose ||
  service === confirmed.subscribeCovPropertyMultiple

/** The refusal of the confirmed request at `apdu`. @returns where it ends */
const putRefusal = (
  bytes: Uint8Array,
  apdu: number,
  end: number,
  why: Refusal,
  out: Uint8Array,
  at: number,
): number => {
  const serviceOffset = serviceAt(bytes, apdu)
  const service = serviceOffset < end ? (bytes[serviceOffset] ?? 0) : noService
  out[at + 1] = bytes[apdu + 2] ?? 0
  // Nothing but Abort ends a request of which segments are to come (5.4.4.2).
  if (moreFollows(bytes, apdu) || isCompound(service)) {
    out[at] = (pdu.abort << 4) | 1
    out[at + 2] = abortReason.securityError
    return at + 3
  }
  if (confirmedOps[service] === undefined) {
    out[at] = pdu.reject << 4
    out[at + 2] = rejectReason.unrecognizedService
    return at + 3
  }
  out[at] = pdu.error << 4
  out[at + 2] = service
  return putError(service, why, out, at + 3)
}

const copy = (bytes: Uint8Array, from: number, to: number, out: Uint8Array, at: number): number => {
  for (let index = from; index < to; index++) out[at + index - from] = bytes[index] ?? 0
  return at + to - from
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

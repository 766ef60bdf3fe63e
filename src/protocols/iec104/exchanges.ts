/** Which ASDU of a station answers which of a client: IEC 60870-5-101, 7.2.3, and IEC 60870-5-5, 6.8. */
import { u16le, u24le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import type { Pending, PendingRequest } from '#core/pending.ts'
import { asduHeader, causeOf, isNegative } from './asdu.ts'
import { asduTypes } from './types.ts'

/** Causes of transmission. */
export const cause = {
  requested: 5,
  activation: 6,
  confirmation: 7,
  deactivation: 8,
  deactivationConfirmation: 9,
  termination: 10,
  unknownType: 44,
  unknownAddress: 47,
} as const

/** The common address of all stations of a connection. */
const everyStation = 0xffff

/** Places in the notes of a request. */
export const noted = { type: 0, cause: 1, confirmed: 2 } as const

const number = (type: number, station: number, address: number): number =>
  (type * 0x1_0000 + station) * 0x100_0000 + address

/** Type, common address and first object address: a station mirrors them. */
export const transactionOf = (bytes: Uint8Array, asdu: number, type = bytes[asdu] ?? 0): number =>
  number(type, u16le(bytes, asdu + 4), u24le(bytes, asdu + asduHeader))

/** STARTDT and STOPDT have no ASDU: numbers beyond those of all types. */
export const transactionOfUnnumbered = (control: number): number => 256 * 0x100_0000_0000 + control

export const answers = (code: number): boolean =>
  code === cause.confirmation ||
  code === cause.deactivationConfirmation ||
  code === cause.termination ||
  (code >= cause.unknownType && code <= cause.unknownAddress)

/** Of what {@link answers}: a negative confirmation (P/N, 7.2.3), or a type, cause or address that the station does not know. */
export const refuses = (bytes: Uint8Array, asdu: number): boolean =>
  isNegative(bytes, asdu) || causeOf(bytes, asdu) >= cause.unknownType

const isConfirmed = (request: PendingRequest): boolean => request.notes[noted.confirmed] === 1

const awaitedLimit = 16

/**
 * Confirmed commands whose termination is awaited. Not every station terminates what it confirmed, so the oldest is given up for a
 * new one; what is outstanding in earnest always has room.
 */
export class Awaited {
  readonly #transactions = new Float64Array(awaitedLimit).fill(-1)
  #next = 0

  add(request: PendingRequest, pending: Pending): void {
    request.notes[noted.confirmed] = 1
    if (this.#transactions.includes(request.transaction)) return
    const oldest = pending.find(this.#transactions[this.#next] ?? -1)
    if (oldest !== undefined && isConfirmed(oldest)) pending.remove(oldest)
    this.#transactions[this.#next] = request.transaction
    this.#next = (this.#next + 1) % awaitedLimit
  }

  remove(transaction: number): void {
    const index = this.#transactions.indexOf(transaction)
    if (index >= 0) this.#transactions[index] = -1
  }
}

/** Finds the request that a mirrored ASDU of a station answers, and says in `message` whether more answers follow. */
export const matchAnswer = (
  bytes: Uint8Array,
  asdu: number,
  awaited: Awaited,
  pending: Pending,
  message: Message,
): PendingRequest | undefined => {
  const code = causeOf(bytes, asdu)
  const type = bytes[asdu] ?? 0
  message.transaction = transactionOf(bytes, asdu)
  let request = pending.find(message.transaction)
  let everybody = false
  if (request === undefined) {
    request = pending.find(number(type, everyStation, u24le(bytes, asdu + asduHeader)))
    if (request === undefined) return undefined
    message.transaction = request.transaction
    everybody = true
  }
  const positive = !isNegative(bytes, asdu)
  if (code === cause.confirmation && positive && asduTypes[type]?.terminated === true) {
    if (isConfirmed(request) && !everybody) {
      // The same was asked for again before it was terminated: this confirms the later one.
      pending.remove(request)
      request = pending.find(message.transaction)
      if (request === undefined) return undefined
    }
    message.more = true
    awaited.add(request, pending)
  } else if (everybody) {
    // Each station answers for itself, and nobody knows how many there are.
    message.more = true
    awaited.add(request, pending)
  } else if (code === cause.termination && !isConfirmed(request)) message.more = true
  else awaited.remove(message.transaction)
  return request
}

/** The neutralised request that a station's refusal of an undefined type answers: it mirrors all but the type. */
export const matchNeutralised = (bytes: Uint8Array, asdu: number, pending: Pending): PendingRequest | undefined => {
  if (pending.size === 0) return undefined
  for (let type = 0; type < asduTypes.length; type++) {
    if (asduTypes[type]?.direction !== 'control') continue
    const request = pending.find(transactionOf(bytes, asdu, type))
    if (request?.neutralised === true) return request
  }
  return undefined
}

/** What a Modbus response shows of the process: MODBUS Application Protocol Specification V1.1b3, section 6. */
import { u16be } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import type { Pending, PendingRequest } from '#core/pending.ts'
import { addressed, coilOf, coilValues, readOps, readWords, registerValues } from './fields.ts'
import { readFileResponse } from './file-records.ts'
import { readIdentification, readServerId, readUmasIdentity } from './identity.ts'

const umasReadId = 0x02
const umasSuccess = 0xfe
const umasError = 0xfd

/** Section 7: the server has accepted the request, and its work on it takes long. */
const acknowledge = 5

/** Bytes of the values that a request asked for: FC 1 to 4, and what FC 23 reads; -1 for others. */
const sizeOf = (code: number, { notes }: PendingRequest): number => {
  const count = notes[1] ?? 0
  return code === 1 || code === 2 ? (count + 7) >> 3 : code <= 4 || code === 23 ? 2 * count : -1
}

/**
 * Which request an answer is to, of those of its number. Some clients number all requests alike, and some devices never answer: the
 * first one of which it has the length, else the first one.
 */
export const answeredBy = (
  bytes: Uint8Array,
  at: number,
  request: PendingRequest | undefined,
  pending: Pending,
): PendingRequest | undefined => {
  const code = bytes[at] ?? 0
  let found = request
  while (found !== undefined && sizeOf(code, found) >= 0 && bytes[at + 1] !== sizeOf(code, found))
    found = pending.after(found)
  if (found === undefined) return request
  // Those before it were given up.
  for (let one = request; one !== undefined && one !== found; one = pending.find(found.transaction)) pending.remove(one)
  return found
}

/** FC 1 to 4, and what FC 23 reads: byte count and values of the addresses that were asked for. */
const readValues = (
  code: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  unit: number,
  notes: Float64Array,
  message: Message,
): void => {
  const first = notes[0] ?? 0
  const count = notes[1] ?? 0
  const isBits = code <= 2
  const size = isBits ? (count + 7) >> 3 : 2 * count
  if (end !== at + 2 + (bytes[at + 1] ?? 0)) message.fault = 'malformed'
  // Of another length it is the answer to another request, and of no known place.
  if (message.fault !== undefined || bytes[at + 1] !== size || count === 0) return
  const command = message.begin(readOps[code] ?? 'unlisted').number('unit', unit)
  command.span(readWords[code] ?? '', first, first + count - 1)
  if (isBits) coilValues(command, bytes, at + 2, count, message)
  else registerValues(command, bytes, at + 2, count, message)
}

/** FC 24, section 6.18: the register that was named holds the count, those behind it the queue. */
const readQueue = (bytes: Uint8Array, at: number, end: number, unit: number, first: number, message: Message): void => {
  const count = u16be(bytes, at + 3)
  if (u16be(bytes, at + 1) !== 2 + 2 * count || end !== at + 5 + 2 * count) {
    message.fault = 'malformed'
    return
  }
  const command = message.begin('read-fifo-queue').number('unit', unit)
  command.span('registers', first, first + count)
  registerValues(command, bytes, at + 3, count + 1, message)
}

/** Reads the PDU at `at` up to `end`. Without its request a response shows no address, and so no value. */
export const readResponse = (
  bytes: Uint8Array,
  at: number,
  end: number,
  unit: number,
  request: PendingRequest | undefined,
  message: Message,
): void => {
  const code = bytes[at] ?? 0
  const size = end - at
  if (code >= 0x80) {
    // Some devices pad their exceptions, which carry nothing else.
    if (size < 2) message.fault = 'malformed'
    else message.refused = bytes[at + 1] !== acknowledge
    return
  }
  if (code === 43 && bytes[at + 1] === 14) return readIdentification(bytes, at, end, message)
  if (code === 17) return readServerId(bytes, at, end, message)
  if (code === 90) message.refused = size >= 3 && bytes[at + 2] === umasError
  if (request === undefined) return
  const { notes } = request
  const first = u16be(bytes, at + 1)
  const second = u16be(bytes, at + 3)
  // An echo of another address is not an answer to what was asked: nothing of it is believed.
  const isEcho = size === 5 && first === notes[0]
  switch (code) {
    case 1:
    case 2:
    case 3:
    case 4:
      return readValues(code, bytes, at, end, unit, notes, message)
    case 23:
      return readValues(3, bytes, at, end, unit, notes, message)
    case 5:
      if (isEcho && coilOf(second) >= 0)
        message.begin('write-single-coil').number('unit', unit).number('coils', first).value(coilOf(second))
      return
    case 6:
      if (isEcho) message.begin('write-single-register').number('unit', unit).number('registers', first).value(second)
      return
    case 15:
    case 16:
      if (isEcho && second === notes[1])
        addressed(message.begin(request.op).number('unit', unit), code === 15 ? 'coils' : 'registers', first, second)
      return
    case 22:
      if (size === 7 && first === notes[0])
        message.begin('mask-write-register').number('unit', unit).number('registers', first).unreadable = true
      return
    case 20:
      return readFileResponse(bytes, at, end, unit, notes, message)
    case 24:
      return readQueue(bytes, at, end, unit, notes[0] ?? 0, message)
    case 90:
      if (notes[0] === umasReadId && bytes[at + 2] === umasSuccess) readUmasIdentity(bytes, at, end, message)
      return
    default:
  }
}

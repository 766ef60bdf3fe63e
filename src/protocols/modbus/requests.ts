/** What a Modbus request asks for: MODBUS Application Protocol Specification V1.1b3, section 6. */
import { u16be } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'
import { readDiagnostics, readEncapsulated } from './diagnostics.ts'
import { addressed, coilOf, coilValues, readOps, readWords, registerValues } from './fields.ts'
import { readFileRequest } from './file-records.ts'
import { readUmasRequest } from './umas-requests.ts'

/** Function codes without parameters. */
const plain: Readonly<Record<number, string>> = {
  7: 'read-exception-status',
  11: 'get-comm-event-counter',
  12: 'get-comm-event-log',
  17: 'report-server-id',
}

/** Bytes of a request by its function code alone; further down those that state a count themselves: where, and what stands before. */
const sizes: Readonly<Record<number, number>> = {
  1: 5,
  2: 5,
  3: 5,
  4: 5,
  5: 5,
  6: 5,
  7: 1,
  11: 1,
  12: 1,
  17: 1,
  22: 7,
  24: 3,
}
const counted: Readonly<Record<number, number>> = { 15: 5, 16: 5, 20: 1, 21: 1, 23: 9 }

/**
 * Bytes of the PDU that begins at `at`, as servers find its end that do not look at the length before it (libmodbus is one).
 * @returns -1 where too little is there to tell, or the function does not say
 */
export const requestSize = (bytes: Uint8Array, at: number, end: number): number => {
  const code = bytes[at] ?? 0
  const size = at < end ? sizes[code] : undefined
  if (size !== undefined) return size
  const place = counted[code]
  return place === undefined || at + place >= end ? -1 : place + 1 + (bytes[at + place] ?? 0)
}

/**
 * Most of what one request may ask for or write (6.1 to 6.4, 6.11, 6.12, 6.17). A server refuses the others in the words of exception 03,
 * and libmodbus throws away what came behind them: they are refused before they get there.
 */
const most: Readonly<Record<number, number>> = { 1: 2000, 2: 2000, 3: 125, 4: 125, 15: 1968, 16: 123, 23: 125 }
const mostWrittenAndRead = 121

/** Section 5.1. */
const isUserDefined = (code: number): boolean => (code >= 65 && code <= 72) || (code >= 100 && code <= 110)

const begin = (message: Message, op: string, unit: number): ParsedCommand => message.begin(op).number('unit', unit)

/** A unit whose lengths contradict each other is at fault for that. */
const within = (message: Message, count: number, limit: number): void => {
  if (message.fault === undefined && (count < 1 || count > limit)) message.fault = 'quantity'
}

const exactly = (message: Message, size: number, wanted: number): void => {
  if (size !== wanted) message.fault = 'malformed'
}

/** Reads the PDU at `at` (the function code) up to `end`. Its notes: first address and count, or address and value. */
export const readRequest = (bytes: Uint8Array, at: number, end: number, unit: number, message: Message): void => {
  const code = bytes[at] ?? 0
  const size = end - at
  // What stands behind the unit is not of it, also when the unit is too short.
  const first = size < 3 ? 0 : u16be(bytes, at + 1)
  const second = size < 5 ? 0 : u16be(bytes, at + 3)
  message.notes[0] = first
  message.notes[1] = second

  const read = readOps[code]
  if (read !== undefined) {
    addressed(begin(message, read, unit), readWords[code] ?? '', first, second)
    exactly(message, size, 5)
    return within(message, second, most[code] ?? 0)
  }
  const alone = plain[code]
  if (alone !== undefined) {
    begin(message, alone, unit)
    return exactly(message, size, 1)
  }
  switch (code) {
    case 5: {
      const coil = coilOf(second)
      begin(message, 'write-single-coil', unit).number('coils', first).value(coil)
      if (coil < 0) message.fault = 'malformed'
      return exactly(message, size, 5)
    }
    case 6:
      begin(message, 'write-single-register', unit).number('registers', first).value(second)
      return exactly(message, size, 5)
    case 8:
      return readDiagnostics(bytes, at, end, unit, message)
    case 15: {
      const command = addressed(begin(message, 'write-multiple-coils', unit), 'coils', first, second)
      const bytesOfCoils = (second + 7) >> 3
      if (bytes[at + 5] !== bytesOfCoils || size !== 6 + bytesOfCoils) message.fault = 'malformed'
      else coilValues(command, bytes, at + 6, second, message)
      return within(message, second, most[code] ?? 0)
    }
    case 16: {
      const command = addressed(begin(message, 'write-multiple-registers', unit), 'registers', first, second)
      if (bytes[at + 5] !== 2 * second || size !== 6 + 2 * second) message.fault = 'malformed'
      else registerValues(command, bytes, at + 6, second, message)
      return within(message, second, most[code] ?? 0)
    }
    case 20:
    case 21:
      return readFileRequest(code, bytes, at, end, unit, message)
    case 22:
      // What it writes depends on what the register holds.
      begin(message, 'mask-write-register', unit).number('registers', first).unreadable = true
      return exactly(message, size, 7)
    case 23: {
      // It writes at the second address and then reads at the first: a rule about registers holds for what is written, and the
      // read is judged as a read of its own.
      const writeFirst = u16be(bytes, at + 5)
      const writeCount = u16be(bytes, at + 7)
      const command = begin(message, 'read-write-multiple-registers', unit)
      addressed(command, 'registers', writeFirst, writeCount)
      if (bytes[at + 9] !== 2 * writeCount || size !== 10 + 2 * writeCount) message.fault = 'malformed'
      else registerValues(command, bytes, at + 10, writeCount, message)
      addressed(begin(message, 'read-holding-registers', unit), 'registers', first, second)
      within(message, writeCount, mostWrittenAndRead)
      return within(message, second, most[code] ?? 0)
    }
    case 24:
      begin(message, 'read-fifo-queue', unit).number('registers', first)
      return exactly(message, size, 3)
    case 43:
      return readEncapsulated(bytes, at, end, unit, message)
    case 90:
      return readUmasRequest(bytes, at, end, unit, message)
    default:
      begin(message, isUserDefined(code) ? 'user-defined-function' : 'unlisted', unit).number('function', code)
  }
}

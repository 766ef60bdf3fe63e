/** What a Modbus request asks for: MODBUS Application Protocol Specification V1.1b3, section 6. */
import { u16be } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'
import { umasOp } from './umas-codes.ts'

/** Reads, by function code: op and the word for what is addressed. */
const reads: Readonly<Record<number, readonly [op: string, word: string]>> = {
  1: ['read-coils', 'coils'],
  2: ['read-discrete-inputs', 'inputs'],
  3: ['read-holding-registers', 'registers'],
  4: ['read-input-registers', 'registers'],
}

/** Function codes without parameters. */
const plain: Readonly<Record<number, string>> = {
  7: 'read-exception-status',
  11: 'get-comm-event-counter',
  12: 'get-comm-event-log',
  17: 'report-server-id',
}

const diagnostics: Readonly<Record<number, string>> = {
  0: 'return-query-data',
  1: 'restart-communications-option',
  2: 'return-diagnostic-register',
  3: 'change-ascii-input-delimiter',
  4: 'force-listen-only-mode',
  10: 'clear-counters-and-diagnostic-register',
  20: 'clear-overrun-counter-and-flag',
}

const isUserDefined = (code: number) => (code >= 65 && code <= 72) || (code >= 100 && code <= 110)

/** A field that names `count` addresses from `first`; a count of zero names the first, so that it is never without a place. */
const addressed = (command: ParsedCommand, word: string, first: number, count: number): ParsedCommand =>
  command.span(word, first, first + Math.max(1, count) - 1).number('quantity', count)

const note = ({ notes }: Message, first: number, count: number): void => {
  notes[0] = first
  notes[1] = count
}

const coilValues = (command: ParsedCommand, bytes: Uint8Array, at: number, count: number, message: Message): void => {
  for (let index = 0; index < count && message.step(); index++)
    command.value(((bytes[at + (index >> 3)] ?? 0) >> (index & 7)) & 1)
}
const registerValues = (
  command: ParsedCommand,
  bytes: Uint8Array,
  at: number,
  count: number,
  message: Message,
): void => {
  for (let index = 0; index < count && message.step(); index++) command.value(u16be(bytes, at + 2 * index))
}

/** FC 20 and 21: one command for each sub-request, since each names its own file and records. */
const fileRecords = (
  code: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  message: Message,
  unit: number,
): void => {
  const stop = at + 2 + (bytes[at + 1] ?? 0)
  if (stop !== end) message.fault = 'malformed'
  let part = at + 2
  while (part < end && message.fault === undefined && message.step()) {
    const count = u16be(bytes, part + 5)
    const size = 7 + (code === 21 ? 2 * count : 0)
    if (bytes[part] !== 6 || part + size > end) message.fault = 'malformed'
    else {
      const first = u16be(bytes, part + 3)
      message
        .begin(code === 20 ? 'read-file-record' : 'write-file-record')
        .number('unit', unit)
        .number('files', u16be(bytes, part + 1))
        .span('records', first, first + Math.max(1, count) - 1)
    }
    part += size
  }
  if (message.count === 0) message.fault = 'malformed'
}

/** Reads the PDU at `at` (the function code) up to `end`. */
export const readRequest = (bytes: Uint8Array, at: number, end: number, unit: number, message: Message): void => {
  const code = bytes[at] ?? 0
  const size = end - at
  const first = u16be(bytes, at + 1)
  const second = u16be(bytes, at + 3)
  const exactly = (length: number): void => {
    if (size !== length) message.fault = 'malformed'
  }
  const begin = (op: string): ParsedCommand => message.begin(op).number('unit', unit)

  const read = reads[code]
  if (read !== undefined) {
    addressed(begin(read[0]), read[1], first, second)
    note(message, first, second)
    return exactly(5)
  }
  const alone = plain[code]
  if (alone !== undefined) {
    begin(alone)
    return exactly(1)
  }
  switch (code) {
    case 5:
      begin('write-single-coil')
        .number('coils', first)
        .value(second === 0xff00 ? 1 : second === 0 ? 0 : second)
      return exactly(5)
    case 6:
      begin('write-single-register').number('registers', first).value(second)
      return exactly(5)
    case 8: {
      const known = diagnostics[first]
      if (known !== undefined) begin(known)
      else if (first >= 11 && first <= 18) begin('return-diagnostic-counters').number('subfunction', first)
      else begin('reserved-diagnostics').number('subfunction', first)
      if (size < 3) message.fault = 'malformed'
      return
    }
    case 15: {
      const command = addressed(begin('write-multiple-coils'), 'coils', first, second)
      const bytesOfCoils = (second + 7) >> 3
      if (bytes[at + 5] !== bytesOfCoils || size !== 6 + bytesOfCoils) message.fault = 'malformed'
      else coilValues(command, bytes, at + 6, second, message)
      return
    }
    case 16: {
      const command = addressed(begin('write-multiple-registers'), 'registers', first, second)
      if (bytes[at + 5] !== 2 * second || size !== 6 + 2 * second) message.fault = 'malformed'
      else registerValues(command, bytes, at + 6, second, message)
      return
    }
    case 20:
    case 21:
      return fileRecords(code, bytes, at, end, message, unit)
    case 22:
      begin('mask-write-register').number('registers', first)
      return exactly(7)
    case 23: {
      // It writes at the second address and reads at the first: a rule about registers holds for what is written, and the read is
      // judged as a read of its own.
      const writeFirst = u16be(bytes, at + 5)
      const writeCount = u16be(bytes, at + 7)
      const command = addressed(begin('read-write-multiple-registers'), 'registers', writeFirst, writeCount)
      if (bytes[at + 9] !== 2 * writeCount || size !== 10 + 2 * writeCount) message.fault = 'malformed'
      else registerValues(command, bytes, at + 10, writeCount, message)
      addressed(begin('read-holding-registers'), 'registers', first, second)
      note(message, first, second)
      return
    }
    case 24:
      begin('read-fifo-queue').number('registers', first)
      return exactly(3)
    case 43: {
      const kind = bytes[at + 1]
      if (kind === 14) begin('read-device-identification').number('objects', bytes[at + 3] ?? 0)
      else if (kind === 13) begin('canopen-general-reference')
      else begin('unlisted').number('function', code)
      if (kind === 14) exactly(4)
      return
    }
    case 90:
      return umasRequest(bytes, at, end, unit, message)
    default:
      begin(isUserDefined(code) ? 'user-defined-function' : 'unlisted').number('function', code)
  }
}

/** FC 90: session key, then the UMAS function. */
const umasRequest = (bytes: Uint8Array, at: number, end: number, unit: number, message: Message): void => {
  if (end < at + 3) {
    message.begin('umas-unlisted').number('unit', unit)
    message.fault = 'malformed'
    return
  }
  const code = bytes[at + 2] ?? 0
  const op = umasOp(code)
  const command = message.begin(op).number('unit', unit)
  if (op === 'umas-unlisted') command.number('subfunction', code)
}

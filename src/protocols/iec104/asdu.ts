/** What an ASDU says: IEC 60870-5-101, 7.1 to 7.3, with the field lengths that -104 fixes (cause 2, address 2, object address 3). */
import { f32le, i16le, i32le, u16le, u24le, u32le } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'
import { callType, counterType, segmentType, wrappedType, type AsduType, type ValueKind } from './types.ts'

/** Type, structure qualifier, cause, originator and common address. */
export const asduHeader = 6
export const negativeBit = 0x40

export const causeOf = (bytes: Uint8Array, asdu: number): number => (bytes[asdu + 2] ?? 0) & 0x3f
export const isNegative = (bytes: Uint8Array, asdu: number): boolean => ((bytes[asdu + 2] ?? 0) & negativeBit) !== 0

const valueAt = (kind: Exclude<ValueKind, 'none'>, bytes: Uint8Array, at: number): number => {
  const first = bytes[at] ?? 0
  switch (kind) {
    case 'bit':
      return first & 1
    case 'two-bits':
      return first & 3
    case 'step':
      // VTI, 7.2.6.5: seven bits with a sign; the eighth says that the equipment moves.
      return ((first & 0x7f) << 25) >> 25
    case 'i16':
      return i16le(bytes, at)
    case 'u16':
      return u16le(bytes, at)
    case 'u32':
      return u32le(bytes, at)
    case 'i32':
      return i32le(bytes, at)
    case 'float':
    default:
      return f32le(bytes, at)
  }
}

const putValue = (command: ParsedCommand, kind: ValueKind, bytes: Uint8Array, at: number): void => {
  if (kind !== 'none') command.value(valueAt(kind, bytes, at))
}

/** Bytes of one object's element at `at`; a segment of a file says its own (7.3.6.6). */
const elementSize = (type: AsduType, code: number, bytes: Uint8Array, at: number, end: number): number => {
  if (type.size >= 0) return type.size
  return code === segmentType && at + 3 < end ? 4 + (bytes[at + 3] ?? 0) : Math.max(0, end - at)
}

/** SCQ (7.2.6.30), of which four bits say what to do. */
const deletes = 4

/**
 * Counter interrogation freezes or resets when its qualifier says so (FRZ, 7.2.6.23); a file is called, or deleted; a segment is written
 * by a client, and what a client wraps in its authentication may be any command.
 */
const opOf = (type: AsduType, code: number, first: number, last: number, fromClient: boolean): string => {
  if (code === counterType && first >= 0x40) return 'counter-freeze'
  if (code === callType && (last & 0x0f) === deletes) return 'delete-file'
  if (code === segmentType && fromClient) return 'write-segment'
  if (code === wrappedType && fromClient) return 'authenticated-command'
  return type.op
}

const beginReport = (message: Message, op: string, bytes: Uint8Array, asdu: number): ParsedCommand =>
  message
    .begin(op)
    .number('common-address', u16le(bytes, asdu + 4))
    .number('cause', causeOf(bytes, asdu))

/** What a client asks also says which of its programs did (7.2.3.1); stations only mirror that. */
const begin = (message: Message, op: string, bytes: Uint8Array, asdu: number): ParsedCommand =>
  beginReport(message, op, bytes, asdu).number('originator', bytes[asdu + 3] ?? 0)

/** An ASDU whose type nobody defined: its objects cannot be told apart. */
export const readUnlisted = (bytes: Uint8Array, asdu: number, message: Message): void => {
  begin(message, 'unlisted', bytes, asdu).number('type', bytes[asdu] ?? 0)
}

const testBit = 0x80
const activation = 6
const deactivationConfirmation = 9
/** A station carries out what is activated, unless it is a test (7.2.3). */
const isIdle = (why: number, fromClient: boolean): boolean =>
  (why & testBit) !== 0 || (fromClient ? (why & 0x3f) !== activation : (why & 0x3f) === deactivationConfirmation)

const readElement = (
  type: AsduType,
  bytes: Uint8Array,
  asdu: number,
  at: number,
  address: number,
  fromClient: boolean,
  valued: boolean,
  message: Message,
): void => {
  const first = bytes[at] ?? 0
  const last = type.size > 0 ? (bytes[at + type.size - 1] ?? 0) : 0
  const op = opOf(type, bytes[asdu] ?? 0, first, last, fromClient)
  const command = type.direction === 'monitor' ? beginReport(message, op, bytes, asdu) : begin(message, op, bytes, asdu)
  if (!type.unaddressed) command.number('ioa', address)
  if (type.qualified) command.number('qualifier', first)
  if (type.phase >= 0) command.text('phase', (bytes[at + type.phase] ?? 0) >= 0x80 ? 'select' : 'execute')
  if (valued) putValue(command, type.value, bytes, at)
  if (type.direction === 'control') command.idle = isIdle(bytes[asdu + 2] ?? 0, fromClient)
}

/**
 * Reads the objects of the ASDU: one command for each, but one for a whole sequence of reported elements (SQ 1, 7.2.2). At least one
 * command is given, so that a malformed ASDU still says what it is about.
 * @param valued whether its values are those of the process or meant for it
 */
export const readObjects = (
  type: AsduType,
  bytes: Uint8Array,
  asdu: number,
  end: number,
  fromClient: boolean,
  valued: boolean,
  message: Message,
): void => {
  const code = bytes[asdu] ?? 0
  const structure = bytes[asdu + 1] ?? 0
  const count = structure & 0x7f
  const sequence = structure >= 0x80
  const objects = asdu + asduHeader
  if (type.op === 'authentication') {
    // IEC TS 60870-5-7: no object address, and elements of any length.
    begin(message, opOf(type, code, 0, 0, fromClient), bytes, asdu)
    return
  }
  const size = elementSize(type, code, bytes, objects + 3, end)
  const wanted = sequence ? 3 + count * size : count * (3 + size)
  if (count === 0 || end - objects !== wanted || (type.size < 0 && count !== 1)) message.fault = 'malformed'
  const first = u24le(bytes, objects)
  if (sequence && first + count > 0x100_0000) message.fault = 'malformed'
  // Commands stand each by itself (SQ 0, 7.3.2): a station that does not look at the bit finds others in the same bytes.
  if (sequence && count > 1 && fromClient && type.direction === 'control') message.fault = 'malformed'
  if (message.fault !== undefined) {
    beginReport(message, opOf(type, code, 0, 0, fromClient), bytes, asdu)
    return
  }
  if (sequence && type.direction === 'monitor') {
    const command = beginReport(message, type.op, bytes, asdu).span('ioa', first, first + count - 1)
    for (let index = 0; index < count && message.step(); index++)
      putValue(command, type.value, bytes, objects + 3 + index * size)
    return
  }
  for (let index = 0; index < count && message.step(); index++) {
    const at = sequence ? objects + index * size : objects + index * (3 + size)
    const address = sequence ? first + index : u24le(bytes, at)
    readElement(type, bytes, asdu, at + 3, address, fromClient, valued, message)
  }
}

/** What a PCCC command asks for: Rockwell Automation publication 1770-6.5.16, chapter 7. */
import { u16le } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'
import { begin, faulty } from './commands.ts'
import { Address } from './pccc-address.ts'
import { diagnostic, functions, outputs, plain, type FileType } from './pccc-codes.ts'
import { readTypeAndData } from './pccc-type-data.ts'
import { typedValues } from './values.ts'

export const address = new Address()

const unlisted = 'execute-pccc'
const dint = 0xc4
const int = 0xc3
const real = 0xca

/** The requestor's id, whose first byte is its length, stands before the command. */
export const commandOf = (bytes: Uint8Array, data: number): number => data + (bytes[data] ?? 0)

/** Reads the data of service 0x4b: requestor id, CMD, STS, TNS, then what CMD says. */
export const readPccc = (bytes: Uint8Array, data: number, end: number, slot: number, message: Message): void => {
  const at = commandOf(bytes, data)
  if (at === data || at + 4 > end) return faulty(message, unlisted, slot)
  const command = bytes[at] ?? 0
  // Bit 5 is the priority; bit 6 makes it a reply, bits 4 and 7 are zero.
  const code = command & 0xd0 ? 0xff : command & 0x0f
  const known = plain[code]
  if (known !== undefined) return basic(bytes, at + 4, end, known, slot, message)
  if (code === 0x0f) return readFunction(bytes, at + 4, end, slot, 0, message)
  const codes = code === 0x06 ? diagnostic : code === 0x07 ? outputs : undefined
  begin(message, (at + 4 < end ? codes?.[bytes[at + 4] ?? 0] : undefined) ?? unlisted, slot)
}

/** Commands that address bytes of the PLC-2 compatibility file, as the number is on the wire. */
const basic = (bytes: Uint8Array, at: number, end: number, op: string, slot: number, message: Message): void => {
  const first = u16le(bytes, at)
  const size = end - at - 2
  const read = op === 'pccc-unprotected-read'
  const bits = op === 'pccc-protected-bit-write' || op === 'pccc-unprotected-bit-write'
  if (bits) return bitWrites(bytes, at, end, op, slot, message)
  const count = read ? (bytes[at + 2] ?? 0) : size
  const command = begin(message, op, slot).span('elements', first, first + Math.max(1, count) - 1)
  if (!read) command.unreadable = true
  if (read ? size !== 1 : size < 1) message.fault = 'malformed'
}

/** Sets of an address and two masks: each is a command. */
const bitWrites = (bytes: Uint8Array, at: number, end: number, op: string, slot: number, message: Message): void => {
  if (end === at || (end - at) % 4 !== 0) return faulty(message, op, slot)
  for (let set = at; set < end && message.step(); set += 4)
    begin(message, op, slot).number('elements', u16le(bytes, set))
}

/** A function of command 0x0f, from its code at `at` on. */
const readFunction = (
  bytes: Uint8Array,
  at: number,
  end: number,
  slot: number,
  depth: number,
  message: Message,
): void => {
  if (at >= end) return faulty(message, unlisted, slot)
  const code = bytes[at] ?? 0
  const op = functions[code]
  switch (code) {
    case 0x00:
    case 0x01:
      return wordRange(bytes, at + 1, end, code === 0x00, slot, message)
    case 0x02:
    case 0x26:
      return masks(bytes, at + 1, end, code === 0x02, slot, message)
    case 0x67:
    case 0x68:
      return typed(bytes, at + 1, end, code === 0x67, slot, message)
    case 0x88:
      return readMultiple(bytes, at + 1, end, slot, depth, message)
    case 0xa1:
    case 0xa2:
    case 0xa9:
    case 0xaa:
    case 0xab:
      return typedLogical(bytes, at + 1, end, code, slot, message)
    default: {
      const command = begin(message, op ?? unlisted, slot)
      if (op === undefined) command.number('function', code)
    }
  }
}

/** Execute Multiple: a count, then functions of command 0x0f, each behind its length. */
const readMultiple = (
  bytes: Uint8Array,
  at: number,
  end: number,
  slot: number,
  depth: number,
  message: Message,
): void => {
  let left = at < end ? (bytes[at] ?? 0) : 0
  let part = at + 1
  if (depth > 0) message.fault = 'too-deep'
  else if (left === 0) message.fault = 'malformed'
  for (; left > 0 && message.fault === undefined && message.step(); left--) {
    const next = part + 1 + (bytes[part] ?? 0)
    if (next > end || next === part + 1) message.fault = 'malformed'
    else readFunction(bytes, part + 1, next, slot, depth + 1, message)
    part = next
  }
  if (message.fault === undefined && part !== end) message.fault = 'malformed'
  if (message.count === 0 || message.fault !== undefined) begin(message, 'pccc-execute-multiple', slot)
}

/** Values of SLC data files. */
export const fileValues = (
  command: ParsedCommand,
  bytes: Uint8Array,
  at: number,
  end: number,
  type: FileType | undefined,
  message: Message,
): void => {
  const word = type?.as
  if (word === undefined) command.unreadable = true
  else typedValues(command, bytes, at, end, word === 'float' ? real : word === 'long' ? dint : int, message)
}

/** Protected typed logical read and write. What holds no data is a file of the system: its program or its passwords. */
const typedLogical = (
  bytes: Uint8Array,
  at: number,
  end: number,
  code: number,
  slot: number,
  message: Message,
): void => {
  const read = code === 0xa1 || code === 0xa2
  const fits = at < end && address.logical(bytes, at + 1, end, code === 0xa1 || code === 0xa9 ? 3 : 4)
  const { type } = address
  const op = (type === undefined ? systemOp(read) : functions[code]) ?? unlisted
  if (!fits) return faulty(message, unlisted, slot)
  const size = bytes[at] ?? 0
  const unit = type?.size ?? 2
  const first = address.element
  const last = first + Math.max(0, Math.ceil((2 * address.subelement + size) / unit) - 1)
  const command = begin(message, op, slot).text('files', address.file).span('elements', first, Math.max(first, last))
  if (code === 0xab) {
    command.unreadable = true
    if (end < address.end + 4) message.fault = 'malformed'
  } else if (read) {
    if (end !== address.end) message.fault = 'malformed'
  } else {
    if (end !== address.end + size) message.fault = 'malformed'
    fileValues(command, bytes, address.end, end, type, message)
  }
}
const systemOp = (read: boolean): string => (read ? 'pccc-system-file-read' : 'pccc-system-file-write')

/** Word range: offset in words, total, address; then bytes to read, or words. */
const wordRange = (
  bytes: Uint8Array,
  at: number,
  end: number,
  write: boolean,
  slot: number,
  message: Message,
): void => {
  const op = write ? 'pccc-word-range-write' : 'pccc-word-range-read'
  if (at + 4 >= end || !address.system(bytes, at + 4, end)) return faulty(message, op, slot)
  const first = address.element + u16le(bytes, at)
  const size = write ? end - address.end : (bytes[address.end] ?? 0)
  const command = begin(message, op, slot).text('files', address.file)
  command.span('elements', first, first + Math.max(1, size >> 1) - 1)
  if (write ? size < 2 || (size & 1) !== 0 : end !== address.end + 1) message.fault = 'malformed'
  else if (write) typedValues(command, bytes, address.end, end, int, message)
}

/** Bit write has one set of an address and two masks, read-modify-write several: each is a command. */
const masks = (bytes: Uint8Array, at: number, end: number, one: boolean, slot: number, message: Message): void => {
  const op = one ? 'pccc-bit-write' : 'pccc-read-modify-write'
  if (at >= end) return faulty(message, op, slot)
  for (let set = at; set < end && message.step(); set = address.end + 4) {
    if (!address.system(bytes, set, end) || address.end + 4 > end || (one && address.end + 4 !== end))
      return faulty(message, op, slot)
    begin(message, op, slot).text('files', address.file).number('elements', address.element)
  }
}

/** Typed read and write: offset and total in elements, address; then the number to read, or type and data. */
const typed = (bytes: Uint8Array, at: number, end: number, write: boolean, slot: number, message: Message): void => {
  const op = write ? 'pccc-typed-write' : 'pccc-typed-read'
  if (at + 4 >= end || !address.system(bytes, at + 4, end)) return faulty(message, op, slot)
  const first = address.element + u16le(bytes, at)
  const command = begin(message, op, slot).text('files', address.file)
  if (write) {
    const count = readTypeAndData(command, bytes, address.end, end, message)
    if (count === 0) message.fault = 'malformed'
    command.span('elements', first, first + Math.max(1, count) - 1)
    return
  }
  const count = u16le(bytes, address.end)
  command.span('elements', first, first + Math.max(1, count) - 1)
  if (end !== address.end + 2) message.fault = 'malformed'
}

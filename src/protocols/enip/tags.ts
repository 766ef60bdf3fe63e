/** Services of tags: Rockwell Automation publication 1756-PM020. */
import { u16le, u32le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { beginTag } from './commands.ts'
import type { Path } from './path.ts'
import { sizeOf, typedValues } from './values.ts'

/** The type of a structure is followed by the handle of its template. */
const structure = 0x02a0

const ops: ReadonlySet<string> = new Set([
  'read-tag',
  'read-tag-fragmented',
  'write-tag',
  'write-tag-fragmented',
  'read-modify-write-tag',
])
export const isTagOp = (op: string): boolean => ops.has(op)

export const readTagRequest = (
  bytes: Uint8Array,
  data: number,
  end: number,
  op: string,
  path: Path,
  slot: number,
  message: Message,
): void => {
  switch (op) {
    case 'read-tag':
    case 'read-tag-fragmented':
      if (end !== data + (op === 'read-tag' ? 2 : 6)) message.fault = 'malformed'
      beginTag(message, op, path, message.fault === undefined ? u16le(bytes, data) : 1, slot)
      return
    case 'read-modify-write-tag':
      beginTag(message, op, path, 1, slot)
      if (end !== data + 2 + 2 * u16le(bytes, data)) message.fault = 'malformed'
      return
    default:
      return write(bytes, data, end, op, path, slot, message)
  }
}

const write = (
  bytes: Uint8Array,
  data: number,
  end: number,
  op: string,
  path: Path,
  slot: number,
  message: Message,
): void => {
  const type = u16le(bytes, data)
  const counted = data + (type === structure ? 4 : 2)
  const whole = op === 'write-tag'
  const first = counted + (whole ? 2 : 6)
  const offset = whole ? 0 : u32le(bytes, counted + 2)
  const count = first > end ? 1 : u16le(bytes, counted)
  const command = beginTag(message, op, path, count, slot)
  const size = sizeOf(type & 0xff)
  const length = end - first
  const used = size * count
  if (length < 0) message.fault = 'malformed'
  // The high byte of a type says which bit of a BOOL, or how many dimensions: only the plain types are read.
  // A part that begins within an element is of other values than it shows.
  else if (size === 0 || type > 0xff || offset % size !== 0) command.unreadable = true
  else if (whole && length !== used && length !== used + (used & 1)) message.fault = 'malformed'
  else if (!whole && (length % size !== 0 || offset + length > used)) message.fault = 'malformed'
  else typedValues(command, bytes, first, whole ? first + used : end, type, message)
}

/** Adds the values of a Read Tag reply: type, then data. */
export const readTagReply = (bytes: Uint8Array, data: number, end: number, message: Message): void => {
  const command = message.commands[message.count - 1]
  if (command === undefined || data + 2 > end) return
  const type = u16le(bytes, data)
  if (type > 0xff) command.unreadable = true
  else typedValues(command, bytes, data + 2, end, type, message)
}

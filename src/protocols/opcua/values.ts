/** Variants and what they hold: OPC 10000-6, 5.2.2.12 to 5.2.2.17. Numbers are kept, everything else is stepped over exactly. */
import { f32le, f64le, i16le, i32le, u16le, u32le } from '#core/bytes.ts'
import type { ParsedCommand } from '#core/message.ts'
import type { Cursor } from './cursor.ts'

/** Bytes of an element, by built-in type (5.1.2); 0: its length is its own. */
const sizes: readonly number[] = [0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 8, 16, 0, 0, 0, 0, 4]
const lastNumber = 11
/** Numbers that are kept of one array; a longer one is not read, so that a waveform takes no more steps than a set-point. */
const longestArray = 4096
export const stringType = 12

/** Boolean (whatever is not zero is true) to Double. @returns NaN for a number that cannot be kept exactly */
const numberAt = (bytes: Uint8Array, at: number, type: number): number => {
  switch (type) {
    case 1:
      return bytes[at] === 0 ? 0 : 1
    case 2:
      return ((bytes[at] ?? 0) << 24) >> 24
    case 3:
      return bytes[at] ?? 0
    case 4:
      return i16le(bytes, at)
    case 5:
      return u16le(bytes, at)
    case 6:
      return i32le(bytes, at)
    case 7:
      return u32le(bytes, at)
    case 8:
      return exact(i32le(bytes, at + 4) * 0x1_0000_0000 + u32le(bytes, at))
    case 9:
      return exact(u32le(bytes, at + 4) * 0x1_0000_0000 + u32le(bytes, at))
    case 10:
      return f32le(bytes, at)
    default:
      return f64le(bytes, at)
  }
}
const exact = (value: number): number => (Number.isSafeInteger(value) ? value : Number.NaN)

export const qualifiedName = (cursor: Cursor): void => {
  cursor.skip(2)
  cursor.string()
}
export const localizedText = (cursor: Cursor): void => {
  const mask = cursor.u8()
  if ((mask & 1) !== 0) cursor.string()
  if ((mask & 2) !== 0) cursor.string()
  if (mask > 3) cursor.failed = true
}

/** 5.2.2.15. Afterwards `cursor.id` is the type, and `from` to `to` are the body. @returns whether the body is binary */
export const extensionObject = (cursor: Cursor): boolean => {
  cursor.node()
  const encoding = cursor.u8()
  cursor.from = cursor.to = cursor.at
  // A body of no type: some take it for nothing, and go on with what is in it.
  if (encoding > 2 || (encoding > 0 && cursor.id.number === 0)) cursor.failed = true
  else if (encoding > 0) cursor.string()
  return encoding === 1 && !cursor.failed
}

export const diagnosticInfo = (cursor: Cursor): void => {
  if (cursor.enter()) {
    const mask = cursor.u8()
    for (let bit = 1; bit <= 8; bit <<= 1) if ((mask & bit) !== 0) cursor.skip(4)
    if ((mask & 0x10) !== 0) cursor.string()
    if ((mask & 0x20) !== 0) cursor.skip(4)
    if ((mask & 0x40) !== 0) diagnosticInfo(cursor)
    if (mask > 0x7f) cursor.failed = true
  }
  cursor.leave()
}

/** One element whose length is its own. */
const element = (cursor: Cursor, type: number): void => {
  switch (type) {
    case stringType:
    case 15:
    case 16:
      return cursor.string()
    case 17:
      return cursor.node()
    case 18:
      return cursor.expandedNode()
    case 20:
      return qualifiedName(cursor)
    case 21:
      return localizedText(cursor)
    case 22:
      extensionObject(cursor)
      return
    case 23:
      dataValue(cursor, undefined)
      return
    case 24:
      variant(cursor, undefined)
      return
    case 25:
      return diagnosticInfo(cursor)
    default:
      // 26 to 31 are for the future, and may hold anything.
      cursor.failed = true
  }
}

/** Elements of one type; their numbers go into `command`, where one is given. */
const elements = (cursor: Cursor, type: number, count: number, command: ParsedCommand | undefined): void => {
  const size = sizes[type] ?? 0
  if (size === 0) {
    for (let index = 0; index < count && cursor.step(); index++) element(cursor, type)
    if (command !== undefined) command.unreadable = true
    return
  }
  const at = cursor.take(size * count)
  if (command === undefined || cursor.failed) return
  if (type > lastNumber || count === 0 || count > longestArray) command.unreadable = true
  else
    for (let index = 0; index < count && cursor.step(); index++)
      command.value(numberAt(cursor.bytes, at + size * index, type))
}

/** @returns the type of its single value; 0 for null, -1 for an array */
export const variant = (cursor: Cursor, command: ParsedCommand | undefined): number => {
  let type = 0
  if (cursor.enter()) {
    const mask = cursor.u8()
    type = mask & 0x3f
    const array = mask >= 0x80
    if (type !== 0) elements(cursor, type, array ? cursor.count() : 1, command)
    else if (command !== undefined) command.unreadable = true
    // Dimensions say nothing without an array, and neither says anything of null.
    if (type === 0 ? mask !== 0 : (mask & 0xc0) === 0x40) cursor.failed = true
    if ((mask & 0x40) !== 0) cursor.skip(4 * cursor.count())
    if (array) type = -1
  }
  cursor.leave()
  return type
}

/** 5.2.2.17. @returns the type of its value as {@link variant}; 0 also when it has none, or a bad one */
export const dataValue = (cursor: Cursor, command: ParsedCommand | undefined): number => {
  let type = 0
  if (cursor.enter()) {
    const mask = cursor.u8()
    if ((mask & 1) !== 0) type = variant(cursor, command)
    else if (command !== undefined) command.unreadable = true
    // Severity is in the two highest bits of a status: bad is 10.
    if ((mask & 2) !== 0 && cursor.i32() < 0) type = 0
    if ((mask & 4) !== 0) cursor.skip(8)
    if ((mask & 0x10) !== 0) cursor.skip(2)
    if ((mask & 8) !== 0) cursor.skip(8)
    if ((mask & 0x20) !== 0) cursor.skip(2)
    if (mask > 0x3f) cursor.failed = true
  }
  cursor.leave()
  return type
}

/** Values of variables: the data items of a write request and of a read response. */
import { f32be, i16be, i32be, u16be, u32be } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'
import type { Item } from './items.ts'

/** Transport sizes of data: without any there is none, up to this one lengths count bits, beyond it bytes. */
const lastInBits = 5

/** Bytes that follow the header of a data item, by its own words. */
export const dataSize = (bytes: Uint8Array, at: number): number => {
  const length = u16be(bytes, at + 2)
  const code = bytes[at + 1] ?? 0
  if (code === 0) return 0
  return code >= 3 && code <= lastInBits ? (length + 7) >> 3 : length
}

/**
 * Bytes of written data. Devices differ over whether some sizes count bits or bytes, so the item has to confirm one of the two.
 * @returns -1 when it confirms neither
 */
export const writtenSize = (bytes: Uint8Array, at: number, item: Item): number => {
  const length = u16be(bytes, at + 2)
  const size = dataSize(bytes, at)
  if (item.size < 0 || size === item.size) return size
  return length === item.size || length === 8 * item.size ? item.size : -1
}

const element = (bytes: Uint8Array, at: number, type: string): number => {
  switch (type) {
    case 'bit':
    case 'byte':
    case 'char':
      return bytes[at] ?? 0
    case 'int':
      return i16be(bytes, at)
    case 'word':
    case 'date':
    case 's5time':
    case 'counter':
    case 'timer':
      return u16be(bytes, at)
    case 'dword':
    case 'time-of-day':
      return u32be(bytes, at)
    case 'dint':
    case 'time':
      return i32be(bytes, at)
    case 'real':
      return f32be(bytes, at)
    default:
      return Number.NaN
  }
}

/**
 * Reads `size` bytes of data as the item's elements. One element has one value; of several, each byte of the place shows the value
 * of the element it is part of, so that values and addresses stay in step.
 */
export const readValues = (
  bytes: Uint8Array,
  at: number,
  size: number,
  item: Item,
  command: ParsedCommand,
  message: Message,
): void => {
  if (item.size < 0 || size !== item.size || item.count === 0) {
    command.unreadable = true
    return
  }
  const width = Math.max(1, item.width)
  const places = item.last - item.first + 1
  const repeated = item.count === 1 ? 1 : Math.max(1, Math.floor(places / item.count))
  for (let index = 0; index < item.count && message.step(); index++) {
    const value = element(bytes, at + index * width, item.type)
    // NaN would keep within every step.
    if (!Number.isFinite(value)) command.unreadable = true
    else for (let times = 0; times < repeated && message.step(); times++) command.value(value)
  }
}

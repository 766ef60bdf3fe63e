/** Values by their CIP data type: volume 1, appendix C-6. */
import { f32le, f64le, i16le, i32le, u16le, u32le } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'

/** Bytes of one value of an elementary type; 0 for one that is not of a fixed size or not known. */
export const sizeOf = (type: number): number => {
  switch (type) {
    case 0xc1: // BOOL
    case 0xc2: // SINT
    case 0xc6: // USINT
    case 0xd1: // BYTE
      return 1
    case 0xc3: // INT
    case 0xc7: // UINT
    case 0xcd: // DATE
    case 0xd2: // WORD
    case 0xd8: // ITIME
      return 2
    case 0xc4: // DINT
    case 0xc8: // UDINT
    case 0xca: // REAL
    case 0xcc: // STIME
    case 0xce: // TIME_OF_DAY
    case 0xd3: // DWORD
    case 0xd6: // FTIME
    case 0xdb: // TIME
      return 4
    case 0xc5: // LINT
    case 0xc9: // ULINT
    case 0xcb: // LREAL
    case 0xd4: // LWORD
    case 0xd7: // LTIME
      return 8
    default:
      return 0
  }
}

const valueAt = (bytes: Uint8Array, at: number, type: number): number => {
  switch (type) {
    case 0xc2:
      return ((bytes[at] ?? 0) << 24) >> 24
    case 0xc3:
    case 0xd8:
      return i16le(bytes, at)
    case 0xc4:
    case 0xcc:
    case 0xd6:
    case 0xdb:
      return i32le(bytes, at)
    case 0xc5:
    case 0xd7:
      return u32le(bytes, at) + i32le(bytes, at + 4) * 0x1_0000_0000
    case 0xca:
      return f32le(bytes, at)
    case 0xcb:
      return f64le(bytes, at)
    default:
      return unsignedAt(bytes, at, sizeOf(type))
  }
}

const unsignedAt = (bytes: Uint8Array, at: number, size: number): number => {
  if (size === 1) return bytes[at] ?? 0
  if (size === 2) return u16le(bytes, at)
  return u32le(bytes, at) + (size === 8 ? u32le(bytes, at + 4) * 0x1_0000_0000 : 0)
}

/** Adds the values that fill bytes `at` to `end`. */
export const typedValues = (
  command: ParsedCommand,
  bytes: Uint8Array,
  at: number,
  end: number,
  type: number,
  message: Message,
): void => {
  const size = sizeOf(type)
  if (size === 0) {
    command.unreadable = true
    return
  }
  for (let part = at; part + size <= end && message.step(); part += size) command.value(valueAt(bytes, part, type))
}

/** Attributes have no type on the wire: what is as long as an integer is read as an unsigned one. */
export const untypedValue = (command: ParsedCommand, bytes: Uint8Array, at: number, end: number): void => {
  const size = end - at
  if (size === 1 || size === 2 || size === 4) command.value(unsignedAt(bytes, at, size))
  else command.unreadable = true
}

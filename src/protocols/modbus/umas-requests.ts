/**
 * FC 90: session key, UMAS function, parameters. Nothing about parameters is published; what is read here is what engineering
 * tools are seen to send, and only when it is so to the last byte. Anything else is known by its function alone.
 */
import { u16le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { umasOp } from './umas-codes.ts'

const readCoilsRegisters = 0x24
/** Size, class, address, count. */
const itemSize = 6
const coil = 2
const register = 3

/** How many items 0x24 reads, when each is one coil or register. @returns 0 when it is of another form */
const plainItems = (bytes: Uint8Array, at: number, end: number, message: Message): number => {
  const count = bytes[at + 3] ?? 0
  if (end !== at + 4 + itemSize * count) return 0
  for (let item = at + 4; item < end && message.step(); item += itemSize) {
    const kind = bytes[item + 1]
    if (bytes[item] !== 2 || (kind !== coil && kind !== register) || u16le(bytes, item + 4) !== 1) return 0
  }
  return count
}

export const readUmasRequest = (bytes: Uint8Array, at: number, end: number, unit: number, message: Message): void => {
  if (end < at + 3) {
    message.begin('umas-unlisted').number('unit', unit)
    message.fault = 'malformed'
    return
  }
  const code = bytes[at + 2] ?? 0
  const op = umasOp(code)
  message.notes[0] = code
  if (code === readCoilsRegisters) {
    const items = plainItems(bytes, at, end, message)
    for (let index = 0; index < items && message.step(); index++) {
      const item = at + 4 + itemSize * index
      message
        .begin(op)
        .number('unit', unit)
        .number(bytes[item + 1] === coil ? 'coils' : 'registers', u16le(bytes, item + 2))
        .number('quantity', 1)
    }
    if (items > 0) return
  }
  const command = message.begin(op).number('unit', unit)
  if (op === 'umas-unlisted') command.number('subfunction', code)
}

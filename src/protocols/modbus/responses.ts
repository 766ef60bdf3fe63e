/** What a Modbus response shows of the process: MODBUS Application Protocol Specification V1.1b3, section 6. */
import { u16be } from '#core/bytes.ts'
import type { FactName, Message } from '#core/message.ts'
import type { PendingRequest } from '#core/pending.ts'

const words: Readonly<Record<number, 'coils' | 'inputs' | 'registers'>> = {
  1: 'coils',
  2: 'inputs',
  3: 'registers',
  4: 'registers',
}

/** Identification objects, section 6.21. */
const objects: Readonly<Record<number, FactName>> = { 0: 'vendor', 1: 'model', 2: 'firmware', 4: 'model', 5: 'name' }

const identity = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  let part = at + 7
  for (let left = bytes[at + 6] ?? 0; left > 0 && part + 2 <= end && message.step(); left--) {
    const name = objects[bytes[part] ?? 255]
    const size = bytes[part + 1] ?? 0
    if (name !== undefined && message.wantsFacts && part + 2 + size <= end)
      message.fact(name, String.fromCharCode(...bytes.subarray(part + 2, part + 2 + size)))
    part += 2 + size
  }
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
  if (code === 43 && bytes[at + 1] === 14) return identity(bytes, at, end, message)
  if (code >= 0x80 || request === undefined) return
  const first = request.notes[0] ?? 0
  const count = request.notes[1] ?? 0
  const word = words[code === 23 ? 3 : code]
  if (word === undefined || count === 0) return
  const bits = code <= 2
  const size = bits ? (count + 7) >> 3 : 2 * count
  if (bytes[at + 1] !== size || end !== at + 2 + size) {
    message.fault = 'malformed'
    return
  }
  const command = message
    .begin(code === 23 ? 'read-holding-registers' : request.op)
    .number('unit', unit)
    .span(word, first, first + count - 1)
  for (let index = 0; index < count && message.step(); index++)
    command.value(bits ? ((bytes[at + 2 + (index >> 3)] ?? 0) >> (index & 7)) & 1 : u16be(bytes, at + 2 + 2 * index))
}

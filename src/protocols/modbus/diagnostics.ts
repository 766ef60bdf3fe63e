/** FC 8, section 6.8, and FC 43, section 6.19 to 6.21: function codes whose meaning is in their next byte. */
import { u16be } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'

const diagnostics: Readonly<Record<number, string>> = {
  0: 'return-query-data',
  1: 'restart-communications-option',
  2: 'return-diagnostic-register',
  3: 'change-ascii-input-delimiter',
  4: 'force-listen-only-mode',
  10: 'clear-counters-and-diagnostic-register',
  20: 'clear-overrun-counter-and-flag',
}

export const readDiagnostics = (bytes: Uint8Array, at: number, end: number, unit: number, message: Message): void => {
  const code = u16be(bytes, at + 1)
  const known = diagnostics[code]
  const isCounter = code >= 11 && code <= 18
  if (known !== undefined) message.begin(known).number('unit', unit)
  else
    message
      .begin(isCounter ? 'return-diagnostic-counters' : 'reserved-diagnostics')
      .number('unit', unit)
      .number('subfunction', code)
  // Each sub-function has one field of data, but the echo, which has any number of them, and what is not described.
  const isFixed = isCounter || (known !== undefined && code !== 0)
  if (isFixed ? end !== at + 5 : end < at + 3) message.fault = 'malformed'
}

/** Last object of the category that a code reads as a stream, from the first: basic, regular, extended. */
const lastOf: Readonly<Record<number, number>> = { 1: 2, 2: 0x7f, 3: 0xff }
const individual = 4

export const readEncapsulated = (bytes: Uint8Array, at: number, end: number, unit: number, message: Message): void => {
  const kind = end < at + 2 ? -1 : bytes[at + 1]
  if (kind === -1) message.fault = 'malformed'
  if (kind === 13) {
    message.begin('canopen-general-reference').number('unit', unit)
    return
  }
  if (kind !== 14) {
    message
      .begin('unlisted')
      .number('unit', unit)
      .number('function', bytes[at] ?? 0)
    return
  }
  // A stream begins at the object named, and at the first when the device has no such object.
  const code = bytes[at + 2] ?? 0
  const object = bytes[at + 3] ?? 0
  const isOne = code === individual
  message
    .begin('read-device-identification')
    .number('unit', unit)
    .span('objects', isOne ? object : 0, isOne ? object : (lastOf[code] ?? 0xff))
  if (end !== at + 4) message.fault = 'malformed'
}

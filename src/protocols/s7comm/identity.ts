/** What a device says it is: system status lists 0x11 (module) and 0x1c (component), System Software for S7-300/400, chapter 34. */
import { u16be } from '#core/bytes.ts'
import type { FactName, Message } from '#core/message.ts'

const module = 0x11
const component = 0x1c
/** List identification and index, length of an entry, number of entries. */
const header = 8

const components: Readonly<Record<number, FactName>> = {
  1: 'name',
  2: 'module',
  3: 'location',
  5: 'serial',
  7: 'model',
}

const textOf = (bytes: Uint8Array, at: number, end: number): string => {
  const stop = bytes.indexOf(0, at)
  return String.fromCharCode(...bytes.subarray(at, stop >= at && stop < end ? stop : end))
}

/** Order number, type, and versions: `V`, then three bytes, for firmware; two numbers for hardware. */
const readModule = (bytes: Uint8Array, at: number, index: number, message: Message): void => {
  const order = textOf(bytes, at + 2, at + 22)
  if (index === 1) {
    message.fact('model', order)
    if (/^6(ES|AG|GK)/.test(order)) message.fact('vendor', 'Siemens')
  }
  const [first, second, third] = [bytes[at + 25] ?? 0, bytes[at + 26] ?? 0, bytes[at + 27] ?? 0]
  if (index === 6) message.fact('hardware', `${u16be(bytes, at + 26)}`)
  if (index === 7 && bytes[at + 24] === 0x56) message.fact('firmware', `V${first}.${second}.${third}`)
}

/** Reads the list at `at`; allocates, and so only when facts are wanted. */
export const readIdentity = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  const list = u16be(bytes, at) & 0xff
  if (!message.wantsFacts || (list !== module && list !== component)) return
  const size = u16be(bytes, at + 4)
  if (size < (list === module ? 28 : 4)) return
  for (let entry = at + header; entry + size <= end && message.step(); entry += size) {
    const index = u16be(bytes, entry)
    if (list === module) readModule(bytes, entry, index, message)
    else {
      const name = components[index]
      if (name !== undefined) message.fact(name, textOf(bytes, entry + 2, entry + size))
    }
  }
}

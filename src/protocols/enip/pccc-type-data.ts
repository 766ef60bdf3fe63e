/** The type/data parameter of PLC-5 typed commands: Rockwell Automation publication 1770-6.5.16, chapter 13. */
import type { Message, ParsedCommand } from '#core/message.ts'
import { typedValues } from './values.ts'

const integer = 4
const float = 8
const array = 9

/** One descriptor: a nibble each for type and size, or, with bit 3 set, for how many bytes of it follow. */
class Descriptor {
  type = 0
  size = 0
  /** Where what it describes begins. */
  end = 0

  read(bytes: Uint8Array, at: number): void {
    const flags = bytes[at] ?? 0
    this.end = at + 1
    this.type = this.#nibble(bytes, flags >> 4)
    this.size = this.#nibble(bytes, flags & 15)
  }

  #nibble(bytes: Uint8Array, nibble: number): number {
    if ((nibble & 8) === 0) return nibble
    let value = 0
    let scale = 1
    for (let left = nibble & 7; left > 0; left--) {
      value += (bytes[this.end++] ?? 0) * scale
      scale *= 256
    }
    return value
  }
}
const outer = new Descriptor()
const inner = new Descriptor()

/** Adds the values that fill the unit from `at` to `end`. @returns how many elements there are, 0 when they do not fill it */
export const readTypeAndData = (
  command: ParsedCommand,
  bytes: Uint8Array,
  at: number,
  end: number,
  message: Message,
): number => {
  outer.read(bytes, at)
  if (outer.end + outer.size !== end || outer.size === 0) return 0
  const isArray = outer.type === array
  if (isArray) inner.read(bytes, outer.end)
  const { type, size } = isArray ? inner : outer
  const first = isArray ? inner.end : outer.end
  const length = end - first
  if (size === 0 || length <= 0 || length % size !== 0) return 0
  if (type === integer && size === 2) typedValues(command, bytes, first, end, 0xc3, message)
  else if (type === float && size === 4) typedValues(command, bytes, first, end, 0xca, message)
  else command.unreadable = true
  return length / size
}

/** Tagged data as a device writes them: ANSI/ASHRAE 135, clause 20.2. */
import { listU16be } from '#core/bytes.ts'

export type Bytes = readonly number[]

const scratch = new DataView(new ArrayBuffer(4))
const whole = (value: number): Bytes => {
  const bytes: number[] = [value & 0xff]
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 0xff)
  return bytes
}
/** A tag in front of its content; `context`: its number is that of a context. */
const tagged = (number: number, content: Bytes, context = false): Bytes => {
  const first = (number << 4) | (context ? 8 : 0)
  const { length } = content
  if (length < 5) return [first | length, ...content]
  if (length < 254) return [first | 5, length, ...content]
  return [first | 5, 254, ...listU16be(length), ...content]
}

const objectBytes = (type: number, instance: number): Bytes => {
  scratch.setUint32(0, ((type << 22) | instance) >>> 0)
  return [0, 1, 2, 3].map((at) => scratch.getUint8(at))
}

export const application = {
  boolean: (value: boolean): Bytes => [0x10 | (value ? 1 : 0)],
  unsigned: (value: number): Bytes => tagged(2, whole(value)),
  /** One byte. */
  signed: (value: number): Bytes =>
    tagged(3, value >= -128 && value < 128 ? [value & 0xff] : [(value >> 8) & 0xff, value & 0xff]),
  real: (value: number): Bytes => {
    scratch.setFloat32(0, value)
    return tagged(
      4,
      [0, 1, 2, 3].map((at) => scratch.getUint8(at)),
    )
  },
  /** UTF-8, 20.2.9. */
  text: (value: string): Bytes => tagged(7, [0, ...new TextEncoder().encode(value).subarray(0, 200)]),
  /** Bits that are set, of so many. */
  bits: (set: readonly number[], count: number): Bytes => {
    const bytes = Array.from({ length: (count + 7) >> 3 }, (_, at) =>
      set.reduce((sum, bit) => (bit >> 3 === at ? sum | (0x80 >> (bit & 7)) : sum), 0),
    )
    return tagged(8, [8 * bytes.length - count, ...bytes])
  },
  enumerated: (value: number): Bytes => tagged(9, whole(value)),
  /** 20.2.12 and 20.2.13, of a time in UTC. */
  date: (at: Date): Bytes =>
    tagged(10, [at.getUTCFullYear() - 1900, at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCDay() || 7]),
  time: (at: Date): Bytes =>
    tagged(11, [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds(), Math.floor(at.getUTCMilliseconds() / 10)]),
  object: (type: number, instance: number): Bytes => tagged(12, objectBytes(type, instance)),
} as const

export const context = {
  unsigned: (number: number, value: number): Bytes => tagged(number, whole(value), true),
  object: (number: number, type: number, instance: number): Bytes => tagged(number, objectBytes(type, instance), true),
  around: (number: number, content: Bytes): Bytes => [(number << 4) | 0x0e, ...content, (number << 4) | 0x0f],
} as const

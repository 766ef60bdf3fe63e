/** Numbers at an offset. A byte that is not there reads as zero, so that a reader of hostile bytes never throws. */

export const u16be = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
export const u16le = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
export const u24be = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 16) | u16be(bytes, at + 1)
export const u24le = (bytes: Uint8Array, at: number): number => u16le(bytes, at) | ((bytes[at + 2] ?? 0) << 16)
export const u32be = (bytes: Uint8Array, at: number): number => u16be(bytes, at) * 0x1_0000 + u16be(bytes, at + 2)
export const u32le = (bytes: Uint8Array, at: number): number => u16le(bytes, at) + u16le(bytes, at + 2) * 0x1_0000
export const i16be = (bytes: Uint8Array, at: number): number => (u16be(bytes, at) << 16) >> 16
export const i16le = (bytes: Uint8Array, at: number): number => (u16le(bytes, at) << 16) >> 16
// Not by way of the unsigned ones: above 2^31 those would need memory of their own.
export const i32be = (bytes: Uint8Array, at: number): number => (u16be(bytes, at) << 16) | u16be(bytes, at + 2)
export const i32le = (bytes: Uint8Array, at: number): number => u16le(bytes, at) | (u16le(bytes, at + 2) << 16)

const scratch = new DataView(new ArrayBuffer(8))
const float32 = (bits: number): number => {
  scratch.setUint32(0, bits)
  return scratch.getFloat32(0)
}
const float64 = (high: number, low: number): number => {
  scratch.setUint32(0, high)
  scratch.setUint32(4, low)
  return scratch.getFloat64(0)
}
export const f32be = (bytes: Uint8Array, at: number): number => float32(u32be(bytes, at))
export const f32le = (bytes: Uint8Array, at: number): number => float32(u32le(bytes, at))
export const f64be = (bytes: Uint8Array, at: number): number => float64(u32be(bytes, at), u32be(bytes, at + 4))
export const f64le = (bytes: Uint8Array, at: number): number => float64(u32le(bytes, at + 4), u32le(bytes, at))

export const putU16be = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}
export const putU16le = (bytes: Uint8Array, at: number, value: number): void => {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
}
export const putU32be = (bytes: Uint8Array, at: number, value: number): void => {
  putU16be(bytes, at, value >>> 16)
  putU16be(bytes, at + 2, value)
}
export const putU32le = (bytes: Uint8Array, at: number, value: number): void => {
  putU16le(bytes, at, value)
  putU16le(bytes, at + 2, value >>> 16)
}

/** A number's bytes, for messages that are put together from lists. */
export const listU16be = (value: number): readonly number[] => [(value >>> 8) & 0xff, value & 0xff]
export const listU16le = (value: number): readonly number[] => [value & 0xff, (value >>> 8) & 0xff]
export const listU32le = (value: number): readonly number[] => [...listU16le(value), ...listU16le(value >>> 16)]

/** A copy of the parts, one behind the other. */
export const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** The check of every block of a link frame: CRC-16 of IEEE Std 1815-2012, 9.2.4.3 (x16+x13+x12+x11+x10+x8+x6+x5+x2+1, complemented). */
import { putU16le, u16le } from '#core/bytes.ts'

const reversedPolynomial = 0xa6bc

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ reversedPolynomial : crc >>> 1
  return crc
})

const crcOf = (bytes: Uint8Array, at: number, end: number): number => {
  let crc = 0
  for (let index = at; index < end; index++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0)
  return ~crc & 0xffff
}

/** Whether the block `at` to `end` is followed by its own check. */
export const isChecked = (bytes: Uint8Array, at: number, end: number): boolean =>
  u16le(bytes, end) === crcOf(bytes, at, end)

export const putCheck = (bytes: Uint8Array, at: number, end: number): void =>
  putU16le(bytes, end, crcOf(bytes, at, end))

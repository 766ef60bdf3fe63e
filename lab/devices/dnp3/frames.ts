/** Frames of DNP3 (IEEE Std 1815): link layer with its checksums, transport octet, application fragments of one frame. */
import type { Measure } from '../stream.ts'

export const fn = { confirm: 0, read: 1, write: 2, directOperate: 5, coldRestart: 13, response: 129 } as const

/** CRC-16/DNP, least significant bit first. */
const checksum = (bytes: Buffer): number => {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa6bc : crc >> 1
  }
  return ~crc & 0xffff
}
const sealed = (bytes: Buffer): Buffer => {
  const crc = checksum(bytes)
  return Buffer.concat([bytes, Buffer.from([crc & 0xff, crc >> 8])])
}
const isSealed = (bytes: Buffer): boolean => checksum(bytes.subarray(0, -2)) === bytes.readUInt16LE(bytes.length - 2)

const block = 16
const headerSize = 10

/** Octets on the wire of a frame whose length octet counts `count` (control and addresses included). */
const frameSize = (count: number): number => headerSize + (count - 5) + 2 * Math.ceil((count - 5) / block)

export const measure: Measure = (bytes) => {
  if (bytes.length < 3) return 0
  return bytes[0] === 5 && bytes[1] === 0x64 && (bytes[2] ?? 0) >= 5 ? frameSize(bytes[2] ?? 0) : -1
}

export interface Frame {
  readonly control: number
  readonly to: number
  readonly from: number
  /** Transport octet and what follows it. */
  readonly data: Buffer
}

/** @returns undefined when a checksum is wrong */
export const read = (bytes: Buffer): Frame | undefined => {
  if (!isSealed(bytes.subarray(0, headerSize))) return undefined
  const parts: Buffer[] = []
  for (let at = headerSize; at < bytes.length; at += block + 2) {
    const part = bytes.subarray(at, Math.min(bytes.length, at + block + 2))
    if (!isSealed(part)) return undefined
    parts.push(part.subarray(0, -2))
  }
  return {
    control: bytes[3] ?? 0,
    to: bytes.readUInt16LE(4),
    from: bytes.readUInt16LE(6),
    data: Buffer.concat(parts),
  }
}

export const build = ({ control, to, from, data }: Frame): Buffer => {
  const head = Buffer.from([5, 0x64, 5 + data.length, control, 0, 0, 0, 0])
  head.writeUInt16LE(to, 4)
  head.writeUInt16LE(from, 6)
  const parts = [sealed(head)]
  for (let at = 0; at < data.length; at += block) parts.push(sealed(data.subarray(at, at + block)))
  return Buffer.concat(parts)
}

/** User data without a confirmation of the link, from a master and from an outstation. */
export const control = { master: 0xc4, outstation: 0x44 } as const
/** A fragment in one frame: the first and the last segment, and the first and last fragment. */
export const only = 0xc0

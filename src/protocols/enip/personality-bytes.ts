/** Numbers and texts as CIP writes them: little-endian, volume 1, appendix C. */
import { listU16le, listU32le } from '#core/bytes.ts'
import type { Process } from '#core/personality.ts'
import type { Source, TagType } from './personality-profile.ts'

export type Bytes = readonly number[]

export { listU16le as u16, listU32le as u32 }
export const ascii = (text: string): Bytes => [...Buffer.from(text, 'latin1')]
/** SHORT_STRING. */
export const short = (text: string): Bytes => [Math.min(255, text.length), ...ascii(text.slice(0, 255))]
/** STRING. */
export const long = (text: string): Bytes => [...listU16le(text.length), ...ascii(text)]

const scratch = new DataView(new ArrayBuffer(4))
export const float = (value: number): Bytes => {
  scratch.setFloat32(0, value)
  return listU32le(scratch.getUint32(0))
}

/** 32 bits that stand for two numbers. */
export const mixed = (seed: number, of: number): number => {
  let value = Math.imul(seed ^ Math.imul(of + 1, 0x9e3779b1), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

export const types: Readonly<Record<TagType, { readonly code: number; readonly size: number }>> = {
  BOOL: { code: 0xc1, size: 1 },
  SINT: { code: 0xc2, size: 1 },
  INT: { code: 0xc3, size: 2 },
  DINT: { code: 0xc4, size: 4 },
  REAL: { code: 0xca, size: 4 },
}

export const encoded = (type: TagType, value: number): Bytes => {
  if (type === 'REAL') return float(value)
  if (type === 'BOOL') return [value === 0 ? 0 : 1]
  return listU32le(Math.round(value)).slice(0, types[type].size)
}

/** A source's value; `further` points on, for elements of an array. */
export const valueOf = (source: Source, further: number, process: Process, at: number): number => {
  if ('analog' in source) return (process.analog(source.analog + further, at) * source.max) / 100
  if ('digital' in source) return process.digital(source.digital + further, at) ? 1 : 0
  return source.constant
}
/** The program of a controller writes it in every cycle. */
export const isMoving = (source: Source): boolean => !('constant' in source)

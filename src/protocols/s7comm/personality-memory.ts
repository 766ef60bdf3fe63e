/** The memory of a controller: values of its process, under what this conversation has written. */
import type { Process } from '#core/personality.ts'
import type { S7Area, S7Field, S7Profile } from './personality-profile.ts'

/** Return codes of single items. */
export const itemCode = { success: 0xff, address: 0x05, type: 0x06, size: 0x07, missing: 0x0a } as const
/** Written bytes that are remembered. */
const mostWritten = 4096

export interface S7Memory {
  /** @returns the bytes, or the return code that says why there are none */
  read(area: string, db: number, first: number, length: number): Uint8Array | number
  /**
   * @param mask bits of each byte that are written
   * @returns a return code
   */
  write(area: string, db: number, first: number, bytes: Uint8Array, mask: number): number
}

const widths = { bool: 1, int: 2, word: 2, dint: 4, real: 4 } as const
const scratch = new DataView(new ArrayBuffer(4))

const put = (field: S7Field, process: Process, now: number, first: number, out: Uint8Array): void => {
  if (field.type === 'bool') {
    const at = field.at - first
    if (process.digital(field.point, now) && at >= 0 && at < out.length)
      out[at] = (out[at] ?? 0) | (1 << (field.bit ?? 0))
    return
  }
  const value = (process.analog(field.point, now) / 100) * (field.max ?? 100)
  if (field.type === 'real') scratch.setFloat32(0, value)
  else if (field.type === 'dint') scratch.setInt32(0, Math.round(value))
  else scratch.setUint16(0, Math.round(value) & 0xffff)
  for (let index = 0; index < widths[field.type]; index++) {
    const at = field.at + index - first
    if (at >= 0 && at < out.length) out[at] = scratch.getUint8(index)
  }
}

/** Counters show three decimal digits, two bytes each. */
const putCounters = (process: Process, now: number, first: number, out: Uint8Array): void => {
  for (let index = 0; index + 1 < out.length; index += 2) {
    const value = Math.min(999, Math.floor(process.analog((first + index) / 2, now) * 10))
    out[index] = Math.floor(value / 100)
    out[index + 1] = ((Math.floor(value / 10) % 10) << 4) | (value % 10)
  }
}

export const memoryOf = (profile: S7Profile, process: Process, now: () => number): S7Memory => {
  /** By area and byte: the bits that were written, and what. */
  const written = new Map<string, number>()
  const none: readonly S7Field[] = []
  const areaOf = (area: string, db: number): S7Area | undefined => {
    if (area === 'I' || area === 'Q' || area === 'M') return profile.areas[area]
    if (area === 'P') return profile.areas.I
    if (area === 'C' && profile.counters > 0) return { size: 2 * profile.counters, fields: none }
    if (area === 'T' && profile.timers > 0) return { size: 2 * profile.timers, fields: none }
    return area === 'DB' && Object.hasOwn(profile.dataBlocks, db) ? profile.dataBlocks[db] : undefined
  }
  const keyOf = (area: string, db: number, at: number): string => `${area === 'DB' ? `DB${db}` : area}.${at}`
  return {
    read: (area, db, first, length) => {
      const found = areaOf(area, db)
      if (found === undefined) return itemCode.missing
      if (first + length > found.size) return itemCode.address
      const out = new Uint8Array(length)
      const at = now()
      for (const field of found.fields) put(field, process, at, first, out)
      if (area === 'C') putCounters(process, at, first, out)
      if (written.size > 0)
        for (let index = 0; index < length; index++) {
          const over = written.get(keyOf(area, db, first + index))
          if (over !== undefined) out[index] = ((out[index] ?? 0) & ~(over >> 8)) | (over & 0xff)
        }
      return out
    },
    write: (area, db, first, bytes, mask) => {
      const found = areaOf(area, db)
      if (found === undefined) return itemCode.missing
      if (first + bytes.length > found.size) return itemCode.address
      for (const [index, byte] of bytes.entries()) {
        const key = keyOf(area, db, first + index)
        const before = written.get(key) ?? 0
        if (before === 0 && written.size >= mostWritten) break
        const bits = (before & 0xff & ~mask) | (byte & mask)
        written.set(key, (((before >> 8) | mask) << 8) | bits)
      }
      return itemCode.success
    },
  }
}

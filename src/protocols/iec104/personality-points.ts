/** Points of a station as ASDUs: IEC 60870-5-101, 7.3.1, without time. */
import { putU16le, putU32le } from '#core/bytes.ts'
import type { Process } from '#core/personality.ts'
import { asduHeader } from './asdu.ts'
import type { Iec104Point, MonitorType } from './personality-profile.ts'
import { asduTypes } from './types.ts'

/** Bytes of the longest ASDU: 253 less the four control fields. */
const longest = 249
const addressSize = 3

const scratch = new DataView(new ArrayBuffer(4))
const floatBits = (value: number): number => {
  scratch.setFloat32(0, value)
  return scratch.getUint32(0)
}

/** Values by information object address that were commanded, and hold against the process. */
export type Commanded = ReadonlyMap<number, number>

const valueOf = (point: Iec104Point, process: Process, now: number, commanded: Commanded): number => {
  const held = commanded.get(point.ioa)
  if (held !== undefined) return held
  if (point.type === 1) return process.digital(point.point, now) ? 1 : 0
  if (point.type === 3) return process.digital(point.point, now) ? 2 : 1
  return (process.analog(point.point, now) / 100) * (point.max ?? 100)
}

/** Quality is good throughout, so its bits are zero. */
const putElement = (out: Uint8Array, at: number, type: MonitorType, value: number): void => {
  if (type === 1 || type === 3) out[at] = value & 3
  else if (type === 11) putU16le(out, at, Math.max(-32_768, Math.min(32_767, Math.round(value))) & 0xffff)
  else if (type === 13) putU32le(out, at, floatBits(value))
  else putU32le(out, at, Math.round(value) >>> 0)
}

const putAddress = (out: Uint8Array, at: number, ioa: number): void => {
  putU16le(out, at, ioa & 0xffff)
  out[at + 2] = ioa >>> 16
}

/** ASDUs of one type each, in the order in which the types first appear. */
export const reportsOf = (
  points: readonly Iec104Point[],
  cause: number,
  station: number,
  process: Process,
  now: number,
  commanded: Commanded,
): Uint8Array[] => {
  const asdus: Uint8Array[] = []
  for (const type of new Set(points.map((each) => each.type))) {
    const size = addressSize + (asduTypes[type]?.size ?? 0)
    const most = Math.min(127, Math.floor((longest - asduHeader) / size))
    const alike = points.filter((each) => each.type === type)
    for (let from = 0; from < alike.length; from += most) {
      const part = alike.slice(from, from + most)
      const out = new Uint8Array(asduHeader + size * part.length)
      out[0] = type
      out[1] = part.length
      out[2] = cause
      putU16le(out, 4, station)
      for (const [index, point] of part.entries()) {
        const at = asduHeader + size * index
        putAddress(out, at, point.ioa)
        putElement(out, at + addressSize, type, valueOf(point, process, now, commanded))
      }
      asdus.push(out)
    }
  }
  return asdus
}

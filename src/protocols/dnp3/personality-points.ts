/** Points of an outstation as static objects: IEEE Std 1815-2012, annex A. */
import { putU16le, putU32le } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import { layoutOf } from './objects.ts'
import type { Dnp3Profile } from './personality-profile.ts'

export interface Dnp3Points {
  /** Points of a static group; -1: it has no such group. */
  count(group: number): number
  /** The variation that stands for 0, "any". */
  usual(group: number): number
  /** Writes the object of a point that exists. */
  put(group: number, variation: number, index: number, out: Uint8Array, at: number): void
  /** Packed bits of points from `first` on. */
  putBits(group: number, first: number, count: number, out: Uint8Array, at: number): void
  readonly binaryOutputs: Map<number, boolean>
  readonly analogOutputs: Map<number, number>
}

/** Flags, 11.6: ONLINE and OVER_RANGE; bit 7 is the state of a binary. */
const flag = { online: 0x01, overRange: 0x20, state: 0x80 } as const
const scratch = new DataView(new ArrayBuffer(8))
const limits = { i16: 0x7fff, u16: 0xffff, i32: 0x7fff_ffff, u32: 0xffff_ffff } as const

/** Writes a number as its kind. @returns whether it had room there */
const putNumber = (out: Uint8Array, at: number, kind: string, value: number): boolean => {
  if (kind === 'f32' || kind === 'f64') {
    if (kind === 'f32') scratch.setFloat32(0, value, true)
    else scratch.setFloat64(0, value, true)
    for (let index = 0; index < (kind === 'f32' ? 4 : 8); index++) out[at + index] = scratch.getUint8(index)
    return true
  }
  const most = kind === 'i16' || kind === 'u16' || kind === 'i32' ? limits[kind] : limits.u32
  const least = kind === 'u16' || kind === 'u32' ? 0 : -most - 1
  const whole = Math.max(least, Math.min(most, Math.round(value)))
  if (kind === 'i16' || kind === 'u16') putU16le(out, at, whole & 0xffff)
  else putU32le(out, at, whole >>> 0)
  return whole === Math.round(value)
}

export const pointsOf = ({ process, now }: TalkContext, profile: Dnp3Profile): Dnp3Points => {
  const binaryOutputs = new Map<number, boolean>()
  const analogOutputs = new Map<number, number>()
  const counts: Readonly<Record<number, number>> = {
    1: profile.binaryInputs.length,
    10: profile.binaryOutputs,
    20: profile.counters.length,
    30: profile.analogInputs.length,
    40: profile.analogOutputs,
  }
  const usual: Readonly<Record<number, number>> = {
    1: 2,
    10: 2,
    20: profile.variations.counters,
    30: profile.variations.analogs,
    40: 2,
  }
  const isOn = (group: number, index: number): boolean =>
    group === 1 ? process.digital(profile.binaryInputs[index]?.point ?? 0, now()) : binaryOutputs.get(index) === true
  const valueOf = (group: number, index: number): number => {
    if (group === 40) return analogOutputs.get(index) ?? 0
    const input = (group === 20 ? profile.counters : profile.analogInputs)[index]
    return input === undefined ? 0 : (process.analog(input.point, now()) / 100) * (input.max ?? 100)
  }
  return {
    binaryOutputs,
    analogOutputs,
    count: (group) => counts[group] ?? -1,
    usual: (group) => usual[group] ?? 0,
    put: (group, variation, index, out, at) => {
      const layout = layoutOf(group, variation)
      if (layout === undefined) return
      if (layout.kind === 'state') {
        out[at] = flag.online | (isOn(group, index) ? flag.state : 0)
        return
      }
      const fits = putNumber(out, at + layout.value, layout.kind, valueOf(group, index))
      if (layout.flags >= 0) out[at + layout.flags] = flag.online | (fits ? 0 : flag.overRange)
    },
    putBits: (group, first, count, out, at) => {
      for (let index = 0; index < count; index++)
        if (isOn(group, first + index)) out[at + (index >> 3)] = (out[at + (index >> 3)] ?? 0) | (1 << (index & 7))
    },
  }
}

/** Whether a controller takes a transport connection, and how it confirms it: ISO 8073, 13.3 and 13.4. */
import { putU16be, u16be } from '#core/bytes.ts'
import { cotp, tpkt } from './cotp.ts'
import type { S7Profile } from './personality-profile.ts'

export interface Accepted {
  readonly confirm: Uint8Array
  /** Bytes of the longest TPDU. */
  readonly tpduSize: number
  /** Who was called, for a note. */
  readonly called: string
}

const parameter = { size: 0xc0, calling: 0xc1, called: 0xc2 } as const
/** Sizes are powers of two: from 128 to 1024 bytes here. */
const size = { least: 7, most: 10 } as const
/** Longest TSAP that is taken. */
const longestTsap = 32

const textOf = (tsap: Uint8Array): string => String.fromCharCode(...tsap.map((byte) => byte & 0x7f))

/** Programming device, operator panel or other; rack and slot. */
const calledBy = (tsap: Uint8Array, { rack, slots, names }: S7Profile): string | undefined => {
  if (tsap.length !== 2) {
    const text = textOf(tsap)
    return names.includes(text) ? text : undefined
  }
  const [kind = 0, place = 0] = tsap
  if (kind < 1 || kind > 3 || place >> 5 !== rack || !slots.includes(place & 0x1f)) return undefined
  return `rack ${place >> 5} slot ${place & 0x1f}`
}

/** @returns undefined when it is refused */
export const acceptConnection = (unit: Uint8Array, profile: S7Profile, seed: number): Accepted | undefined => {
  const fixed = tpkt + 7
  if (unit.length < fixed || tpkt + 1 + (unit[tpkt] ?? 0) !== unit.length || (unit[fixed - 1] ?? 0) >> 4 !== 0)
    return undefined
  const found = new Map<number, Uint8Array>()
  let at = fixed
  while (at + 2 <= unit.length) {
    const stop = at + 2 + (unit[at + 1] ?? 0)
    if (stop > unit.length || stop - at - 2 > longestTsap || found.has(unit[at] ?? 0)) return undefined
    found.set(unit[at] ?? 0, unit.subarray(at + 2, stop))
    at = stop
  }
  const tsap = found.get(parameter.called)
  const called = tsap === undefined ? undefined : calledBy(tsap, profile)
  if (at !== unit.length || tsap === undefined || called === undefined) return undefined
  const exponent = Math.max(size.least, Math.min(size.most, found.get(parameter.size)?.[0] ?? size.least))
  const calling = found.get(parameter.calling)
  const parameters = [
    parameter.size,
    1,
    exponent,
    ...(calling === undefined ? [] : [parameter.calling, calling.length, ...calling]),
    parameter.called,
    tsap.length,
    ...tsap,
  ]
  const confirm = Uint8Array.from([3, 0, 0, 0, 6 + parameters.length, cotp.confirm, 0, 0, 0, 0, 0, ...parameters])
  putU16be(confirm, 2, confirm.length)
  putU16be(confirm, 6, u16be(unit, tpkt + 4))
  // References of a controller are small numbers.
  putU16be(confirm, 8, 1 + (seed % 60))
  return { confirm, tpduSize: 2 ** exponent, called }
}

/** What a controlled station answers to each ASDU: IEC 60870-5-101, 7.2.3 and 7.3, and IEC 60870-5-5, 6. */
import { f32le, i16le, putU16le, u16le, u24le } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import { asduHeader, causeOf, negativeBit } from './asdu.ts'
import { cause } from './exchanges.ts'
import { reportsOf } from './personality-points.ts'
import type { Iec104Command, Iec104Profile } from './personality-profile.ts'
import { asduTypes, type AsduType } from './types.ts'

const unknown = { type: 44, cause: 45, station: 46, address: 47 } as const
/** Interrogated by all, counters by all; what a command brought about. */
const reported = { remote: 11, station: 20, counters: 37 } as const
const everyStation = 0xffff
/** What may be asked of all stations at once (7.2.4). */
const forAll: ReadonlySet<number> = new Set([100, 101, 103, 105])

const type = {
  interrogation: 100,
  counters: 101,
  read: 102,
  clock: 103,
  test: 104,
  reset: 105,
  timedTest: 107,
} as const
const answered: ReadonlySet<number> = new Set(Object.values(type))
/** Types of commands, without and with time. */
const commandTypes: Readonly<Record<number, Iec104Command['type']>> = {
  45: 45,
  46: 46,
  49: 49,
  50: 50,
  58: 45,
  59: 46,
  62: 49,
  63: 50,
}

export interface StationAnswer {
  readonly asdus: readonly Uint8Array[]
  readonly note: string
}

/** The ASDU again, with another cause; the test bit stays. */
const mirrored = (asdu: Uint8Array, why: number, station: number, negative = false): Uint8Array => {
  const out = asdu.slice()
  out[2] = ((asdu[2] ?? 0) & 0x80) | (negative ? negativeBit : 0) | why
  if (u16le(out, 4) === everyStation) putU16le(out, 4, station)
  return out
}

const hasSize = (asdu: Uint8Array, { size }: AsduType): boolean =>
  asdu[1] === 1 && asdu.length === asduHeader + 3 + size && size >= 0

const valueOf = (known: Iec104Command['type'], asdu: Uint8Array): number => {
  const at = asduHeader + 3
  if (known === 45) return (asdu[at] ?? 0) & 1
  if (known === 46) return (asdu[at] ?? 0) & 3
  return known === 49 ? i16le(asdu, at) : f32le(asdu, at)
}

/** @returns answers one ASDU of a conversation; what was commanded holds for the rest of it */
export const stationOf = ({ process, now }: TalkContext, profile: Iec104Profile) => {
  const station = profile.commonAddress
  const commanded = new Map<number, number>()
  /** What is selected: the element of the command, so that the same is executed. */
  let selected = ''

  const reports = (points: Iec104Profile['points'], why: number): Uint8Array[] =>
    reportsOf(points, why, station, process, now(), commanded)

  const interrogate = (asdu: Uint8Array): Uint8Array[] => {
    const group = (asdu[asduHeader + 3] ?? 0) - reported.station
    if (group < 0 || group > 16) return [mirrored(asdu, cause.confirmation, station, true)]
    const points = profile.points.filter((each) => each.type !== 15 && (group === 0 || each.group === group))
    return [
      mirrored(asdu, cause.confirmation, station),
      ...reports(points, reported.station + group),
      mirrored(asdu, cause.termination, station),
    ]
  }

  /** QCC, 7.2.6.23: 5 asks for all, 1 to 4 for a group; with a freeze nothing is reported. */
  const count = (asdu: Uint8Array): Uint8Array[] => {
    const qualifier = asdu[asduHeader + 3] ?? 0
    const asked = qualifier & 0x3f
    if (asked < 1 || asked > 5) return [mirrored(asdu, cause.confirmation, station, true)]
    const group = asked === 5 ? 0 : asked
    const points = profile.points.filter((each) => each.type === 15 && (group === 0 || each.group === group))
    const values = qualifier >= 0x40 ? [] : reports(points, reported.counters + group)
    return [mirrored(asdu, cause.confirmation, station), ...values, mirrored(asdu, cause.termination, station)]
  }

  const read = (asdu: Uint8Array): Uint8Array[] => {
    const ioa = u24le(asdu, asduHeader)
    const point = profile.points.find((each) => each.ioa === ioa)
    return point === undefined ? [mirrored(asdu, unknown.address, station, true)] : reports([point], cause.requested)
  }

  const command = (asdu: Uint8Array, shape: AsduType, known: Iec104Command['type']): Uint8Array[] => {
    const ioa = u24le(asdu, asduHeader)
    const found = profile.commands.find((each) => each.ioa === ioa && each.type === known)
    if (found === undefined) return [mirrored(asdu, unknown.address, station, true)]
    const at = asduHeader + 3 + shape.phase
    const selects = (asdu[at] ?? 0) >= 0x80
    const element = asdu.slice(asduHeader, at + 1)
    element[element.length - 1] = (asdu[at] ?? 0) & 0x7f
    const key = `${asdu[0]}:${element.join('.')}`
    const isSelected = selected === key
    selected = ''
    if (causeOf(asdu, 0) === cause.deactivation)
      return [mirrored(asdu, cause.deactivationConfirmation, station, !isSelected)]
    const value = valueOf(known, asdu)
    // Double commands are off (1) and on (2); what is no number is no set point.
    const isPermitted = known === 46 ? value === 1 || value === 2 : Number.isFinite(value)
    if (!isPermitted || (!selects && found.select === true && !isSelected))
      return [mirrored(asdu, cause.confirmation, station, true)]
    const confirmed = mirrored(asdu, cause.confirmation, station)
    if (selects) {
      selected = key
      return [confirmed]
    }
    const point = profile.points.find((each) => each.ioa === found.shows)
    if (point !== undefined) commanded.set(point.ioa, value)
    return [
      confirmed,
      ...(point === undefined ? [] : reports([point], reported.remote)),
      mirrored(asdu, cause.termination, station),
    ]
  }

  /** What was asked of a known type, address and cause. */
  const system = (asdu: Uint8Array, code: number): Uint8Array[] => {
    if (code === type.read) return read(asdu)
    if (u24le(asdu, asduHeader) !== 0) return [mirrored(asdu, unknown.address, station, true)]
    const deactivates = causeOf(asdu, 0) === cause.deactivation
    if (deactivates) return [mirrored(asdu, cause.deactivationConfirmation, station)]
    if (code === type.interrogation) return interrogate(asdu)
    if (code === type.counters) return count(asdu)
    // A process is not reset for whoever asks; clocks and tests are confirmed as they came.
    return [mirrored(asdu, cause.confirmation, station, code === type.reset)]
  }

  const permits = (code: number, why: number): boolean => {
    if (code === type.read) return why === cause.requested
    const canEnd = code === type.interrogation || code === type.counters || commandTypes[code] !== undefined
    return why === cause.activation || (canEnd && why === cause.deactivation)
  }

  return (asdu: Uint8Array): StationAnswer => {
    if (asdu.length < asduHeader) return { asdus: [], note: 'malformed' }
    const code = asdu[0] ?? 0
    const shape = asduTypes[code]
    const known = commandTypes[code]
    const refused = (why: number, note: string): StationAnswer => ({
      asdus: [mirrored(asdu, why, station, true)],
      note,
    })
    if (shape === undefined || (known === undefined && !answered.has(code)))
      return refused(unknown.type, `type ${code}`)
    const asked = u16le(asdu, 4)
    const note = shape.unaddressed ? shape.op : `${shape.op} ${u24le(asdu, asduHeader)}`
    if (asked !== station && !(asked === everyStation && forAll.has(code))) return refused(unknown.station, note)
    if (!hasSize(asdu, shape)) return { asdus: [], note: 'malformed' }
    if (!permits(code, causeOf(asdu, 0))) return refused(unknown.cause, note)
    return { asdus: known === undefined ? system(asdu, code) : command(asdu, shape, known), note }
  }
}

/** How the objects of each group and variation stand on the wire: IEEE Std 1815-2012, annex A. */
import { f32le, f64le, i16le, i32le, u16le, u32le } from '#core/bytes.ts'

type Kind = 'bit' | 'two-bits' | 'state' | 'two-states' | 'u8' | 'u16' | 'u32' | 'i16' | 'i32' | 'f32' | 'f64' | 'none'

export interface Layout {
  readonly kind: Kind
  /** Octets of one object; 0 when they are packed, several in an octet. */
  readonly octets: number
  /** Where in the object its value stands. */
  readonly value: number
  /** Where its flags stand: the value counts when ONLINE is set. -1: it has none. */
  readonly flags: number
  /** Where its status stands: the value counts when it is 0, success. -1: it has none. */
  readonly status: number
}

const layout = (kind: Kind, octets: number, value = 0, flags = -1, status = -1): Layout => ({
  kind,
  octets,
  value,
  flags,
  status,
})
const sizes = { u8: 1, u16: 2, u32: 4, i16: 2, i32: 4, f32: 4, f64: 8 } as const
type Numeric = keyof typeof sizes

const bit = layout('bit', 0)
const twoBits = layout('two-bits', 0)
const state = layout('state', 1, 0, 0)
const twoStates = layout('two-states', 1, 0, 0)
/** State of a command event: bit 7 of the octet whose other bits are the status. */
const commanded = layout('state', 1, 0, -1, 0)
const plain = (kind: Numeric) => layout(kind, sizes[kind])
const flagged = (kind: Numeric) => layout(kind, 1 + sizes[kind], 1, 0)
/** A value after the status that a command got. */
const reported = (kind: Numeric) => layout(kind, 1 + sizes[kind], 1, -1, 0)
/** A value before the status, as it is commanded. */
const asked = (kind: Numeric) => layout(kind, sizes[kind] + 1, 0, -1, sizes[kind])
const opaque = (octets: number) => layout('none', octets)
const plus = (octets: number, base: Layout): Layout => ({ ...base, octets: base.octets + octets })
const timed = (base: Layout) => plus(6, base)
/** With a time relative to the common time of occurrence. */
const relative = (base: Layout) => plus(2, base)

const counters = [flagged('u32'), flagged('u16'), flagged('u32'), flagged('u16')]
const timedCounters = counters.map(timed)
const analogs = [flagged('i32'), flagged('i16')]
const floats = [flagged('f32'), flagged('f64')]
const analogEvents = [...analogs, ...analogs.map(timed), ...floats, ...floats.map(timed)]
const reports = [reported('i32'), reported('i16')]
const floatReports = [reported('f32'), reported('f64')]
const unsigned = [plain('u32'), plain('u16'), plain('u32'), plain('u16')]

/** Variations from 1 on, by group. Groups of which every object has a size before it are not here. */
const groups: Readonly<Record<number, readonly Layout[]>> = {
  1: [bit, state],
  2: [state, timed(state), relative(state)],
  3: [twoBits, twoStates],
  4: [twoStates, timed(twoStates), relative(twoStates)],
  10: [bit, state],
  11: [state, timed(state)],
  12: [opaque(11), opaque(11), bit],
  13: [commanded, timed(commanded)],
  20: [...counters, ...unsigned],
  21: [...counters, ...timedCounters, ...unsigned],
  22: [...counters, ...timedCounters],
  23: [...counters, ...timedCounters],
  30: [...analogs, plain('i32'), plain('i16'), ...floats],
  31: [...analogs, ...analogs.map(timed), plain('i32'), plain('i16'), ...floats],
  32: analogEvents,
  33: analogEvents,
  34: [plain('u16'), plain('u32'), plain('f32')],
  40: [...analogs, ...floats],
  41: [asked('i32'), asked('i16'), asked('f32'), asked('f64')],
  42: analogEvents,
  43: [...reports, ...reports.map(timed), ...floatReports, ...floatReports.map(timed)],
  50: [opaque(6), opaque(10), opaque(6), opaque(11)],
  51: [opaque(6), opaque(6)],
  52: [plain('u16'), plain('u16')],
  80: [bit],
  81: [opaque(3)],
  101: [opaque(2), opaque(4), opaque(8)],
  102: [plain('u8')],
  121: [opaque(7)],
  122: [opaque(7), opaque(13)],
}

const table = new Map<number, Layout>()
for (const [group, variations] of Object.entries(groups))
  for (const [index, each] of variations.entries()) table.set(Number(group) * 256 + index + 1, each)
// Of data sets only their characteristics have one size for all.
table.set(86 * 256 + 2, opaque(1))
// Secure authentication: the start of aggressive mode, and the request for the key's status.
table.set(120 * 256 + 3, opaque(6))
table.set(120 * 256 + 4, opaque(2))

/** Octet strings and virtual terminals: the variation is the length. */
const strings = Array.from({ length: 256 }, (_, size) => opaque(size))
const isString = (group: number) => group >= 110 && group <= 113

/** @returns undefined when the size of such an object is not known */
export const layoutOf = (group: number, variation: number): Layout | undefined =>
  isString(group) ? (variation === 0 ? undefined : strings[variation]) : table.get(group * 256 + variation)

/** The value of the object that begins at `at`; `index` counts packed ones from there. */
export const valueOf = ({ kind, value }: Layout, bytes: Uint8Array, at: number, index: number): number => {
  switch (kind) {
    case 'bit':
      return ((bytes[at + (index >> 3)] ?? 0) >> (index & 7)) & 1
    case 'two-bits':
      return ((bytes[at + (index >> 2)] ?? 0) >> (2 * (index & 3))) & 3
    case 'state':
      return (bytes[at] ?? 0) >> 7
    case 'two-states':
      return (bytes[at] ?? 0) >> 6
    case 'u8':
      return bytes[at + value] ?? 0
    case 'u16':
      return u16le(bytes, at + value)
    case 'u32':
      return u32le(bytes, at + value)
    case 'i16':
      return i16le(bytes, at + value)
    case 'i32':
      return i32le(bytes, at + value)
    case 'f32':
      return f32le(bytes, at + value)
    case 'f64':
      return f64le(bytes, at + value)
    case 'none':
    default:
      return 0
  }
}

/** Whether a device vouches for the value: the point is online, or the command succeeded. */
export const isGood = ({ flags, status }: Layout, bytes: Uint8Array, at: number): boolean =>
  (flags < 0 || ((bytes[at + flags] ?? 0) & 1) !== 0) && (status < 0 || ((bytes[at + status] ?? 0) & 0x7f) === 0)

const names = new Map<number, string>()
/** `g12v1`. */
export const objectName = (group: number, variation: number): string => {
  const known = names.get(group * 256 + variation)
  if (known !== undefined) return known
  const name = `g${group}v${variation}`
  names.set(group * 256 + variation, name)
  return name
}

/** Type identifications and the shape of their information elements: IEC 60870-5-101, 7.2 and 7.3; IEC TS 60870-5-7 for 41 and 81-95. */

/** How the value of an information element is written: the element of 7.2.6 that it is. */
export type ValueKind = 'none' | 'bit' | 'two-bits' | 'step' | 'i16' | 'u16' | 'u32' | 'i32' | 'float'

export interface AsduType {
  readonly op: string
  /** Bytes of one element, without the address of its information object; -1: it says its own length. */
  readonly size: number
  readonly value: ValueKind
  /** Offset of the byte whose highest bit says select or execute; -1: it has none. */
  readonly phase: number
  /** The first byte is a qualifier that rules can name. */
  readonly qualified: boolean
  /** Its object is not addressed: the address is 0 by definition. */
  readonly unaddressed: boolean
  /**
   * - `monitor`: a station reports it
   * - `control`: a client asks it, and the station confirms with the same type
   * - `either`: files and authentication, which both ends send
   */
  readonly direction: 'monitor' | 'control' | 'either'
  /** Its activation may be terminated after it was confirmed (cause 10). */
  readonly terminated: boolean
}

export const asduTypes: (AsduType | undefined)[] = Array.from({ length: 256 }, () => undefined)

interface Report {
  readonly type: AsduType
  /** Causes of transmission. */
  readonly first: number
  readonly last: number
}
const reports: (Report | undefined)[] = []

const base = { value: 'none', phase: -1, qualified: false, unaddressed: false, terminated: false } as const

const monitor = (code: number, op: string, size: number, value: ValueKind = 'none'): void => {
  asduTypes[code] = { ...base, op, size, value, direction: 'monitor' }
}
/** A type and its fellow with a time of seven bytes (CP56Time2a). */
const command = (code: number, timed: number, op: string, size: number, value: ValueKind, phase: number): void => {
  const type = { ...base, op, size, value, phase, direction: 'control', terminated: true } as const
  asduTypes[code] = type
  asduTypes[timed] = { ...type, op: `${op}-with-time`, size: size + 7 }
}
const control = (code: number, op: string, size: number, more: Partial<AsduType> = {}): void => {
  asduTypes[code] = { ...base, op, size, direction: 'control', ...more }
}
const report = (code: number, op: string, first: number, last: number): void => {
  const type = asduTypes[code]
  if (type !== undefined) reports[code] = { type: { ...type, op, direction: 'monitor' }, first, last }
}
const either = (code: number, op: string, size: number): void => {
  asduTypes[code] = { ...base, op, size, direction: 'either' }
}

monitor(1, 'single-point', 1, 'bit')
monitor(3, 'double-point', 1, 'two-bits')
monitor(5, 'step-position', 2, 'step')
monitor(7, 'bitstring', 5, 'u32')
monitor(9, 'measured-normalized', 3, 'i16')
monitor(11, 'measured-scaled', 3, 'i16')
monitor(13, 'measured-float', 5, 'float')
monitor(15, 'integrated-totals', 5, 'i32')
monitor(20, 'packed-single-point', 5, 'u16')
monitor(21, 'measured-without-quality', 2, 'i16')
monitor(30, 'single-point-with-time', 8, 'bit')
monitor(31, 'double-point-with-time', 8, 'two-bits')
monitor(32, 'step-position-with-time', 9, 'step')
monitor(33, 'bitstring-with-time', 12, 'u32')
monitor(34, 'measured-normalized-with-time', 10, 'i16')
monitor(35, 'measured-scaled-with-time', 10, 'i16')
monitor(36, 'measured-float-with-time', 12, 'float')
monitor(37, 'integrated-totals-with-time', 12, 'i32')
monitor(38, 'protection-event', 10, 'two-bits')
monitor(39, 'protection-start-events', 11)
monitor(40, 'protection-output-circuit', 11)
monitor(41, 'security-statistics', 14)
monitor(70, 'end-of-initialization', 1)

// Types of -101 with a time of three bytes (CP24Time2a), which -104 leaves out and stations send nevertheless.
const short = 'reports-with-short-time'
monitor(2, short, 4, 'bit')
monitor(4, short, 4, 'two-bits')
monitor(6, short, 5, 'step')
monitor(8, short, 8, 'u32')
monitor(10, short, 6, 'i16')
monitor(12, short, 6, 'i16')
monitor(14, short, 8, 'float')
monitor(16, short, 8, 'i32')
monitor(17, short, 6, 'two-bits')
monitor(18, short, 7)
monitor(19, short, 7)

command(45, 58, 'single-command', 1, 'bit', 0)
command(46, 59, 'double-command', 1, 'two-bits', 0)
command(47, 60, 'regulating-step-command', 1, 'two-bits', 0)
command(48, 61, 'set-point-normalized', 3, 'i16', 2)
command(49, 62, 'set-point-scaled', 3, 'i16', 2)
command(50, 63, 'set-point-float', 5, 'float', 4)
command(51, 64, 'bitstring-command', 4, 'u32', -1)

const system = { unaddressed: true } as const
const asked = { unaddressed: true, qualified: true } as const
control(100, 'interrogation', 1, { ...asked, terminated: true })
control(101, 'counter-interrogation', 1, { ...asked, terminated: true })
control(102, 'read', 0)
control(103, 'clock-synchronization', 7, system)
control(104, 'test-command', 2, system)
control(105, 'reset-process', 1, asked)
control(106, 'delay-acquisition', 2, system)
control(107, 'test-command-with-time', 9, system)
control(110, 'parameter-normalized', 3, { value: 'i16' })
control(111, 'parameter-scaled', 3, { value: 'i16' })
control(112, 'parameter-float', 5, { value: 'float' })
control(113, 'parameter-activation', 1)

// What a station reports under types of the control direction: its clock spontaneously (7.3.4.4), parameters when they are
// interrogated, all of them or those of a group (7.3.5.1 to 7.3.5.3).
report(103, 'clock-report', 3, 3)
for (const code of [110, 111, 112]) report(code, 'parameter-report', 20, 36)

either(120, 'file-ready', 6)
either(121, 'section-ready', 7)
either(122, 'call-file', 4)
either(123, 'last-section', 5)
either(124, 'acknowledge-file', 4)
either(125, 'segment', -1)
either(126, 'directory', 13)
either(127, 'query-log', 16)

for (let code = 81; code <= 95; code++) if (code <= 87 || code >= 90) either(code, 'authentication', -1)

/** A reserved type of the control direction: a station mirrors it with cause 44 (unknown type identification). */
export const undefinedType = 57
/** The type that reads one object; what answers it is of a monitor type, with cause 5 (requested). */
export const readType = 102
/** Counter interrogation, whose qualifier also freezes and resets. */
export const counterType = 101
export const callType = 122
export const segmentType = 125
/** Aggressive mode (IEC TS 60870-5-7): what authenticates an ASDU is around it. */
export const wrappedType = 83

/** A type of the control direction as one of the monitoring direction, when a station gives a cause that only that has. */
export const reportedType = (code: number, cause: number): AsduType | undefined => {
  const known = reports[code]
  return known !== undefined && cause >= known.first && cause <= known.last ? known.type : undefined
}

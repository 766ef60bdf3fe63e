/** What differs between the stations that decoys claim to be. */

/** Types that are reported: single and double points, scaled and floating-point measured values, counters. */
export type MonitorType = 1 | 3 | 11 | 13 | 15

export interface Iec104Point {
  readonly type: MonitorType
  /** Information object address. */
  readonly ioa: number
  /** Point of the process: of `digital` for types 1 and 3, of `analog` for all others. */
  readonly point: number
  /** What 100 percent stand for; 100 when absent. */
  readonly max?: number
  /** Group of interrogation, 1 to 16 (counters: 1 to 4), beside that of all. */
  readonly group?: number
}

/** Commands by their type without time: single, double, and set points (scaled, floating-point). */
export type CommandType = 45 | 46 | 49 | 50

export interface Iec104Command {
  readonly type: CommandType
  readonly ioa: number
  /** It must be selected before it is executed. */
  readonly select?: true
  /** The point that then shows what was commanded. */
  readonly shows?: number
}

export interface Iec104Profile {
  /** Common address of its ASDUs, 1 to 65534. */
  readonly commonAddress: number
  /** I-frames that it sends without an acknowledgement, and after how many received ones it acknowledges (5.5). */
  readonly k: number
  readonly w: number
  readonly points: readonly Iec104Point[]
  readonly commands: readonly Iec104Command[]
}

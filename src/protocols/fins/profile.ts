/** What a persona says over FINS. Placeholders as in SNMP. */
export interface FinsProfile {
  /** As CONTROLLER DATA READ gives it: 20 characters at most. */
  readonly model: string
  /** `02.01`. */
  readonly version: string
  /** Kilowords of program and parameters. */
  readonly programArea: number
  /** kB of I/O memory. */
  readonly ioMemory: number
  readonly dataMemoryWords: number
  readonly timersCounters: number
  /** Banks of extended data memory. */
  readonly expansionBanks: number
  /** Highest raw value of an analog input. */
  readonly fullScale: number
}

/** What differs between the controllers that decoys claim to be. */

/** One value of the process and where it stands, most significant byte first. */
export interface S7Field {
  /** First byte. */
  readonly at: number
  /** `bool`: one bit; `int` and `word` two bytes, `dint` and `real` four. */
  readonly type: 'bool' | 'int' | 'word' | 'dint' | 'real'
  /** Of a `bool`: 0 to 7. */
  readonly bit?: number
  /** Point of the process: of `digital` for a `bool`, of `analog` for all others. */
  readonly point: number
  /** What 100 percent stand for; 100 when absent. An analog input shows 27648 (S7-1200 manual, analog values). */
  readonly max?: number
}
export interface S7Area {
  /** Bytes. */
  readonly size: number
  readonly fields: readonly S7Field[]
}

export const blockTypes = { OB: 0x38, DB: 0x41, SDB: 0x42, FC: 0x43, SFC: 0x44, FB: 0x45, SFB: 0x46 } as const
export type BlockType = keyof typeof blockTypes

export interface S7Profile {
  /** Order number of the module, 19 characters: `6ES7 214-1AG40-0XB0`. */
  readonly order: string
  readonly hardwareVersion: number
  /** `V4.5.2`. */
  readonly firmware: string
  /** Plant identification; `#` is a digit that differs between decoys. */
  readonly plant: string
  readonly copyright: string
  /** `CPU 1214C DC/DC/DC`. */
  readonly moduleType: string
  /** Longest message it agrees to, bytes. */
  readonly pdu: number
  /** Jobs at once, for each direction. */
  readonly parallel: number
  readonly connections: number
  readonly rack: number
  readonly slots: readonly number[]
  /** Called TSAPs beside those of rack and slot: `SIMATIC-ROOT-HMI`. */
  readonly names: readonly string[]
  readonly areas: Readonly<Record<'I' | 'Q' | 'M', S7Area>>
  /** By number of the data block. */
  readonly dataBlocks: Readonly<Record<number, S7Area>>
  /** S5 counters and timers it has. */
  readonly counters: number
  readonly timers: number
  /** Numbers of its blocks other than data blocks. */
  readonly program: Readonly<Partial<Record<Exclude<BlockType, 'DB'>, readonly number[]>>>
}

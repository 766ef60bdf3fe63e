/** What differs between models that speak Modbus/TCP; literals of it stand in personas. */

/** A value of the process in a register: a word, or a float over two of them, low word first as Modicons have it. */
export interface ProcessRegister {
  readonly at: number
  /** Point of the process, whose 0 to 100 percent become 0 to `max`. */
  readonly point: number
  readonly max: number
  readonly as?: 'float'
}

export interface ModbusProfile {
  /** Unit identifiers that answer; any other is left without answer. */
  readonly units: readonly { readonly from: number; readonly to: number }[]
  /** Function codes that the model knows; any other is answered with exception 01. */
  readonly functions: readonly number[]
  /** Addresses of each kind, from 0 on. */
  readonly coils: number
  readonly inputs: number
  readonly registers: number
  readonly inputRegisters: number
  /** Input registers and discrete inputs are the same memory as registers and coils. */
  readonly shared: boolean
  readonly process: {
    readonly registers: readonly ProcessRegister[]
    readonly coils: readonly { readonly at: number; readonly point: number }[]
  }
  /** FC 43/14: object → text, with placeholders. Objects 0 to 2 are the basic ones. */
  readonly identification: Readonly<Record<number, string>>
  /** FC 17 after the byte count: server identifier, whether it runs, and a text with placeholders. */
  readonly server?: { readonly id: number; readonly text: string }
  /** FC 90. */
  readonly umas?: UmasProfile
}

export interface UmasProfile {
  /** Hardware identifier of the processor, as 0x02 gives it: 6 bytes. */
  readonly hardware: readonly number[]
  /** Version in packed decimals: 0x0290 is 2.90. */
  readonly version: number
  /** Name of the processor. */
  readonly processor: string
  readonly project: string
  /** Longest message that it takes, bytes. */
  readonly longest: number
}

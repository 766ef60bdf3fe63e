/** What differs between the outstations that decoys claim to be. Points have their place in the list as index. */
export interface Dnp3Input {
  /** Point of the process. */
  readonly point: number
  /** What 100 percent stand for; 100 when absent. */
  readonly max?: number
}
export interface Dnp3Profile {
  /** Link address. */
  readonly address: number
  /** Device attributes, by variation of group 0: texts with placeholders, or numbers. */
  readonly attributes: Readonly<Record<number, string | number>>
  readonly binaryInputs: readonly Dnp3Input[]
  readonly binaryOutputs: number
  readonly counters: readonly Dnp3Input[]
  readonly analogInputs: readonly Dnp3Input[]
  readonly analogOutputs: number
  /** Variations in which points are told when no other is asked for. */
  readonly variations: { readonly counters: 1 | 2 | 5 | 6; readonly analogs: 1 | 2 | 3 | 4 | 5 }
  /** `remembered`: commands succeed. `local`: a switch on the device keeps them out, and IIN1.5 says so. */
  readonly controls: 'remembered' | 'local'
}

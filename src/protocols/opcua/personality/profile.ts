/** What a persona says over OPC UA. Placeholders as in SNMP. */
export interface OpcuaProfile {
  /** URL that endpoints are told with: `opc.tcp://{name}:4840`. */
  readonly endpoint: string
  readonly applicationUri: string
  readonly applicationName: string
  readonly productUri: string
  readonly productName: string
  readonly manufacturer: string
  readonly softwareVersion: string
  readonly buildNumber: string
  /** ms since 1970. */
  readonly buildDate: number
  /** From index 2; 1 is the application's own. */
  readonly namespaces: readonly string[]
  /** Object of the process below Objects, and index of its namespace. */
  readonly device: string
  readonly namespace: number
  readonly variables: readonly OpcuaVariable[]
}

/** `MAIN.fLevel`: its objects are what is before the dots. */
export type OpcuaVariable = {
  readonly name: string
  readonly point: number
  /** A client may write it, and reads back what it wrote for as long as it is connected. */
  readonly writable?: true
} & ({ readonly type: 'boolean' } | { readonly type: 'float' | 'int16'; readonly min: number; readonly max: number })

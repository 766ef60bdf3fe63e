/** What differs between models that speak BACnet/IP; literals of it stand in personas. */

/** Where a value comes from: a point of the process, from `min` (0) to `max`, its state, or a setting. */
export type Source =
  | { readonly analog: number; readonly min?: number; readonly max: number }
  | { readonly digital: number }
  | { readonly constant: number }

/** BACnetObjectType of what a decoy may have. */
export type PointType =
  | 'analog-input'
  | 'analog-output'
  | 'analog-value'
  | 'binary-input'
  | 'binary-output'
  | 'binary-value'

export interface PointProfile {
  readonly type: PointType
  readonly instance: number
  readonly name: string
  readonly description: string
  /** BACnetEngineeringUnits of analog ones: 62 degrees Celsius, 98 percent, 95 none. */
  readonly units?: number
  /** State texts of binary ones. */
  readonly states?: readonly [inactive: string, active: string]
  readonly source: Source
  /** A write is acknowledged; the program commands it at a higher priority, so that it keeps its value. */
  readonly writable?: true
}

export interface BacnetProfile {
  readonly vendorId: number
  readonly vendorName: string
  /** These with placeholders. */
  readonly modelName: string
  readonly firmware: string
  readonly application: string
  readonly objectName: string
  readonly description: string
  readonly location: string
  readonly protocolRevision: number
  /** Longest APDU, bytes. */
  readonly maxApdu: number
  readonly points: readonly PointProfile[]
}

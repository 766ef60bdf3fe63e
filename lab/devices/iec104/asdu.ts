/** What is said in a numbered frame: type, cause, station, and one information object. */

export const type = {
  single: 1,
  float: 13,
  command: 45,
  setpoint: 50,
  interrogation: 100,
  read: 102,
  reset: 105,
} as const
export const cause = { request: 5, activate: 6, activated: 7, ended: 10, interrogated: 20 } as const
/** Set in the cause when it was refused. */
export const negative = 0x40

export interface Asdu {
  readonly type: number
  readonly cause: number
  readonly refused: boolean
  readonly station: number
  readonly object: number
  readonly value: Buffer
}

export const read = (data: Buffer): Asdu => ({
  type: data[0] ?? 0,
  cause: (data[2] ?? 0) & 0x3f,
  refused: ((data[2] ?? 0) & negative) !== 0,
  station: data.readUInt16LE(4),
  object: data.readUIntLE(6, 3),
  value: data.subarray(9),
})

export const build = (asdu: Asdu): Buffer => {
  const head = Buffer.from([asdu.type, 1, asdu.cause | (asdu.refused ? negative : 0), 0, 0, 0, 0, 0, 0])
  head.writeUInt16LE(asdu.station, 4)
  head.writeUIntLE(asdu.object, 6, 3)
  return Buffer.concat([head, asdu.value])
}

/** A measured value with its quality; a set-point has its qualifier there. */
export const float = (value: number): Buffer => {
  const bytes = Buffer.alloc(5)
  bytes.writeFloatLE(value)
  return bytes
}

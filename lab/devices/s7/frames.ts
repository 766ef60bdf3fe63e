/** Frames of S7 communication over ISO-on-TCP (RFC 1006), as devices and engineering tools of the plant exchange them. */
import type { Measure } from '../stream.ts'

/** Kinds of messages: asks, acknowledges without and with data. */
export const kind = { job: 1, acknowledge: 2, answer: 3 } as const
export const job = {
  setup: 0xf0,
  read: 4,
  write: 5,
  requestDownload: 0x1a,
  download: 0x1b,
  downloadEnded: 0x1c,
  invoke: 0x28,
  stop: 0x29,
} as const

export const measure: Measure = (bytes) =>
  bytes.length < 4 ? 0 : bytes[0] === 3 && bytes.readUInt16BE(2) >= 7 ? bytes.readUInt16BE(2) : -1

const packet = (body: Buffer): Buffer => {
  const head = Buffer.from([3, 0, 0, 0])
  head.writeUInt16BE(4 + body.length, 2)
  return Buffer.concat([head, body])
}

/** The transport connection: a request (0xe0) or its confirmation (0xd0), with the sizes and selectors given. */
export const transport = (code: 0xe0 | 0xd0, to: number, from: number, options: Buffer): Buffer => {
  const body = Buffer.from([6 + options.length, code, 0, 0, 0, 0, 0])
  body.writeUInt16BE(to, 2)
  body.writeUInt16BE(from, 4)
  return packet(Buffer.concat([body, options]))
}

export interface S7 {
  readonly kind: number
  readonly reference: number
  readonly error: number
  readonly parameters: Buffer
  readonly data: Buffer
}

/** @returns undefined when it is no S7 message */
export const read = (message: Buffer): S7 | undefined => {
  const start = 5 + (message[4] ?? 0)
  if (message[5] !== 0xf0 || message[start] !== 0x32) return undefined
  const of = message[start + 1] ?? 0
  const header = of === kind.acknowledge || of === kind.answer ? 12 : 10
  const parameters = start + header
  const data = parameters + message.readUInt16BE(start + 6)
  return {
    kind: of,
    reference: message.readUInt16BE(start + 4),
    error: header === 12 ? message.readUInt16BE(start + 10) : 0,
    parameters: message.subarray(parameters, data),
    data: message.subarray(data, data + message.readUInt16BE(start + 8)),
  }
}

export const build = ({ kind: of, reference, error, parameters, data }: S7): Buffer => {
  const answers = of === kind.acknowledge || of === kind.answer
  const header = Buffer.alloc(answers ? 12 : 10)
  header[0] = 0x32
  header[1] = of
  header.writeUInt16BE(reference, 4)
  header.writeUInt16BE(parameters.length, 6)
  header.writeUInt16BE(data.length, 8)
  if (answers) header.writeUInt16BE(error, 10)
  return packet(Buffer.concat([Buffer.from([2, 0xf0, 0x80]), header, parameters, data]))
}

export const nothing: Buffer = Buffer.alloc(0)

/** A block as its name is written in transfers: data block 1, to the passive memory. */
export const blockName = (type: string, number: number): string => `_${type}${String(number).padStart(5, '0')}P`

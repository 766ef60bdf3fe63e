/** Frames of EtherNet/IP as a controller of the plant sees them: encapsulation, its items, and CIP requests within. */
import type { Measure } from '../stream.ts'

export const command = {
  listIdentity: 0x63,
  register: 0x65,
  unregister: 0x66,
  unconnected: 0x6f,
  connected: 0x70,
} as const
export const item = { nobody: 0, connection: 0xa1, connectedData: 0xb1, unconnectedData: 0xb2, identity: 0x0c } as const

const headerSize = 24
export const measure: Measure = (bytes) =>
  bytes.length < headerSize ? 0 : bytes.readUInt16LE(0) > 0x80 ? -1 : headerSize + bytes.readUInt16LE(2)

export interface Item {
  readonly type: number
  readonly data: Buffer
}

/** The answer to a message: the same header with another session, status and content. */
export const reply = (to: Buffer, session: number, content: Buffer, status = 0): Buffer => {
  const header = Buffer.from(to.subarray(0, headerSize))
  header.writeUInt16LE(content.length, 2)
  header.writeUInt32LE(session, 4)
  header.writeUInt32LE(status, 8)
  return Buffer.concat([header, content])
}

export const contentOf = (message: Buffer): Buffer => message.subarray(headerSize)

/** Items behind the interface handle and the timeout. */
export const itemsOf = (content: Buffer): Item[] => {
  const found: Item[] = []
  let at = 8
  for (let left = content.readUInt16LE(6); left > 0 && at + 4 <= content.length; left--) {
    const end = at + 4 + content.readUInt16LE(at + 2)
    found.push({ type: content.readUInt16LE(at), data: content.subarray(at + 4, end) })
    at = end
  }
  return found
}

export const withItems = (items: readonly Item[]): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(items.length, 6)
  return Buffer.concat([
    head,
    ...items.flatMap(({ type, data }) => {
      const start = Buffer.alloc(4)
      start.writeUInt16LE(type, 0)
      start.writeUInt16LE(data.length, 2)
      return [start, data]
    }),
  ])
}

export interface Request {
  readonly service: number
  readonly class?: number
  readonly instance?: number
  readonly attribute?: number
  readonly tag?: string
  readonly data: Buffer
}

/** A CIP request: service, path in words, data. */
export const requestOf = (bytes: Buffer): Request => {
  const end = 2 + (bytes[1] ?? 0) * 2
  const path: { class?: number; instance?: number; attribute?: number; tag?: string } = {}
  let at = 2
  while (at < end) {
    const segment = bytes[at] ?? 0
    if (segment === 0x91) {
      const length = bytes[at + 1] ?? 0
      path.tag = bytes.toString('latin1', at + 2, at + 2 + length)
      at += 2 + length + (length % 2)
      continue
    }
    const wide = (segment & 3) === 1
    const value = wide ? bytes.readUInt16LE(at + 2) : (bytes[at + 1] ?? 0)
    const of = segment & 0xfc
    if (of === 0x20) path.class = value
    else if (of === 0x24) path.instance = value
    else if (of === 0x30) path.attribute = value
    at += wide ? 4 : 2
  }
  return { service: bytes[0] ?? 0, ...path, data: bytes.subarray(end) }
}

export const nothing: Buffer = Buffer.alloc(0)
export const answerTo = (service: number, status: number, data = nothing): Buffer =>
  Buffer.concat([Buffer.from([service | 0x80, 0, status, 0]), data])

/** Frames as text: read with suspicion, written once for all who get the same. */
import { FromEdge, type ToEdge } from '#schema/link-frames.ts'
import type { Signed, StateStream } from '#schema/link-objects.ts'

export type FrameOf<T extends FromEdge['type']> = Extract<FromEdge, { type: T }>

/** What UTF-8 cannot bring, and an escape can: NUL, and half of a surrogate pair. */
const escaped = /\\u(?:0000|d[89a-f])/i
/** PostgreSQL stores neither of them. */
const storable = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replaceAll('\0', '').toWellFormed()
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, storable(one)]))
}

/** @returns what is wrong with it */
export const readFrame = (text: string): FromEdge | string => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'it is no JSON'
  }
  const isBatch = typeof value === 'object' && value !== null && 'type' in value && value.type === 'events'
  // What events say is kept as it was hashed.
  const parsed = FromEdge.safeParse(isBatch || !escaped.test(text) ? value : storable(value))
  if (parsed.success) return parsed.data
  const { path = [], message = '' } = parsed.error.issues[0] ?? {}
  return path.length === 0 ? message : `${path.join('.')}: ${message}`
}

export const writeFrame = (frame: ToEdge): string => JSON.stringify(frame)

/** A text message from a server, in one frame (RFC 6455, 5.2), ready for the socket. */
export const messageBytes = (text: string): Buffer => {
  const length = Buffer.byteLength(text)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const bytes = Buffer.allocUnsafe(head + length)
  bytes[0] = 0x81
  if (head === 2) bytes[1] = length
  else if (head === 4) {
    bytes[1] = 126
    bytes.writeUInt16BE(length, 2)
  } else {
    bytes[1] = 127
    bytes.writeBigUInt64BE(BigInt(length), 2)
  }
  bytes.write(text, head)
  return bytes
}

/**
 * One object for many edges: written once for each revision that it follows, which is the same for nearly all of them.
 * @returns bytes for an edge that has revision `from`
 */
export const stateMessages = (stream: StateStream, to: number, object: Signed): ((from: number) => Buffer) => {
  const made = new Map<number, Buffer>()
  return (from) => {
    let bytes = made.get(from)
    if (bytes === undefined) {
      bytes = messageBytes(writeFrame({ type: 'state', stream, from, to, objects: [object] }))
      made.set(from, bytes)
    }
    return bytes
  }
}

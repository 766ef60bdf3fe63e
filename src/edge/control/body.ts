import type { IncomingMessage } from 'node:http'
import { Fault } from '#core/errors.ts'

/** bytes, without a file that comes with it */
export const bodyLimit = 64 << 10
/** Operations that carry a file, and its most bytes. */
export const fileLimits = {
  /** As much as a policy has at most (policy/parse). */
  apply: 20 << 20,
  /** A policy and three whole snapshots fit. */
  import: 64 << 20,
} as const
/** bytes of an oversized body that are still taken, so that its sender gets to read why it is refused */
const drainLimit = 16 << 20

export interface BodyOptions {
  /** Most bytes of a file after the first line; 0 where the operation takes none. */
  readonly file?: number
  /** Called once for a body of more than {@link bodyLimit} bytes, before more of it is kept. Throws where there is no room. */
  readonly onLarge?: () => void
}

const newline = 10

const parsed = (text: string): unknown => {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault('usage', 'The request is not JSON.', {
      details: error instanceof Error ? [error.message] : [],
      cause: error,
    })
  }
}

/** `{}` where what comes before a file is no document: the operation says what it lacks. */
const withFile = (head: unknown, file: Uint8Array): unknown =>
  typeof head === 'object' && head !== null && !Array.isArray(head) ? { ...head, file } : { file }

/**
 * The JSON body of a request, `{}` when it is empty; where the operation takes a file, with the bytes after the first line as `file`.
 * @throws Fault `usage` for too many bytes, for anything that is not JSON, and when the sender stops half-way; those of `onLarge`
 */
export const readBody = async (
  request: IncomingMessage,
  { file = 0, onLarge = () => {} }: BodyOptions = {},
): Promise<unknown> => {
  const most = bodyLimit + file
  const parts: Buffer[] = []
  let size = 0
  let refusal: unknown
  const keep = (part: Buffer): void => {
    const isLarge = size <= bodyLimit && size + part.length > bodyLimit
    size += part.length
    if (size > most || refusal !== undefined) return void (parts.length = 0)
    try {
      if (isLarge) onLarge()
      parts.push(part)
    } catch (error) {
      parts.length = 0
      refusal = error
    }
  }
  try {
    for await (const part of request) {
      if (Buffer.isBuffer(part)) keep(part)
      if (size > Math.max(most, drainLimit)) break
    }
  } catch (error) {
    throw new Fault('usage', 'The request ended half-way.', { cause: error })
  }
  if (refusal !== undefined) throw refusal
  const tooLong = (bytes: number): Fault => new Fault('usage', `A request has at most ${bytes} bytes.`)
  if (size > most) throw tooLong(most)
  const whole = Buffer.concat(parts)
  const end = file === 0 ? -1 : whole.indexOf(newline)
  const head = end < 0 ? whole : whole.subarray(0, end)
  if (head.length > bodyLimit) throw tooLong(bodyLimit)
  const document = parsed(head.toString())
  return end < 0 ? document : withFile(document, whole.subarray(end + 1))
}

import type { IncomingMessage } from 'node:http'
import { Fault } from '#core/errors.ts'

/** bytes */
export const bodyLimit = 64 << 10
/** bytes of an oversized body that are still taken, so that its sender gets to read why it is refused */
const drainLimit = 16 << 20

/**
 * The JSON body of a request; `{}` when it is empty.
 * @throws Fault `usage` for more than {@link bodyLimit} bytes, for anything that is not JSON, and when the sender stops half-way
 */
export const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of request) {
      if (!Buffer.isBuffer(part)) continue
      size += part.length
      if (size > drainLimit) break
      if (size <= bodyLimit) parts.push(part)
    }
  } catch (error) {
    throw new Fault('usage', 'The request ended half-way.', { cause: error })
  }
  if (size > bodyLimit) throw new Fault('usage', `A request has at most ${bodyLimit} bytes.`)
  const text = Buffer.concat(parts).toString()
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

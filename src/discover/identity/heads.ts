/** Heads of HTTP messages (RFC 9112, 2 to 6), and of RTSP and SSDP, which have the same form. */
import { plainTextAt } from './text.ts'

export interface Head {
  /** The request or status line. */
  readonly start: string
  /** By name in small letters; of several fields of one name the first. */
  readonly fields: ReadonlyMap<string, string>
  /** Where the body begins, and where it ends by what the head says, as places in the bytes. */
  readonly body: number
  readonly end: number
}

const longestHead = 16_384
const mostFields = 100
/** Messages of one side that are looked at. */
const mostMessages = 16

/** The head that begins at `at`; undefined while it is not whole. */
export const headAt = (bytes: Uint8Array, at: number): Head | undefined => {
  const text = plainTextAt(bytes, at, at + longestHead)
  const blank = /\r?\n\r?\n/.exec(text)
  if (blank === null) return undefined
  const [start = '', ...lines] = text.slice(0, blank.index).split('\n', mostFields)
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  const body = at + blank.index + blank[0].length
  const length = /^\d{1,9}$/.test(fields.get('content-length') ?? '') ? Number(fields.get('content-length')) : 0
  return { start: start.trim(), fields, body, end: body + length }
}

/** The heads of messages one behind the other, as far as they are whole. What does not begin like `start` ends them. */
export const headsIn = (bytes: Uint8Array, start: RegExp): readonly Head[] => {
  const heads: Head[] = []
  for (let at = 0; at < bytes.length && heads.length < mostMessages;) {
    const head = headAt(bytes, at)
    if (head === undefined || !start.test(head.start)) break
    heads.push(head)
    at = head.end
  }
  return heads
}

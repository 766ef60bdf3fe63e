/** Requests of HTTP/1.x (RFC 9112) out of bytes, however they were cut, each part bounded. */

const headLimit = 16 * 1024
const bodyLimit = 64 * 1024
const headerLimit = 100
/** Each chunk is read again whenever a byte comes. */
const chunkLimit = 256

export interface Request {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: string
  readonly minor: 0 | 1
  /** By name in lower case; of repeated ones the first. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}
export type Read =
  | { readonly kind: 'request'; readonly request: Request }
  /** The body is waited for. */
  | { readonly kind: 'continue' }
  /** Nothing more can be read on this connection. */
  | { readonly kind: 'error'; readonly status: 400 | 413 | 431 | 501 | 505 }

type Head = Omit<Request, 'body'>
type Status = (Read & { kind: 'error' })['status']

const headOf = (text: string): Head | Status => {
  const [first = '', ...rows] = text.split('\n').map((row) => row.replace(/\r$/, ''))
  const line = /^([A-Za-z-]{1,20}) (\S{1,8192}) HTTP\/(\d)\.(\d)$/.exec(first)
  if (line === null) return 400
  const [, method = '', target = '', major, minor] = line
  if (major !== '1') return 505
  const headers = new Map<string, string>()
  for (const row of rows) {
    const colon = row.indexOf(':')
    if (colon <= 0 || /\s/.test(row.slice(0, colon))) return 400
    const name = row.slice(0, colon).toLowerCase()
    if (headers.size >= headerLimit) return 431
    if (!headers.has(name)) headers.set(name, row.slice(colon + 1).trim())
  }
  const local = target.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = local.indexOf('?')
  const path = mark < 0 ? local : local.slice(0, mark)
  return {
    method,
    path: path === '' ? '/' : path,
    query: mark < 0 ? '' : local.slice(mark + 1),
    minor: minor === '0' ? 0 : 1,
    headers,
  }
}

/** Body and bytes of it, `undefined` while it is incomplete, or why it cannot be read. */
type Body = readonly [text: string, bytes: number] | Status | undefined

const chunked = (bytes: Buffer): Body => {
  let at = 0
  const parts: Buffer[] = []
  let total = 0
  // Extensions and line ends count as well.
  if (bytes.length > 2 * bodyLimit) return 413
  for (;;) {
    const end = bytes.indexOf(10, at)
    if (end < 0) return bytes.length - at > 1024 ? 400 : undefined
    const size = /^([0-9a-fA-F]{1,6})\s*(;.*)?\r?$/.exec(bytes.toString('latin1', at, end))?.[1]
    if (size === undefined) return 400
    const length = Number.parseInt(size, 16)
    total += length
    if (total > bodyLimit || parts.length >= chunkLimit) return 413
    at = end + 1
    if (length === 0) {
      // Trailers up to an empty line.
      for (;;) {
        const next = bytes.indexOf(10, at)
        if (next < 0) return bytes.length - at > headLimit ? 431 : undefined
        const isLast = bytes.toString('latin1', at, next).trim() === ''
        at = next + 1
        if (isLast) return [Buffer.concat(parts).toString('latin1'), at]
      }
    }
    if (bytes.length < at + length + 1) return undefined
    parts.push(bytes.subarray(at, at + length))
    at += length
    if (bytes[at] === 13 && bytes.length < at + 2) return undefined
    at += bytes[at] === 13 ? 2 : 1
    if (bytes[at - 1] !== 10) return 400
  }
}

const bodyOf = ({ headers }: Head, bytes: Buffer): Body => {
  const coding = headers.get('transfer-encoding')?.toLowerCase()
  if (coding !== undefined) return coding === 'chunked' ? chunked(bytes) : 501
  const text = headers.get('content-length') ?? '0'
  if (!/^\d{1,15}$/.test(text)) return 400
  const length = Number(text)
  if (length > bodyLimit) return 413
  return bytes.length < length ? undefined : [bytes.toString('latin1', 0, length), length]
}

export interface Requests {
  take(bytes: Uint8Array): readonly Read[]
}

export const requests = (): Requests => {
  let rest = Buffer.alloc(0)
  let head: Head | undefined
  let broken = false
  const readHead = (): Status | 'more' | 'head' => {
    // A line left over from a body that was longer than it said is forgiven (RFC 9112, 2.2).
    while (rest.length > 0 && (rest[0] === 13 || rest[0] === 10)) rest = rest.subarray(1)
    const text = rest.toString('latin1', 0, headLimit)
    const end = /\n\r?\n/.exec(text)
    if (end === null) {
      if (rest.length >= headLimit) return 431
      // What does not begin like a request is told at once.
      return rest.length > 0 && !/^[A-Za-z-]{1,20}(?: |$)/.test(text) ? 400 : 'more'
    }
    const read = headOf(text.slice(0, end.index))
    rest = rest.subarray(end.index + end[0].length)
    if (typeof read === 'number') return read
    head = read
    return 'head'
  }
  return {
    take: (bytes) => {
      if (broken) return []
      rest = Buffer.concat([rest, bytes])
      const out: Read[] = []
      const fail = (status: Status): readonly Read[] => {
        broken = true
        rest = Buffer.alloc(0)
        return [...out, { kind: 'error', status }]
      }
      for (;;) {
        if (head === undefined) {
          const state = readHead()
          if (state === 'more') return out
          if (state !== 'head') return fail(state)
        }
        const current: Head | undefined = head
        if (current === undefined) return out
        const body = bodyOf(current, rest)
        if (typeof body === 'number') return fail(body)
        if (body === undefined) {
          if (current.headers.get('expect')?.toLowerCase() !== '100-continue' || rest.length > 0) return out
          out.push({ kind: 'continue' })
          head = { ...current, headers: new Map([...current.headers].filter(([name]) => name !== 'expect')) }
          return out
        }
        rest = rest.subarray(body[1])
        head = undefined
        out.push({ kind: 'request', request: { ...current, body: body[0] } })
      }
    },
  }
}

/** Asking a running edge, over its control socket. */
import { statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type * as z from 'zod'
import { codeOf, Fault } from '#core/errors.ts'
import { request } from '#core/http.ts'
import type { Event } from '#schema/event.ts'
import type { Operation, requests } from '#schema/control.ts'
import type { Answers } from '../operations.ts'
import { answerOf } from './answers.ts'
import { giveUpHeader } from './give-up.ts'
import { lines } from './lines.ts'
import { faultOfAnswer } from './refusal.ts'
import type { EventRequest } from './stream-query.ts'

export type { EventRequest } from './stream-query.ts'

/** Bodies as a caller writes them: defaults may be left out. */
export type BodyOf<O extends Operation> = z.input<(typeof requests)[O]>

/** ms. Loading a big plan takes seconds; an edge that hangs must not hold a person's terminal for longer than this. */
const ordinaryMs = 10_000
const loadingMs = 120_000
const patience: Partial<Record<Operation, number>> = {
  apply: loadingMs,
  rollback: loadingMs,
  isolate: loadingMs,
  rejoin: loadingMs,
  'replace-asset': loadingMs,
  import: loadingMs,
}

const hung = 'The daemon hangs; the kernel keeps enforcing. Restart it: `systemctl restart bulkhead-edge@NAME`.'

const isOther = (path: string): boolean => {
  try {
    return !statSync(path).isSocket()
  } catch {
    return false
  }
}

const unreachable = (socket: string, error: unknown): Fault => {
  const code = codeOf(error)
  if (code === 'EACCES' || code === 'EPERM')
    return new Fault('privileges-missing', `You may not use the control socket ${socket}.`, {
      advice: 'Run the command as root, or as a member of the group that owns the socket.',
      cause: error,
    })
  if (code === 'ETIMEDOUT')
    return new Fault('edge-unreachable', `The edge at ${socket} does not answer.`, { advice: hung, cause: error })
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return new Fault('edge-unreachable', `The edge at ${socket} ended in the middle of the answer.`, {
      advice: 'It ended, or has more to answer than it can; the kernel keeps enforcing. Try again.',
      cause: error,
    })
  if ((code === 'ECONNREFUSED' || code === 'ENOTSOCK') && isOther(socket))
    return new Fault('usage', `${socket} is no socket, so no edge can answer there.`, {
      advice: 'Name the control socket of an edge with --socket, such as /run/bulkhead/NAME.sock.',
      cause: error,
    })
  if (code === 'ECONNREFUSED')
    return new Fault('edge-unreachable', `No edge answers at ${socket}: its daemon has ended.`, {
      advice:
        'What the kernel enforced stays: `bulkhead edge doctor` says what. Start the daemon again: `systemctl start bulkhead-edge@NAME`.',
      cause: error,
    })
  return new Fault('edge-unreachable', `No edge answers at ${socket}.`, { cause: error })
}

interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  /** Goes after the body, which is one line then. */
  readonly file?: Uint8Array
  /** ms of silence after which the edge counts as hanging */
  readonly timeoutMs: number
  /** Once it has begun to answer it may be silent for as long as it likes. */
  readonly mayPause?: boolean
  readonly signal?: AbortSignal
}

const open = (
  socket: string,
  { method, path, body, file, timeoutMs, mayPause = false, signal }: Call,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers =
      body === undefined
        ? {}
        : {
            'content-type': file === undefined ? 'application/json' : 'application/octet-stream',
            'content-length': Buffer.byteLength(body) + (file === undefined ? 0 : 1 + file.length),
            ...giveUpHeader(timeoutMs),
          }
    const call = request(
      { socketPath: socket, method, path, headers, agent: false, timeout: timeoutMs, ...(signal && { signal }) },
      (response) => {
        if (mayPause) call.setTimeout(0)
        resolve(response)
      },
    )
    call.once('timeout', () => call.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
    call.once('error', (error) => reject(error.name === 'AbortError' ? error : unreachable(socket, error)))
    if (file === undefined) call.end(body)
    else {
      call.write(`${body ?? ''}\n`)
      call.end(file)
    }
  })

/** The bytes of a file go beside the document. */
const split = (body: unknown): { readonly document: unknown; readonly file?: Uint8Array } => {
  if (typeof body !== 'object' || body === null || !('file' in body)) return { document: body }
  const { file, ...document } = body
  return file instanceof Uint8Array ? { document, file } : { document: body }
}

const documentOf = async (socket: string, response: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = []
  try {
    for await (const part of response) if (Buffer.isBuffer(part)) parts.push(part)
    return JSON.parse(Buffer.concat(parts).toString())
  } catch (error) {
    if (error instanceof SyntaxError) throw foreign(socket, error)
    throw unreachable(socket, error)
  }
}

const foreign = (socket: string, cause?: unknown): Fault =>
  new Fault('edge-unreachable', `What answers at ${socket} is no edge of this version.`, {
    advice: 'Name the right socket with --socket, or restart the edge after an update.',
    cause,
  })

/**
 * Asks the edge behind a socket for an operation, and reads the answer by a document.
 * @param timeoutMs silence after which the edge counts as hanging
 * @throws Fault `edge-unreachable`, `privileges-missing`, or the fault that the edge answers with
 */
export const callDocument = async <T>(
  socket: string,
  operation: string,
  body: unknown,
  expected: z.ZodType<T>,
  timeoutMs = ordinaryMs,
): Promise<T> => {
  const { document: asked, ...file } = split(body)
  const response = await open(socket, {
    method: 'POST',
    path: `/v1/${operation}`,
    body: JSON.stringify(asked),
    ...file,
    timeoutMs,
  })
  const document = await documentOf(socket, response)
  const fault = faultOfAnswer(document)
  if (fault !== undefined) throw fault
  const answer = expected.safeParse(document)
  if (response.statusCode !== 200 || !answer.success) throw foreign(socket, answer.error)
  return answer.data
}

/** What takes long is asked of an edge that answers: nobody waits two minutes for one that hangs. */
const refuseHanging = async (socket: string, timeoutMs: number): Promise<void> => {
  const response = await open(socket, { method: 'GET', path: '/v1/events?limit=0', timeoutMs })
  response.destroy()
}

/** The same, by the operation's own document. */
export const callEdge = async <O extends Operation>(
  socket: string,
  operation: O,
  body: BodyOf<O>,
  options: { readonly timeoutMs?: number } = {},
): Promise<Answers[O]> => {
  const { timeoutMs = patience[operation] ?? ordinaryMs } = options
  if (patience[operation] !== undefined) await refuseHanging(socket, Math.min(ordinaryMs, timeoutMs))
  return callDocument<Answers[O]>(socket, operation, body, await answerOf(operation), timeoutMs)
}

const queryOf = (query: EventRequest, follow: boolean): string => {
  const { kind, ...rest } = query
  const out = new URLSearchParams(follow ? { follow: '1' } : {})
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) out.set(name, String(value))
  if (kind !== undefined && kind.length > 0) out.set('kind', kind.join(','))
  return out.toString()
}

async function* stream(
  socket: string,
  query: EventRequest,
  follow: boolean,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): AsyncGenerator<Event> {
  const { signal, timeoutMs = ordinaryMs } = options
  const { Event: Expected } = await import('#schema/event.ts')
  const response = await open(socket, {
    method: 'GET',
    path: `/v1/events?${queryOf(query, follow)}`,
    timeoutMs,
    mayPause: follow,
    ...(signal && { signal }),
  })
  try {
    for await (const line of lines(response)) {
      const document: unknown = JSON.parse(line)
      const fault = faultOfAnswer(document)
      if (fault !== undefined) throw fault
      yield Expected.parse(document)
    }
  } catch (error) {
    if (error instanceof Fault || signal?.aborted === true) throw error
    throw error instanceof Error && 'code' in error ? unreachable(socket, error) : foreign(socket, error)
  } finally {
    response.destroy()
  }
}

/** Lines of a file for a manager that cannot be reached, as link/stick-out has them. */
export async function* exportLines(socket: string): AsyncGenerator<string, void> {
  await refuseHanging(socket, ordinaryMs)
  const response = await open(socket, { method: 'GET', path: '/v1/export', timeoutMs: loadingMs })
  try {
    for await (const line of lines(response)) {
      if (line.startsWith('{"error":')) throw faultOfAnswer(JSON.parse(line)) ?? foreign(socket)
      yield line
    }
  } catch (error) {
    throw error instanceof Fault ? error : unreachable(socket, error)
  } finally {
    response.destroy()
  }
}

/** Events that the edge has stored, oldest first: the newest `limit` of those that match. */
export const readEvents = (socket: string, query: EventRequest = {}): Promise<Event[]> =>
  Array.fromAsync(stream(socket, query, false))

/**
 * Events as they are stored, after those that the query asks for. Returns when `signal` is aborted.
 * @throws Fault `edge-unreachable` also when the daemon ends; {@link EventRequest.after} continues without a gap
 */
export async function* followEvents(
  socket: string,
  query: EventRequest = {},
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): AsyncGenerator<Event> {
  try {
    yield* stream(socket, query, true, options)
  } catch (error) {
    if (options.signal?.aborted === true) return
    throw error
  }
  if (options.signal?.aborted !== true) throw new Fault('edge-unreachable', `The edge at ${socket} ended the stream.`)
}

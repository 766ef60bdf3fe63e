/** The control API of an edge: HTTP on a unix socket, whose file permissions are the admission. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Operation } from '#schema/control.ts'
import { Fault } from '#core/errors.ts'
import { createServer } from '#core/http.ts'
import type { Operations } from '../operations.ts'
import { author, peerOfSocket } from './author.ts'
import { fileLimits, readBody } from './body.ts'
import { refuseAbandoned } from './give-up.ts'
import { isOperation, perform, problems } from './perform.ts'
import { listenFault, own, preparePlace, socketMode } from './path.ts'
import { statusOf, toFault } from './refusal.ts'
import { StreamQuery } from './stream-query.ts'
import { type EventFeed, streamEvents } from './stream.ts'

export interface ControlOptions {
  readonly socket: string
  readonly operations: Operations
  readonly events: EventFeed
  /** Lines of a file for a manager that cannot be reached. Absent where there is nothing to export. */
  readonly exporting?: () => AsyncIterable<string>
  /** Group (name or number) that may use the socket besides the owner. */
  readonly group?: string
  /** Told about errors nobody foresaw, with the operation that met them. */
  readonly onInternal?: (error: unknown, operation: string) => void
}

export interface ControlServer {
  readonly socket: string
  /** Ends streams and open requests, and removes the socket. */
  close(): Promise<void>
}

const maxConnections = 128
const maxFollowers = 16
/** ms for a request to arrive whole */
const requestMs = 10_000
/** ms after which a reader that takes nothing is let go */
const patienceMs = 60_000

const limits: Partial<Record<Operation, number>> = fileLimits

/**
 * Serves the operations at a socket of mode 0660.
 * @throws Fault `edge-running` when a daemon answers there already; see {@link preparePlace}
 */
export const serveControl = async (options: ControlOptions): Promise<ControlServer> => {
  const ending = new AbortController()
  let followers = 0
  /** A file of tens of megabytes is in memory until it is carried out: one at a time. */
  let isFileHeld = false

  const fail = (response: ServerResponse, error: unknown, operation: string): void => {
    const fault = toFault(error)
    if (fault.code === 'internal') options.onInternal?.(error, operation)
    if (response.headersSent) return void response.end(`${JSON.stringify({ error: fault })}\n`)
    answer(response, statusOf(fault), { error: fault })
  }

  const follow = async (url: URL, response: ServerResponse): Promise<void> => {
    const query = StreamQuery.safeParse(Object.fromEntries(url.searchParams))
    if (!query.success) throw new Fault('usage', 'The edge cannot search for that.', { details: problems(query.error) })
    if (followers >= maxFollowers) throw new Fault('edge-busy', `${maxFollowers} readers follow the events already.`)
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    followers++
    try {
      response.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8' })
      response.flushHeaders()
      await streamEvents(options.events, query.data, response, AbortSignal.any([gone.signal, ending.signal]))
      response.end()
    } catch (error) {
      if (!(error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))) throw error
      response.destroy()
    } finally {
      followers--
    }
  }

  /** The edge writes no file for others: it hands the lines over, and who asked writes them with rights of its own. */
  const hand = async (response: ServerResponse): Promise<void> => {
    if (options.exporting === undefined)
      throw new Fault('refused', 'This edge has no policy yet, and nothing to export.')
    for await (const line of options.exporting()) {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8' })
      if (!response.write(`${line}\n`))
        await once(response, 'drain', { signal: AbortSignal.any([ending.signal, AbortSignal.timeout(patienceMs)]) })
      if (response.destroyed) return
    }
    response.end()
  }

  const operate = async (name: Operation, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const peer = peerOfSocket(request.socket)
    let isMine = false
    const onLarge = (): void => {
      if (isFileHeld)
        throw new Fault('edge-busy', 'The edge takes another large file at this moment.', {
          advice: 'Try again when it is done.',
        })
      isFileHeld = isMine = true
    }
    try {
      const body = await readBody(request, { file: limits[name] ?? 0, onLarge })
      refuseAbandoned(request.headers)
      answer(response, 200, await perform(options.operations, name, body, (claimed) => author(peer, claimed)))
    } finally {
      if (isMine) isFileHeld = false
    }
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://edge')
    const name = url.pathname.replace(/^\/v1\//, '')
    try {
      if (request.method === 'GET' && url.pathname === '/v1/events') await follow(url, response)
      else if (request.method === 'GET' && url.pathname === '/v1/export') await hand(response)
      else if (request.method === 'POST' && url.pathname.startsWith('/v1/') && isOperation(name))
        await operate(name, request, response)
      else throw new Fault('not-found', `The edge knows no ${request.method ?? ''} ${url.pathname}.`)
    } catch (error) {
      fail(response, error, name)
    }
  }

  await preparePlace(options.socket, options.group)
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs }, (request, response) => {
    void handle(request, response)
  })
  server.maxConnections = maxConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFault(options.socket, error)))
    // The socket appears inside this call; the mask keeps it closed to others from its first moment.
    const mask = process.umask(0o777 & ~socketMode)
    try {
      server.listen({ path: options.socket, backlog: maxConnections }, resolve)
    } finally {
      process.umask(mask)
    }
  })
  const close = (): Promise<void> => {
    ending.abort()
    return new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
  try {
    own(options.socket, socketMode, options.group)
  } catch (error) {
    await close()
    throw error
  }
  return { socket: options.socket, close }
}

const answer = (response: ServerResponse, status: number, document: unknown): void => {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(`${JSON.stringify(document)}\n`)
}

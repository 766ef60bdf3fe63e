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
  /** ms after which a reader that takes nothing is let go */
  readonly patienceMs?: number
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
const maxExports = 4
/** ms for a request to arrive whole, and between looks whether it did: what never comes must not hold a place for long */
const requestMs = 10_000
const lookMs = 5_000
const limits: Partial<Record<Operation, number>> = fileLimits

/**
 * Serves the operations at a socket of mode 0660.
 * @throws Fault `edge-running` when a daemon answers there already; see {@link preparePlace}
 */
export const serveControl = async (options: ControlOptions): Promise<ControlServer> => {
  const { patienceMs = 60_000 } = options
  const ending = new AbortController()
  let followers = 0
  let exports = 0
  /** A file of tens of megabytes is in memory until it is carried out: one at a time. */
  let isFileHeld = false

  /** Ends an answer; whoever does not take it is let go. */
  const finish = (response: ServerResponse, text = ''): void => {
    if (response.destroyed) return
    response.setTimeout(patienceMs, () => response.destroy())
    response.end(text)
  }

  const answer = (response: ServerResponse, status: number, document: unknown): void => {
    if (response.destroyed) return
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
    finish(response, `${JSON.stringify(document)}\n`)
  }

  const fail = (response: ServerResponse, error: unknown, operation: string): void => {
    const fault = toFault(error)
    if (fault.code === 'internal') options.onInternal?.(error, operation)
    if (response.headersSent) finish(response, `${JSON.stringify({ error: fault })}\n`)
    else answer(response, statusOf(fault), { error: fault })
  }

  /** Sends what is longer than a page, as long as somebody takes it. */
  const stream = async (response: ServerResponse, send: (closed: AbortSignal) => Promise<void>): Promise<void> => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    try {
      await send(AbortSignal.any([gone.signal, ending.signal]))
      finish(response)
    } catch (error) {
      if (!(error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))) throw error
      response.destroy()
    }
  }

  const follow = async (url: URL, response: ServerResponse): Promise<void> => {
    const query = StreamQuery.safeParse(Object.fromEntries(url.searchParams))
    if (!query.success) throw new Fault('usage', 'The edge cannot search for that.', { details: problems(query.error) })
    if (followers >= maxFollowers) throw new Fault('edge-busy', `${maxFollowers} readers follow the events already.`)
    followers++
    try {
      response.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8' })
      response.flushHeaders()
      await stream(response, (closed) => streamEvents(options.events, query.data, response, closed))
    } finally {
      followers--
    }
  }

  /** The edge writes no file for others: it hands the lines over, and who asked writes them with rights of its own. */
  const hand = async (response: ServerResponse): Promise<void> => {
    if (options.exporting === undefined)
      throw new Fault('refused', 'This edge has no policy yet, and nothing to export.')
    if (exports >= maxExports) throw new Fault('edge-busy', `${maxExports} files are exported already.`)
    const lines = options.exporting()
    exports++
    try {
      await stream(response, async (closed) => {
        for await (const line of lines) {
          if (closed.aborted) return
          if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8' })
          if (!response.write(`${line}\n`))
            await once(response, 'drain', { signal: AbortSignal.any([closed, AbortSignal.timeout(patienceMs)]) })
        }
      })
    } finally {
      exports--
    }
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
    const url = URL.parse(request.url ?? '/', 'http://edge')
    const name = (url?.pathname ?? '').replace(/^\/v1\//, '')
    try {
      if (url === null) throw new Fault('usage', 'The address of the request cannot be read.')
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
  const limited = { requestTimeout: requestMs, headersTimeout: requestMs, connectionsCheckingInterval: lookMs }
  const server = createServer(limited, (request, response) => {
    response.shouldKeepAlive = false
    handle(request, response).catch(() => response.destroy())
  })
  server.maxConnections = maxConnections
  // A thousand requests fit into one read of a connection, and all their answers would wait in memory for a reader.
  server.maxRequestsPerSocket = 1
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

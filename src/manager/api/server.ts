/** The API over HTTP: every request passes the same gates in the same order, whatever its route. */
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Fault } from '#core/errors.ts'
import { withoutSecrets } from '#core/secrets.ts'
import type { Permission } from '#schema/manager-api.ts'
import type { Manager } from '../context.ts'
import { unstorableIn } from '../database/text.ts'
import { followEvents } from '../events/follow.ts'
import { isTaxiiPath, mediaType, refusalOf } from '../exchange/taxii/answers.ts'
import { networkOf, type Places, places } from '../places.ts'
import type { ServerCertificate } from '../tls/authority.ts'
import { mostConnections, shareConnections } from './connections.ts'
import { openApi } from './openapi.ts'
import { loggedError, problems, refuseParser, told } from './refusal.ts'
import { type Access, isPlain, type Route, type Who } from './route.ts'
import { otherRoutes, routes } from './routes.ts'
import { resumeAfter, streamChanges } from './stream.ts'
import { type Turns, turns } from '../turns.ts'
import { cookieOf, whoAsks } from './who.ts'

export interface Limits {
  /** Requests per minute. */
  readonly perAddress: number
  readonly perAccount: number
  /** Of routes where guessing could pay. */
  readonly guesses: number
  /** ms for a request to arrive whole. */
  readonly requestMs: number
}
const usualLimits: Limits = { perAddress: 600, perAccount: 600, guesses: 20, requestMs: 10_000 }

export interface ApiOptions {
  readonly manager: Manager
  /** Without a certificate it is the server of the unix socket. */
  readonly certificate?: ServerCertificate
  readonly limits?: Partial<Limits>
  readonly log: { write(line: string): void }
}

const bodyLimit = 1 << 20
const headerLimit = 16 << 10
const minute = 60_000
/**
 * All that our paths consist of. Escapes, doubled slashes and dots would only be ways to say a path that a filter did not expect.
 * Those of TAXII end with a slash (TAXII 2.1, 3.1).
 */
const plainPath = /^(\/v1(\/[A-Za-z0-9][A-Za-z0-9_-]*(\.json)?)+|\/taxii2\/([A-Za-z0-9][A-Za-z0-9_-]*\/)*|\/metrics)$/

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    guessable?: true
  }
  interface FastifyRequest {
    who: Who | undefined
  }
}

const tooMany = (seconds: number): Fault =>
  new Fault('too-many-requests', 'There are too many requests.', { advice: `Wait ${seconds} s, then try again.` })

/** Streams of each kind at a time. */
const mostFollowers = 64
/** @returns ends it @throws Fault `too-many-requests` when there is no room, or the person has their share */
const follower = (room: Places, { who }: FastifyRequest): (() => void) => {
  const end = room.take(who?.user?.id ?? '')
  if (end === undefined) throw tooMany(30)
  return end
}

const refuse = (request: FastifyRequest, reply: FastifyReply, error: unknown): void => {
  const { fault, status } = told(error)
  if (fault.code === 'internal') request.log.error({ err: error }, 'internal')
  else
    request.log.warn(
      { code: fault.code, status, method: request.method, path: withoutSecrets(request.url.slice(0, 200)) },
      fault.message,
    )
  const wait = /Wait (\d+) s/.exec(fault.advice)?.[1]
  const isTaxii = isTaxiiPath(request.url)
  // RFC 9110, 11.6.1. Basic is named to TAXII clients alone: a browser would ask for a password by itself.
  if (status === 401) void reply.header('www-authenticate', isTaxii ? 'Basic realm="bulkhead"' : 'Bearer')
  if (status === 429 && wait !== undefined) void reply.header('retry-after', wait)
  // The rest of a body that is refused would be taken for the next request.
  if (status === 413) void reply.header('connection', 'close')
  if (isTaxii)
    void reply
      .code(status)
      .header('content-type', mediaType)
      .send(Buffer.from(JSON.stringify(refusalOf(fault, status))))
  else void reply.code(status).send({ error: fault.toJSON() })
}

/** A page of another site must not act with what a browser remembers: a cookie (SameSite does not reach old ones), a password. */
const crossesSites = ({ method, headers }: FastifyRequest): boolean =>
  method !== 'GET' &&
  ((headers['sec-fetch-site'] !== undefined && !['same-origin', 'none'].includes(headers['sec-fetch-site'])) ||
    (headers.origin !== undefined && headers.origin !== `https://${headers.host ?? ''}`))

const gates = (app: FastifyInstance, manager: Manager, isLocal: boolean, limits: Limits): void => {
  const by = (max: number, key: (request: FastifyRequest) => string) =>
    app.createRateLimit({ max, timeWindow: minute, keyGenerator: key })
  const perAddress = by(limits.perAddress, ({ ip }) => networkOf(ip))
  const guesses = by(limits.guesses, ({ ip }) => `guess ${networkOf(ip)}`)
  const perAccount = by(limits.perAccount, ({ who }) => `account ${who?.user?.id ?? ''}`)
  const within = async (check: typeof perAddress, request: FastifyRequest): Promise<void> => {
    const result = await check(request)
    if (!result.isAllowed && result.isExceeded) throw tooMany(result.ttlInSeconds)
  }

  app.addHook('onRequest', async (request) => {
    if (!isLocal) await within(perAddress, request)
    const path = request.url.split('?', 1)[0] ?? ''
    if (!plainPath.test(path))
      throw new Fault('request-malformed', 'The path is not written as the documentation has it.')
    if (request.is404) throw new Fault('not-found', `The manager knows no ${request.method} ${path.slice(0, 100)}.`)
    const { access, guessable } = request.routeOptions.config
    if (access === undefined) throw new Fault('internal', 'A route does not say who may use it.')
    if (guessable === true && !isLocal) await within(guesses, request)
    if (access === 'public') return
    request.who = await whoAsks(manager, request.headers, isLocal)
    const { who } = request
    if (who === undefined) throw new Fault('unauthenticated', 'Nobody is logged in, or the log-in has ended.')
    if (who.user !== undefined) await within(perAccount, request)
    if (access !== 'known' && !who.permissions.has(access))
      throw new Fault('forbidden', `This needs the permission ${access}.`)
    if (who.kind !== 'local' && crossesSites(request))
      throw new Fault('forbidden', 'The request comes from a page of another site.')
  })
}

const parsed = (one: Route, part: 'params' | 'query' | 'body', value: unknown): unknown => {
  const result = one[part]?.safeParse(value ?? {})
  if (result === undefined) return undefined
  const refused = (details: readonly string[]): Fault =>
    new Fault('usage', `The ${part === 'params' ? 'path' : part} cannot be taken.`, { details })
  if (!result.success) throw refused(problems(result.error))
  const at = unstorableIn(result.data)
  if (at !== undefined) throw refused([`${at}: it has a NUL or half a character in it`])
  return result.data
}

/** Of what reads much: so many at a time, of ten connections to the database. */
const heavyAtOnce = 3

const add = (app: FastifyInstance, one: Route, manager: Manager, isLocal: boolean, heavy: Turns): void => {
  app.route({
    method: one.method,
    url: one.path,
    bodyLimit: one.bodyLimit ?? bodyLimit,
    config: { access: one.access, ...(one.guessable === undefined ? {} : { guessable: one.guessable }) },
    handler: async (request, reply) => {
      const call = {
        manager,
        who: request.who,
        address: isLocal ? 'local' : request.ip,
        params: parsed(one, 'params', request.params),
        query: parsed(one, 'query', request.query),
        body: parsed(one, 'body', request.body),
        headers: request.headers,
        setCookie: (secret: string | undefined) => void reply.header('set-cookie', cookieOf(secret)),
      }
      const inTurn = (): Promise<unknown> =>
        heavy.take(request.who?.user?.id ?? '', async () => {
          if (request.socket.destroyed) throw new Fault('request-slow', 'Whoever asked did not wait for their turn.')
          return one.handle(call)
        })
      const answer = await (one.heavy === true ? inTurn() : one.handle(call))
      if (one.type === undefined) return reply.code(one.status ?? 200).send(answer)
      if (!isPlain(answer)) throw new Fault('internal', 'A route answers something else than it says.')
      const { status = 200, headers = {}, body } = answer
      // As bytes: to text Fastify would add a charset of its own.
      return reply
        .code(status)
        .headers({ 'content-type': one.type, ...headers })
        .send(Buffer.from(body))
    },
  })
}

const secretsOf = ({ cert, key }: ServerCertificate) => ({ cert, key, minVersion: 'TLSv1.3' as const })

/** Another certificate for who connects from now on. */
export const showAtApi = ({ server }: FastifyInstance, certificate: ServerCertificate): void => {
  if (server instanceof TlsServer) server.setSecureContext(secretsOf(certificate))
}

/** Makes a server that does not listen yet. Registering a route that does not say who may use it throws. */
export const buildApi = async (options: ApiOptions): Promise<FastifyInstance> => {
  const { manager, certificate } = options
  const isLocal = certificate === undefined
  const limits = { ...usualLimits, ...options.limits }
  const http = {
    maxHeaderSize: headerLimit,
    connectionsCheckingInterval: Math.min(1000, limits.requestMs),
    headersTimeout: limits.requestMs,
    requestTimeout: limits.requestMs,
  }
  const usual = {
    logger: { level: 'info', stream: options.log, serializers: { err: loggedError } },
    bodyLimit,
    requestTimeout: limits.requestMs,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 64 },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket): void => {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
      options.log.write(
        `${JSON.stringify({ level: 40, time: manager.now(), code: error.code, msg: 'refused before it was a request' })}\n`,
      )
      refuseParser(socket, error.code ?? '')
    },
  }
  // The two servers differ in type alone; what follows uses what they share.
  const app: FastifyInstance =
    certificate === undefined
      ? Fastify({ ...usual, http })
      : Fastify({
          ...usual,
          https: {
            ...http,
            ...secretsOf(certificate),
            handshakeTimeout: limits.requestMs,
          },
        })
  if (isLocal) app.server.maxConnections = mostConnections
  else
    shareConnections(app.server, (address, count) =>
      app.log.warn({ address, count }, 'connections of one address were closed: it has its share'),
    )
  app.decorateRequest('who', undefined)
  app.addContentTypeParser('application/taxii+json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))
  app.addHook('onRoute', ({ config, method, url }) => {
    if (config?.access === undefined)
      throw new Fault('internal', `${String(method)} ${url} does not say who may use it.`)
  })
  app.setErrorHandler((error, request, reply) => refuse(request, reply, error))
  app.setNotFoundHandler((request, reply) =>
    refuse(request, reply, new Fault('not-found', 'The manager knows no such path.')),
  )
  await app.register(helmet)
  await app.register(rateLimit, { global: false })
  gates(app, manager, isLocal, limits)
  app.addHook('onResponse', async (request, reply) => {
    if (reply.statusCode < 400 && request.method !== 'GET')
      request.log.info(
        {
          method: request.method,
          route: request.routeOptions.url,
          status: reply.statusCode,
          actor: request.who?.actor,
        },
        'done',
      )
  })
  const heavy = turns(heavyAtOnce)
  for (const one of routes) add(app, one, manager, isLocal, heavy)

  // Made when it is first asked for: it takes longer than the rest of the server.
  let document: ReturnType<typeof openApi> | undefined
  const [documentRoute, streamRoute, followRoute] = otherRoutes
  app.get(
    documentRoute.path,
    { config: { access: documentRoute.access } },
    async () => (document ??= openApi(manager.version)),
  )
  const after = ({ headers }: FastifyRequest): number | undefined => {
    const header = headers['last-event-id']
    return resumeAfter(typeof header === 'string' ? header : undefined)
  }
  const stillMay = (request: FastifyRequest, access: Permission) => async (): Promise<boolean> =>
    (await whoAsks(manager, request.headers, isLocal))?.permissions.has(access) === true
  /** Before its first word a stream that fails is answered like any request, after it there is the log alone. */
  const failed = (request: FastifyRequest, reply: FastifyReply) => (error: unknown) => {
    if (!reply.sent) throw error
    request.log.warn({ err: error }, 'stream ended')
  }
  const changes = places(mostFollowers)
  app.get(streamRoute.path, { config: { access: streamRoute.access } }, async (request, reply) => {
    const end = follower(changes, request)
    const may = stillMay(request, streamRoute.access)
    await streamChanges(manager, reply.raw, after(request), may, () => void reply.hijack())
      .catch(failed(request, reply))
      .finally(end)
  })
  const events = places(mostFollowers)
  app.get(followRoute.path, { config: { access: followRoute.access } }, async (request, reply) => {
    const query = followRoute.query.safeParse(request.query)
    if (!query.success) throw new Fault('usage', 'The query cannot be taken.', { details: problems(query.error) })
    const end = follower(events, request)
    const may = stillMay(request, followRoute.access)
    await followEvents(manager, reply.raw, query.data, after(request), may, () => void reply.hijack())
      .catch(failed(request, reply))
      .finally(end)
  })
  return app
}

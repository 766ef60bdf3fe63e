/** The web server of a device (RFC 9110, 9112), up to the login that it refuses. The same behind TLS. */
import { definePersonality, farewell, printable, type Answer, type TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { merged } from '../units.ts'
import { loginOf } from './logins.ts'
import { firstAsking, firstPage, statusPage, values, valuesPath } from './page.ts'
import type { HttpProfile } from './profile.ts'
import { requests, type Read, type Request } from './request.ts'

/** Requests of one connection. */
const keepAlive = 60
/** ms before a login is refused. */
const refusalDelay = 800

const reasons = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Request Entity Too Large',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
} as const
type Status = keyof typeof reasons

interface Response {
  readonly status: Status
  readonly body: string
  readonly type?: string
  readonly headers?: readonly string[]
}

const failure = (status: Status, ...headers: string[]): Response => ({
  status,
  body: statusPage(status, reasons[status]),
  headers,
})

const answered = (
  context: TalkContext,
  profile: HttpProfile,
  request: Request,
  refused: 'form' | 'basic' | undefined,
): Response => {
  const { method, path } = request
  const { login } = profile
  const allow = 'Allow: GET, HEAD, POST, OPTIONS'
  if (method === 'OPTIONS') return { status: 200, body: '', headers: [allow] }
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
    return failure(/^(PUT|DELETE|TRACE|CONNECT|PATCH)$/.test(method) ? 405 : 501, allow)
  const showsNothing = Object.keys(profile.facts).length === 0 && (profile.process ?? []).length === 0
  const isFirst = path === '/' || profile.paths?.includes(path) === true
  const asks =
    login.kind === 'basic' && ((profile.asks ?? [firstAsking(profile)]).includes(path) || (isFirst && showsNothing))
  if (asks || refused === 'basic') {
    // A device with a form would look away; but a tool that tries passwords would take its page for a success.
    const realm = filled(login.kind === 'basic' ? login.realm : profile.title, context.identity, context.persona)
    return failure(401, `WWW-Authenticate: Basic realm="${realm.replaceAll(/["\\\r\n]/g, '')}"`)
  }
  if (isFirst || (login.kind === 'form' && path === login.action))
    return { status: 200, body: firstPage(context, profile, refused === 'form') }
  if (path === valuesPath(profile) && profile.process !== undefined)
    return { status: 200, body: JSON.stringify({ values: values(context, profile.process) }), type: 'application/json' }
  return failure(404)
}

export const http = definePersonality<HttpProfile>({
  service: 'http',
  transports: ['tcp'],
  open: (context, profile) => {
    const { identity, persona, now } = context
    const read = requests()
    let served = 0
    let closed = false

    const bytesOf = (
      { status, body, type = 'text/html; charset=utf-8', headers = [] }: Response,
      method: string,
    ): Buffer => {
      const content = Buffer.from(body, 'utf8')
      const head = [
        `HTTP/1.1 ${status} ${reasons[status]}`,
        `Date: ${new Date(now()).toUTCString()}`,
        ...(profile.server === undefined ? [] : [`Server: ${filled(profile.server, identity, persona)}`]),
        ...headers,
        `Content-Type: ${type}`,
        `Content-Length: ${content.length}`,
        ...(status === 200 ? ['Cache-Control: no-cache'] : []),
        `Connection: ${closed ? 'close' : 'keep-alive'}`,
      ]
      const text = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1')
      return method === 'HEAD' ? text : Buffer.concat([text, content])
    }
    const closes = ({ minor, headers }: Request): boolean => {
      const wish = headers.get('connection')?.toLowerCase()
      return served >= keepAlive || wish === 'close' || (minor === 0 && wish !== 'keep-alive')
    }

    const said = (response: Response, method: string, note: string): Answer => ({
      send: [bytesOf(response, method)],
      exchanges: 1,
      notes: [printable(note)],
      ...(closed && { close: true }),
    })
    const answer = (came: Read): Answer => {
      if (came.kind === 'continue')
        return { send: [Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1')], exchanges: 0 }
      served++
      if (came.kind === 'error') {
        closed = true
        return said(failure(came.status), 'GET', `bad request (${came.status})`)
      }
      const { request } = came
      const { method, path } = request
      closed = closes(request)
      const login = loginOf(request, profile)
      const reply = said(answered(context, profile, request, login?.by), method, `${method} ${path}`)
      return login === undefined ? reply : { ...reply, attempts: [login.attempt], delay: refusalDelay }
    }

    return {
      // A body may come in chunks, and wait for a word: there is no length in front of a request.
      take: (bytes) => {
        if (closed) return farewell
        const answers: Answer[] = []
        for (const each of read.take(bytes)) if (!closed) answers.push(answer(each))
        return merged(answers)
      },
    }
  },
})

/** Requests that no honest client sends: each is refused with one clear error, and logged. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { connect as dial } from 'node:net'
import { connect } from 'node:tls'
import { Problem } from '#schema/manager-api.ts'
import { socketOf } from '#manager/socket.ts'
import { type Started, startSetUp } from './manager/start.ts'
import { until } from './until.ts'

let one: Started
before(async () => void (one = await startSetUp({ limits: { requestMs: 1500, perAddress: 200 } })))
after(() => one.end())

/** Sends bytes as they are; resolves with everything that came back when the server closes, or stays silent for a while. */
const raw = (text: string, patienceMs = 4000): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: one.manager.port, servername: 'localhost', ca: one.manager.ca })
    let answer = ''
    socket.setTimeout(patienceMs, () => socket.destroy())
    socket.on('data', (part: Buffer) => (answer += part.toString()))
    socket.on('close', () => resolve(answer))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(answer) : reject(error),
    )
    socket.on('secureConnect', () => socket.write(text))
  })

const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n')
const post = (body: string, ...headers: string[]): string =>
  ['POST /v1/login HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...headers, '', body].join('\r\n')

const rows: readonly { name: string; send: string; status: number; code: string }[] = [
  ...[
    '/v1/%75sers',
    '/v1/x/%2e%2e/users',
    '/v1//users',
    '//v1/users',
    '/v1/users/',
    '/v1/users/..',
    '/v1/../v1/users',
    '/v1/users.',
    '/v1/users%00',
    '/v1\\users',
    '/',
    '/v1/users;a=b',
  ].map((path) => ({ name: `the path ${path}`, send: get(path), status: 400, code: 'request-malformed' })),
  { name: 'a path in capitals', send: get('/V1/users'), status: 400, code: 'request-malformed' },
  { name: 'a name in capitals', send: get('/v1/USERS'), status: 404, code: 'not-found' },
  { name: 'another method', send: get('/v1/users').replace('GET', 'PUT'), status: 404, code: 'not-found' },
  {
    name: 'a method in a header',
    send: get('/v1/users', 'X-HTTP-Method-Override: DELETE'),
    status: 401,
    code: 'unauthenticated',
  },
  {
    name: 'a path in a header',
    send: get('/v1/users', 'X-Original-URL: /v1/health', 'X-Rewrite-URL: /v1/health'),
    status: 401,
    code: 'unauthenticated',
  },
  {
    name: 'an address in a header',
    send: get('/v1/users', 'X-Forwarded-For: 127.0.0.1', 'X-Real-IP: local'),
    status: 401,
    code: 'unauthenticated',
  },
  {
    name: 'two lengths',
    send: post('{}', 'Content-Length: 2', 'Content-Length: 3'),
    status: 400,
    code: 'request-malformed',
  },
  {
    name: 'a length beside chunks',
    send: post('0\r\n\r\n', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
    status: 400,
    code: 'request-malformed',
  },
  {
    name: 'chunks under another name',
    send: post('0\r\n\r\n', 'Transfer-Encoding: xchunked'),
    status: 400,
    code: 'request-malformed',
  },
  { name: 'a folded header', send: get('/v1/users', 'X-A: b', ' c: d', 'e'), status: 400, code: 'request-malformed' },
  {
    name: 'headers that are too long',
    send: get('/v1/users', `X-A: ${'a'.repeat(20_000)}`),
    status: 431,
    code: 'request-malformed',
  },
  {
    name: 'a body that is too long',
    send: post('x'.repeat(100), 'Content-Length: 1048577'),
    status: 413,
    code: 'request-malformed',
  },
  {
    name: 'a body that is no JSON',
    send: post('{"name"', 'Content-Length: 7', 'Connection: close'),
    status: 400,
    code: 'request-malformed',
  },
  {
    name: 'a body that reaches for prototypes',
    send: post('{"__proto__":{"a":1}}', 'Content-Length: 21', 'Connection: close'),
    status: 400,
    code: 'request-malformed',
  },
  {
    name: 'a body of another type',
    send: post('a=b', 'Content-Length: 3', 'Connection: close').replace('application/json', 'text/xml'),
    status: 415,
    code: 'request-malformed',
  },
  {
    name: 'headers that never end',
    send: 'GET /v1/users HTTP/1.1\r\nHost: localhost\r\n',
    status: 408,
    code: 'request-slow',
  },
  { name: 'a body that never ends', send: post('{"name":', 'Content-Length: 100'), status: 408, code: 'request-slow' },
  { name: 'garbage', send: '\u0000\u0001\u0002 garbage\r\n\r\n', status: 400, code: 'request-malformed' },
]

describe('one clear error answers', () => {
  for (const { name, send, status, code } of rows)
    it(name, async () => {
      const logged = one.log.length
      const answer = await raw(send)
      const [head = '', body = ''] = answer.split('\r\n\r\n', 2)
      assert.equal(Number(head.split(' ')[1]), status, answer)
      const { error } = Problem.parse(JSON.parse(body))
      assert.equal(error.code, code)
      assert.doesNotMatch(body, /node_modules|\.ts:|\\n *at /)
      assert.ok(one.log.length > logged, 'nothing was logged')
    })
  it('nothing of TLS 1.2', async () => {
    const socket = connect({ host: '127.0.0.1', port: one.manager.port, ca: one.manager.ca, maxVersion: 'TLSv1.2' })
    const code = await new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      socket.once('secureConnect', () => resolve('connected'))
    })
    socket.destroy()
    assert.match(String(code), /PROTOCOL_VERSION/)
  })
  it('too many requests from one address, and says how long to wait', async () => {
    let last = await one.send({ path: '/v1/health' })
    for (let n = 0; n < 210 && last.status !== 429; n++) last = await one.send({ path: '/v1/health' })
    assert.equal(last.status, 429)
    assert.equal(Problem.parse(last.body).error.code, 'too-many-requests')
    assert.ok(Number(last.headers['retry-after']) > 0)
  })
})

describe('who neither goes on nor closes', () => {
  const slow = 'GET /v1/users HTTP/1.1\r\nHost: localhost\r\n'
  const ways = {
    'over TLS': () => {
      const { port, ca } = one.manager
      // net.connect(): TLS hands it on.
      const open = { host: '127.0.0.1', port, servername: 'localhost', ca, allowHalfOpen: true }
      return connect(open)
    },
    'at the socket of the machine': () => dial({ path: socketOf(one.state), allowHalfOpen: true }),
  }
  for (const [name, way] of Object.entries(ways))
    it(`loses the connection a moment after the refusal: ${name}`, async () => {
      const socket = way()
      let lost: string | undefined
      socket.on('error', (error: NodeJS.ErrnoException) => (lost = error.code))
      socket.on('data', () => undefined)
      socket.write(slow)
      await new Promise((resolve) => socket.once('end', resolve))
      // The other end of a connection that is held takes what is written; one that let go answers with a reset.
      await until('it lets go', () => {
        socket.write('X')
        return lost !== undefined
      })
      socket.destroy()
      assert.match(String(lost), /ECONNRESET|EPIPE/)
    })
})

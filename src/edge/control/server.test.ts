import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type ErrorCode, Fault } from '#core/errors.ts'
import { type Operation, requests } from '#schema/control.ts'
import { fakeOperations, memoryFeed, sampleAnswers } from '../../../test/fixtures/edge.ts'
import { bodyLimit } from './body.ts'
import { type BodyOf, callEdge } from './client.ts'
import { isOperation } from './perform.ts'
import { faultOfAnswer } from './refusal.ts'
import { type ControlServer, serveControl } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'control-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const freshPath = (): string => join(folder, `edge-${count++}.sock`)

const isFault = (code: ErrorCode, text?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault, String(error))
  assert.equal(error.code, code, error.message)
  if (text !== undefined) assert.match([error.message, ...error.details, error.advice].join('\n'), text)
  return true
}

const bodies: { readonly [O in Operation]: BodyOf<O> } = {
  status: {},
  explain: { from: 'hmi-1', to: 'plc-fill', service: 'modbus' },
  contain: { ip: '198.18.1.40', reason: 'rogue', by: 'alice' },
  release: { ip: 'fd00:198:18::40', reason: 'mistake', by: 'alice' },
  permit: {
    from: '198.18.1.72',
    to: '198.18.1.10',
    service: 'modbus',
    for: '30m',
    mac: '02-00-00-00-00-AA',
    reason: 'x',
    by: 'alice',
  },
  permits: {},
  revoke: { id: 'p-1', by: 'alice' },
  apply: { name: '/etc/bulkhead/site.yaml', file: Buffer.from('version: 1\n'), by: 'alice' },
  confirm: { by: 'alice' },
  rollback: { reason: 'wrong', by: 'alice' },
  bypass: { for: '30m', reason: 'production stopped', by: 'alice' },
  'bypass-end': { by: 'alice' },
  isolate: { zone: 'cell-1', reason: 'malware', by: 'alice' },
  rejoin: { zone: 'cell-1', by: 'alice' },
  'replace-asset': { asset: 'plc-fill', by: 'alice' },
  qualify: { asset: 'plc-fill', reason: 'tested', by: 'alice' },
  doctor: {},
  import: { name: '/media/stick/down', file: Buffer.from('{}\n{}\n'), by: 'alice' },
  decoys: {},
  'decoys-shuffle': { now: true, reason: 'drill', by: 'alice' },
  'decoys-return': { addresses: ['198.18.1.40'], reason: 'he is contained', by: 'alice' },
  'decoys-sessions': { source: '198.18.1.40' },
  'decoys-session': { id: '01KAJ3Q4V8ZZZZZZZZZZZZZZZZ' },
}
const operationNames = Object.keys(requests).filter(isOperation)

interface Reply {
  readonly status: number
  readonly body: unknown
}
interface Send {
  readonly method?: string
  readonly path: string
  readonly body?: string
  readonly headers?: Record<string, string>
}
const raw = (socket: string, options: Send): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const call = httpRequest(
      {
        socketPath: socket,
        method: options.method ?? 'POST',
        path: options.path,
        headers: options.headers ?? {},
        agent: false,
      },
      (response) => {
        let text = ''
        response.on('data', (part: Buffer) => (text += part.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
      },
    )
    call.on('error', reject)
    call.end(options.body)
  })

const codeOf = ({ body }: Reply): string | undefined => faultOfAnswer(body)?.code

describe('the control socket carries every operation', () => {
  const { operations, asked } = fakeOperations()
  const socket = freshPath()
  let server: ControlServer
  before(async () => void (server = await serveControl({ socket, operations, events: memoryFeed() })))
  after(() => server.close())

  for (const operation of operationNames)
    it(operation, async () => {
      asked.length = 0
      const answer = await callEdge(socket, operation, bodies[operation])
      assert.deepEqual(answer, sampleAnswers[operation])
      assert.equal(asked.length, 1)
      assert.equal(asked[0]!.operation, operation)
    })

  it('with defaults filled in and addresses in one form', async () => {
    asked.length = 0
    await callEdge(socket, 'contain', bodies.contain)
    await callEdge(socket, 'permit', bodies.permit)
    await callEdge(socket, 'apply', bodies.apply)
    assert.deepEqual(
      asked.map(({ request }) => request),
      [
        { ...bodies.contain, for: '1h' },
        { ...bodies.permit, mac: '02:00:00:00:00:aa' },
        { ...bodies.apply, confirm: '60s', 'dry-run': false },
      ],
    )
  })
})

describe('a request is refused', () => {
  const { operations, asked } = fakeOperations()
  const socket = freshPath()
  let server: ControlServer
  before(async () => void (server = await serveControl({ socket, operations, events: memoryFeed() })))
  after(() => server.close())

  const rows: readonly {
    name: string
    send: Send
    status: number
    code: ErrorCode
    say?: RegExp
  }[] = [
    {
      name: 'when it is not JSON',
      send: { path: '/v1/status', body: '{' },
      status: 400,
      code: 'usage',
      say: /not JSON/,
    },
    { name: 'when it is no object', send: { path: '/v1/status', body: '[1]' }, status: 400, code: 'usage' },
    {
      name: 'when it has an unknown field',
      send: { path: '/v1/status', body: '{"x":1}' },
      status: 400,
      code: 'usage',
      say: /Unrecognized key: .*x/,
    },
    {
      name: 'when a field has the wrong form, naming each',
      send: { path: '/v1/contain', body: '{"ip":"198.18.1.400","for":"soon","reason":"","by":"a"}' },
      status: 400,
      code: 'usage',
      say: /ip: .*198\.18\.1\.10.*for: .*30s.*reason:/s,
    },
    {
      name: 'when a field is missing',
      send: { path: '/v1/revoke', body: '{"by":"a"}' },
      status: 400,
      code: 'usage',
      say: /id: /,
    },
    {
      name: 'when it is too long',
      send: { path: '/v1/status', body: JSON.stringify({ x: 'x'.repeat(bodyLimit) }) },
      status: 400,
      code: 'usage',
      say: /65536 bytes/,
    },
    {
      name: 'when it is far too long for the buffers of the socket',
      send: { path: '/v1/status', body: 'x'.repeat(4 << 20) },
      status: 400,
      code: 'usage',
      say: /65536 bytes/,
    },
    {
      name: 'when its sender waits no longer',
      send: { path: '/v1/status', body: '{}', headers: { 'bulkhead-give-up': String(process.hrtime.bigint() - 1n) } },
      status: 409,
      code: 'edge-busy',
      say: /not carried out/,
    },
    {
      name: 'for an operation that does not exist',
      send: { path: '/v1/reboot', body: '{}' },
      status: 404,
      code: 'not-found',
      say: /reboot/,
    },
    {
      name: 'for a name that every object has',
      send: { path: '/v1/toString', body: '{}' },
      status: 404,
      code: 'not-found',
    },
    { name: 'with another method', send: { method: 'GET', path: '/v1/status' }, status: 404, code: 'not-found' },
    {
      name: 'for events of an unknown kind',
      send: { method: 'GET', path: '/v1/events?kind=oops' },
      status: 400,
      code: 'usage',
      say: /kind/,
    },
    {
      name: 'for events since nobody knows when',
      send: { method: 'GET', path: '/v1/events?since=yesterday' },
      status: 400,
      code: 'usage',
    },
    {
      name: 'for more events than one answer holds',
      send: { method: 'GET', path: '/v1/events?limit=100000' },
      status: 400,
      code: 'usage',
    },
  ]
  for (const { name, send, status, code, say } of rows)
    it(name, async () => {
      asked.length = 0
      const reply = await raw(socket, send)
      assert.equal(reply.status, status)
      assert.equal(codeOf(reply), code)
      if (say !== undefined) assert.match(JSON.stringify(reply.body), say)
      assert.deepEqual(asked, [])
    })

  it('only when that time is over', async () => {
    const inTime = { 'bulkhead-give-up': String(process.hrtime.bigint() + 10_000_000_000n) }
    assert.equal((await raw(socket, { path: '/v1/status', body: '{}', headers: inTime })).status, 200)
  })

  it('when its sender stops half-way, and the next one is served', async () => {
    const half = connect(socket)
    half.write('POST /v1/status HTTP/1.1\r\nhost: edge\r\ncontent-length: 100\r\n\r\n{"a":')
    await once(half, 'connect')
    half.destroy()
    assert.equal((await callEdge(socket, 'status', {})).edge, 'cell-1-edge')
  })
})

describe('what an operation throws reaches the caller', () => {
  const refused = new Fault('refused', 'An essential conduit has no traffic.', {
    details: ['hmi-operates-fill'],
    advice: 'Insist with --force.',
  })
  const unforeseen: unknown[] = []
  const { operations } = fakeOperations({
    confirm: () => Promise.reject(refused),
    release: () => Promise.reject(new Fault('not-found', '198.18.1.40 is not contained.')),
    rollback: () => Promise.reject(new TypeError('x is undefined\n at secret')),
  })
  const socket = freshPath()
  let server: ControlServer
  before(async () => {
    server = await serveControl({
      socket,
      operations,
      events: memoryFeed(),
      onInternal: (error) => unforeseen.push(error),
    })
  })
  after(() => server.close())

  it('as the same fault', () =>
    assert.rejects(callEdge(socket, 'confirm', bodies.confirm), (error) => {
      assert.ok(error instanceof Fault)
      assert.deepEqual(error.toJSON(), refused.toJSON())
      return true
    }))
  it('with status 404 for what does not exist', async () => {
    const reply = await raw(socket, { path: '/v1/release', body: JSON.stringify(bodies.release) })
    assert.deepEqual([reply.status, codeOf(reply)], [404, 'not-found'])
  })
  it('as one line without a trace when nobody foresaw it', async () => {
    await assert.rejects(
      callEdge(socket, 'rollback', bodies.rollback),
      isFault('internal', /^Something unexpected happened: x is undefined\.$/m),
    )
    assert.equal(unforeseen.length, 1)
    assert.ok(unforeseen[0] instanceof TypeError)
  })
})

describe('the place of the socket', () => {
  const { operations } = fakeOperations()
  const events = memoryFeed()
  const serve = (socket: string, group?: string) =>
    serveControl({ socket, operations, events, ...(group && { group }) })

  it('is 0660 in a new directory of 0750, whatever the umask', async () => {
    const mask = process.umask(0o077)
    try {
      const socket = join(folder, 'run', 'bulkhead', 'edge.sock')
      const server = await serve(socket)
      assert.equal(process.umask(), 0o077)
      assert.equal(statSync(socket).mode & 0o777, 0o660)
      assert.equal(statSync(join(folder, 'run', 'bulkhead')).mode & 0o777, 0o750)
      await server.close()
      assert.equal(existsSync(socket), false)
    } finally {
      process.umask(mask)
    }
  })

  it('keeps the mode of a directory that was there', async () => {
    const there = join(folder, 'there')
    mkdirSync(there)
    chmodSync(there, 0o711)
    const server = await serve(join(there, 'edge.sock'))
    await server.close()
    assert.equal(statSync(there).mode & 0o777, 0o711)
  })

  it('belongs to the group that is asked for', async (test) => {
    if (process.getuid?.() !== 0) return test.skip('only root may give files away')
    const socket = freshPath()
    const server = await serve(socket, '4242')
    assert.equal(statSync(socket).gid, 4242)
    await server.close()
  })

  it('is refused for a group that does not exist, and leaves nothing', async () => {
    const socket = freshPath()
    await assert.rejects(serve(socket, 'no-such-group'), isFault('usage', /no-such-group/))
    assert.equal(existsSync(socket), false)
  })

  it('is refused to a second daemon, and the first goes on', async () => {
    const socket = freshPath()
    const first = await serve(socket)
    await assert.rejects(serve(socket), isFault('edge-running'))
    assert.equal((await callEdge(socket, 'status', {})).pid, 4711)
    await first.close()
  })

  it('is taken over from a daemon that was killed', async () => {
    const socket = freshPath()
    // A listener whose file stays: Node unlinks only what its server still has under this name.
    const dead = createServer().listen(`${socket}.first`)
    await once(dead, 'listening')
    renameSync(`${socket}.first`, socket)
    dead.close()
    await once(dead, 'close')
    assert.ok(existsSync(socket))
    const server = await serve(socket)
    assert.equal((await callEdge(socket, 'status', {})).pid, 4711)
    await server.close()
  })

  it('is refused where a file of somebody else stands', async () => {
    const socket = freshPath()
    writeFileSync(socket, 'keep me')
    await assert.rejects(serve(socket), isFault('refused', /not a socket/))
    assert.ok(existsSync(socket))
  })

  it('is refused when the path does not fit into an address', () =>
    assert.rejects(serve(join(folder, 'x'.repeat(120))), isFault('usage', /longer than 107 bytes/)))
})

describe('an order that waited in a hung daemon', () => {
  it('is not carried out when the daemon goes on', async () => {
    const socket = freshPath()
    const late = createServer({ pauseOnConnect: true }).listen(socket)
    await once(late, 'listening')
    // What a stopped daemon finds later: the bytes of an order whose sender has left.
    const kept = new Promise<string>((resolve) => {
      late.once('connection', (peer) => {
        setTimeout(() => {
          peer.once('data', (bytes) => resolve(bytes.toString()))
          peer.resume()
        }, 100)
      })
    })
    await assert.rejects(callEdge(socket, 'bypass', bodies.bypass, { timeoutMs: 50 }), isFault('edge-unreachable'))
    const order = await kept
    late.close()
    const { operations, asked } = fakeOperations()
    const server = await serveControl({ socket, operations, events: memoryFeed() })
    const replay = connect(socket)
    let reply = ''
    replay.on('data', (bytes) => (reply += bytes.toString()))
    replay.end(order)
    await once(replay, 'close')
    await server.close()
    assert.match(reply, /409 Conflict[^]*edge-busy/)
    assert.deepEqual(asked, [])
  })
})

describe('an edge cannot be reached', () => {
  it('when there is no socket', () =>
    assert.rejects(callEdge(freshPath(), 'status', {}), isFault('edge-unreachable', /edge run/)))

  it('when it hangs, and says what that means', async () => {
    const socket = freshPath()
    const silent = createServer(() => {}).listen(socket)
    await once(silent, 'listening')
    await assert.rejects(
      callEdge(socket, 'status', {}, { timeoutMs: 50 }),
      isFault('edge-unreachable', /kernel keeps enforcing/),
    )
    silent.close()
  })

  it('when it dies in the middle of the answer', async () => {
    const socket = freshPath()
    const dying = createServer((peer) =>
      peer.once('data', () => peer.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{')),
    ).listen(socket)
    await once(dying, 'listening')
    await assert.rejects(callEdge(socket, 'status', {}), isFault('edge-unreachable'))
    dying.close()
  })

  it('when something else listens there', async () => {
    const socket = freshPath()
    const other = createServer((peer) =>
      peer.once('data', () => peer.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')),
    ).listen(socket)
    await once(other, 'listening')
    await assert.rejects(callEdge(socket, 'status', {}), isFault('edge-unreachable', /no edge of this version/))
    other.close()
  })
})

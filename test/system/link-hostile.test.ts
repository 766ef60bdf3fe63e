/** What no honest edge does: each is refused with one clear error, and logged. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { linkPaths } from '#manager/link/paths.ts'
import { authorityOf, subjectOf } from '#manager/tls/authority.ts'
import { issueSvid } from '#manager/tls/svid.ts'
import { der, objectIdentifier as oid, sequence } from '#protocols/der.ts'
import { distinguishedName, extension, signedCertificate } from '#protocols/x509.ts'
import type { FromEdge } from '#schema/link-frames.ts'
import { frameLimit } from '#schema/link-values.ts'
import { Problem } from '#schema/manager-api.ts'
import { call, dial, digest, enrolled, hello, newDevice, renewBody } from './link/edge.ts'
import { publishOrder } from './link/orders.ts'
import { type EdgeHere, startWorld, type World } from './link/world.ts'

let world: World
let edge: EdgeHere
let other: EdgeHere
before(async () => {
  world = await startWorld({ linkLimits: { patienceMs: 1500 } })
  edge = await world.makeEdge('dairy', 'edge-1')
  other = await world.makeEdge('mill', 'edge-1')
})
after(() => world.end())

const logged = async (from: number, what: RegExp): Promise<void> => {
  const found = () => world.one.log.slice(from).some((line) => what.test(line))
  for (let n = 0; !found() && n < 50; n++) await sleep(20)
  assert.ok(found(), `not logged: ${String(what)}`)
}

interface Refusal {
  readonly status: number
  readonly body: unknown
}
const refusal = (error: unknown): Refusal => {
  assert.ok(error instanceof Error && 'status' in error, String(error))
  return { status: Number(error.status), body: JSON.parse(error.message) }
}

describe('a certificate that is refused', () => {
  const spki = (): Buffer => Buffer.from(edge.device.publicKey, 'base64')
  const own = () => authorityOf(world.one.state)
  const us = { site: 'dairy', edge: 'edge-1' }
  const uri = (path: string): Uint8Array => der(0x86, Buffer.from(`spiffe://bulkhead/site/${path}`))
  const withNames = (...names: Uint8Array[]): string =>
    signedCertificate(
      {
        serial: Uint8Array.of(0x11),
        issuer: subjectOf(own().certificate),
        subject: distinguishedName('odd'),
        from: Date.now() - 1000,
        to: Date.now() + 1_000_000,
        spki: spki(),
        extensions: [
          extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2'))),
          extension('2.5.29.17', sequence(...names)),
        ],
      },
      own().key,
    )
  const selfSigned = (): string => {
    const ca = new X509Certificate(world.place.ca)
    const content = {
      serial: Uint8Array.of(0x11),
      issuer: subjectOf(ca),
      subject: subjectOf(ca),
      from: Date.now() - 1000,
      to: Date.now() + 1_000_000,
      spki: spki(),
      extensions: [
        extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.2'))),
        extension('2.5.29.17', sequence(uri('dairy/edge/edge-1'))),
      ],
    }
    return signedCertificate(content, edge.device.key)
  }
  const stranger = newDevice()
  const rows: readonly [
    name: string,
    certificate: () => string | undefined,
    status: number,
    code: string,
    key?: string,
  ][] = [
    ['none', () => undefined, 401, 'unauthenticated'],
    ['one that its holder signed, in the name of the authority', selfSigned, 401, 'unauthenticated'],
    [
      'one of another authority of the same name',
      () =>
        issueSvid(authorityOf(mkdtempSync(join(world.one.state, 'x-'))), 'bulkhead', us, spki(), Date.now())
          .certificate,
      401,
      'unauthenticated',
    ],
    [
      'one that has ended',
      () => issueSvid(own(), 'bulkhead', us, spki(), Date.now() - 25 * 3_600_000).certificate,
      401,
      'unauthenticated',
    ],
    [
      'one of another domain',
      () => issueSvid(own(), 'elsewhere', us, spki(), Date.now()).certificate,
      401,
      'unauthenticated',
    ],
    ['one with two names', () => withNames(uri('dairy/edge/edge-1'), uri('mill/edge/edge-1')), 401, 'unauthenticated'],
    [
      'one of a site that is not there',
      () => issueSvid(own(), 'bulkhead', { site: 'nowhere', edge: 'edge-1' }, spki(), Date.now()).certificate,
      403,
      'forbidden',
    ],
    [
      'one of another site, with the own key',
      () => issueSvid(own(), 'bulkhead', { site: 'mill', edge: 'edge-1' }, spki(), Date.now()).certificate,
      403,
      'forbidden',
    ],
    [
      'one of the edge, with another key',
      () => issueSvid(own(), 'bulkhead', us, Buffer.from(stranger.publicKey, 'base64'), Date.now()).certificate,
      403,
      'forbidden',
      stranger.pem,
    ],
  ]
  for (const [name, certificate, status, code, key] of rows)
    it(name, async () => {
      const from = world.one.log.length
      const shown = certificate()
      const options = shown === undefined ? {} : { certificate: shown, key: key ?? edge.device.pem }
      const refused = await dial(world.place, options).then(() => assert.fail('it was taken'), refusal)
      assert.deepEqual([refused.status, Problem.parse(refused.body).error.code], [status, code])
      await logged(from, new RegExp(`"code":"${code}"`))
    })
})

describe('a request that is refused', () => {
  const big = JSON.stringify({ secret: 'x'.repeat(20_000) })
  const rows: readonly [name: string, path: string, more: { method?: string; text?: string }, status: number][] = [
    ['an unknown path', '/link/v1/streams', {}, 404],
    ['a path of the API', '/v1/users', { method: 'GET' }, 404],
    ['a path written otherwise', '/link/v1/%65nrol', {}, 404],
    ['a path with a question', '/link/v1/enrol?x=1', {}, 404],
    ['another method', '/link/v1/enrol', { method: 'PUT', text: '{}' }, 404],
    ['the stream without WebSocket', '/link/v1/stream', { method: 'GET' }, 400],
    ['no JSON', '/link/v1/enrol', { text: '{' }, 400],
    ['too little', '/link/v1/renew', { text: '{}' }, 400],
    ['too much', '/link/v1/enrol', { text: JSON.stringify({ __proto__: null, secret: 'x', more: 1 }) }, 400],
    ['a body that is too long', '/link/v1/enrol', { text: big }, 400],
  ]
  for (const [name, path, more, status] of rows)
    it(name, async () => {
      const from = world.one.log.length
      const reply = await call(world.place, path, undefined, more)
      assert.equal(reply.status, status)
      Problem.parse(reply.body)
      await logged(from, /"room":"link"/)
    })

  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ path: world.place.socketPath, ca: world.place.ca, servername: 'localhost' }, () =>
        socket.write(text),
      )
      let answer = ''
      socket.on('data', (part: Buffer) => (answer += part.toString()))
      socket.on('close', () => resolve(answer))
      socket.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
      )
      socket.setTimeout(6000, () => socket.destroy(new Error('it was left open')))
    })
  const slow: readonly [name: string, text: string, status: number][] = [
    ['headers that never end', 'GET /link/v1/stream HTTP/1.1\r\nHost: localhost\r\n', 408],
    ['a body that never ends', 'POST /link/v1/enrol HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{', 408],
    ['garbage', '\u0000\u0001 garbage\r\n\r\n', 400],
    [
      'headers that are too long',
      `GET /link/v1/stream HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`,
      431,
    ],
    [
      'two lengths',
      'POST /link/v1/enrol HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      400,
    ],
  ]
  for (const [name, text, status] of slow)
    it(name, async () => {
      const from = world.one.log.length
      const [head = '', body = ''] = (await raw(text)).split('\r\n\r\n', 2)
      assert.equal(Number(head.split(' ')[1]), status, head)
      Problem.parse(JSON.parse(body))
      await logged(from, /"room":"link"/)
    })
  it('nothing of TLS 1.2', async () => {
    const socket = connect({
      path: world.place.socketPath,
      ca: world.place.ca,
      servername: 'localhost',
      maxVersion: 'TLSv1.2',
    })
    const code = await new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      socket.once('secureConnect', () => resolve('connected'))
    })
    assert.match(String(code), /PROTOCOL_VERSION/)
  })
  it('the link in another version of its language', async () => {
    const refused = await edge.dial({ protocol: 'bulkhead.link.v9' }).then(() => assert.fail('it was taken'), refusal)
    assert.equal(refused.status, 400)
  })
})

describe('a frame that is refused', () => {
  const events = (more: object): string =>
    JSON.stringify({ type: 'events', store: 'store-1', class: 'P1', events: [{ seq: 1, body: '{}' }], ...more })
  const rows: readonly [name: string, frames: () => readonly (FromEdge | string | Buffer)[], code: string][] = [
    ['before hello', () => [digest(0, [])], 'request-malformed'],
    ['a second hello', () => [hello(), hello()], 'request-malformed'],
    ['no JSON', () => [hello(), '{'], 'request-malformed'],
    ['binary', () => [hello(), Buffer.from('{}')], 'request-malformed'],
    ['of an unknown type', () => [hello(), '{"type":"policy"}'], 'request-malformed'],
    ['with more than it should have', () => [hello(), JSON.stringify({ ...hello(), more: 1 })], 'request-malformed'],
    [
      'with a revision below nothing',
      () => [JSON.stringify({ ...hello(), have: { policy: 0, orders: -1, permits: 0, risk: 0 } })],
      'request-malformed',
    ],
    ['events of another store', () => [hello(), events({ store: 'store-2' })], 'request-malformed'],
    [
      'a batch without end',
      () => [hello(), events({ events: Array.from({ length: 1001 }, (_, n) => ({ seq: n + 1, body: '{}' })) })],
      'request-malformed',
    ],
    ['a renewal that another device signed', () => [hello(), { ...renewOf(other) }], 'refused'],
  ]
  const renewOf = (whose: EdgeHere): FromEdge => {
    const { at, signature } = renewBody(edge.svid, whose.device, Date.now())
    return { type: 'renew', at, signature }
  }
  for (const [name, frames, code] of rows)
    it(name, async () => {
      const from = world.one.log.length
      const line = await edge.dial()
      for (const frame of frames()) line.send(frame)
      assert.equal((await line.next('refused')).code, code)
      assert.equal(await line.closed(), 1008)
      await logged(from, new RegExp(`"code":"${code}","edge":"dairy/edge-1"`))
    })
  it('longer than the limit', async () => {
    const from = world.one.log.length
    const line = await edge.dial()
    line.send('x'.repeat(frameLimit.fromEdge + 1))
    assert.equal(await line.closed(), 1009)
    await logged(from, /the link broke: Max payload size exceeded/)
  })
  it('that does not come: an edge that says nothing', async () => {
    const line = await edge.dial()
    assert.equal((await line.next('refused')).code, 'request-slow')
    await line.closed()
  })
  it('is the last that is looked at', async () => {
    const line = await edge.dial()
    for (const frame of [hello(), '{', digest(0, [])]) line.send(frame)
    await line.closed()
    assert.equal((await world.show(edge.id)).digestAt, null)
  })
})

describe('what an edge cannot make the manager believe', () => {
  it('that it holds revisions of a future beyond reason', async () => {
    await publishOrder(world.one.manager.context, 'order-1')
    const line = await edge.dial()
    line.send(hello({ orders: 2 ** 52 }))
    assert.equal((await line.next('refused')).code, 'refused')
  })
  it('by two hundred wrong digests: it gets everything anew, and the manager goes on', async () => {
    const line = await other.join({ orders: 1 })
    const wrong = JSON.stringify(digest(1, [{ id: 'nothing', revision: 1 }]))
    for (let n = 0; n < 200; n++) line.send(wrong)
    const frame = await line.next('state')
    assert.notEqual(frame.snapshot, undefined)
    line.end()
    const again = await edge.join()
    again.end()
  })
})

describe('the inventory of the link', () => {
  for (const { method, path, proof } of linkPaths)
    it(`${method} ${path} wants ${proof}, whatever role its caller has`, async () => {
      // Roles and API tokens count for nothing here, and a certificate for nothing there.
      const reply = await call(world.place, path, proof === 'certificate' ? undefined : {}, { method })
      assert.ok([400, 401, 403].includes(reply.status), String(reply.status))
      const api = await world.one.send({ method, path })
      assert.equal(api.status, 400)
    })
  it('and nothing else', () =>
    assert.deepEqual(
      linkPaths.map(({ path }) => path),
      ['/link/v1/enrol', '/link/v1/renew', '/link/v1/stream'],
    ))
})

it('neither a token nor a key is in the log', async () => {
  const { token } = await world.makeToken('dairy', 'edge-7')
  await enrolled(world.place, token, newDevice())
  const log = world.one.log.join('')
  assert.ok(!log.includes(token) && !/PRIVATE KEY/.test(log))
})

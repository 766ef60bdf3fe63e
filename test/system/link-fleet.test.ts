/** From a token to an edge whose certificate counts: enrolment, renewal, revocation. */
import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { Problem } from '#schema/manager-api.ts'
import { Enrolled, enrolText } from '#schema/link-enrolment.ts'
import { Edges, EdgeView, MadeEnrolment, Sites } from '#schema/manager-fleet.ts'
import { verifyAudit } from './manager/start.ts'
import { call, enrolled, enrolWith, newDevice, renewBody, tokenIn } from './link/edge.ts'
import { startWorld, type World } from './link/world.ts'

const hour = 3_600_000
let clock = Date.now()
let world: World
before(async () => void (world = await startWorld({ now: () => clock })))
after(() => world.end())
const codeOf = (body: unknown): string => Problem.parse(body).error.code

describe('a token', () => {
  const device = newDevice()
  let token = ''
  it('comes with the edge, and the site when there is none', async () => {
    const made = await world.makeToken('dairy', 'edge-1')
    ;({ token } = made)
    assert.equal(made.edge.state, 'waiting')
    const { urls, ca } = tokenIn(token)
    assert.deepEqual(urls, world.one.manager.link.urls)
    assert.equal(ca, createHash('sha256').update(new X509Certificate(world.place.ca).raw).digest('hex'))
    const { sites } = await world.ask('/v1/sites', Sites)
    assert.deepEqual(
      sites.map(({ name, edges }) => [name, edges]),
      [['dairy', 1]],
    )
  })
  it('does nothing without a proof of the key', async () => {
    const other = newDevice()
    const body = { secret: tokenIn(token).secret, publicKey: device.publicKey, proof: other.sign('x'), version: '1' }
    const { status } = await call(world.place, '/link/v1/enrol', body)
    assert.equal(status, 403)
  })
  it('makes the machine an edge for a day', async () => {
    const svid = await enrolled(world.place, token, device)
    assert.deepEqual([svid.site, svid.edge, svid.domain], ['dairy', 'edge-1', 'bulkhead'])
    assert.ok(Math.abs(svid.until - clock - 24 * hour) < 2000)
    assert.equal(new X509Certificate(svid.certificate).subjectAltName, 'URI:spiffe://bulkhead/site/dairy/edge/edge-1')
    const { edges } = await world.ask('/v1/edges?site=dairy&name=edge-1', Edges)
    assert.equal(edges[0]?.state, 'enrolled')
  })
  it('repeats its answer to the same key', async () => {
    assert.equal((await enrolWith(world.place, token, device)).status, 200)
  })
  it('is refused to another key, on record', async () => {
    const reply = await enrolWith(world.place, token, newDevice())
    assert.deepEqual([reply.status, codeOf(reply.body)], [403, 'refused'])
    assert.match(world.one.log.join(''), /another machine has used it/)
    assert.deepEqual((await verifyAudit(world.one.state)).findings, [])
  })
  it('ends', async () => {
    const made = await world.makeToken('dairy', 'edge-2')
    clock += 25 * hour
    const reply = await enrolWith(world.place, made.token, newDevice())
    assert.deepEqual([reply.status, codeOf(reply.body)], [403, 'refused'])
  })
  it('that nobody made is refused', async () => {
    const secret = 'x'.repeat(43)
    const body = { secret, publicKey: device.publicKey, proof: device.sign(enrolText(secret)), version: '1' }
    const reply = await call(world.place, '/link/v1/enrol', body)
    assert.deepEqual([reply.status, codeOf(reply.body)], [403, 'refused'])
  })
  it('of a later enrolment replaces the key', async () => {
    const { edges } = await world.ask('/v1/edges?name=edge-1', Edges)
    const again = await world.ask(`/v1/edges/${edges[0]!.id}/enrolment`, MadeEnrolment, {})
    await enrolled(world.place, again.token, newDevice())
    const reply = await enrolWith(world.place, token, device)
    assert.deepEqual([reply.status, codeOf(reply.body)], [403, 'refused'])
  })
})

describe('a renewal by request', () => {
  it('serves an edge whose certificate ended weeks ago', async () => {
    const edge = await world.makeEdge('mill', 'edge-1')
    clock += 21 * 24 * hour
    const reply = await call(world.place, '/link/v1/renew', renewBody(edge.svid, edge.device, clock))
    assert.equal(reply.status, 200)
    const { certificate, until } = Enrolled.pick({ certificate: true, until: true }).parse(reply.body)
    assert.ok(until > clock + 23 * hour)
    assert.equal(Date.parse(new X509Certificate(certificate).validTo), until)
  })
  it('is refused when another key signs, for another edge, or by a clock that is far off', async () => {
    const edge = await world.makeEdge('mill', 'edge-2')
    const other = await world.makeEdge('mill', 'edge-3')
    const rows = [
      renewBody(edge.svid, other.device, clock),
      { ...renewBody(edge.svid, edge.device, clock), edge: 'edge-3' },
      { ...renewBody(edge.svid, edge.device, clock), at: clock - 1 },
      renewBody(edge.svid, edge.device, clock - 25 * hour),
      renewBody(edge.svid, edge.device, clock + 25 * hour),
      { ...renewBody(edge.svid, edge.device, clock), edge: 'nobody' },
    ]
    for (const row of rows) {
      const reply = await call(world.place, '/link/v1/renew', row)
      assert.deepEqual([reply.status, codeOf(reply.body)], [403, 'refused'])
    }
  })
  it('is refused to an edge that asks over and over, as is its token: each time is a row of the audit', async () => {
    const { edge, token } = await world.makeToken('mill', 'edge-9')
    const device = newDevice()
    const svid = await enrolled(world.place, token, device)
    const renews = async () => (await call(world.place, '/link/v1/renew', renewBody(svid, device, clock))).status
    const enrols = async () => (await enrolWith(world.place, token, newDevice())).status
    for (const [ask, status, limit] of [
      [renews, 200, 429],
      [enrols, 403, 403],
    ] as const) {
      const { db } = world.one.manager.context
      const rows = async () =>
        (await db.selectFrom('audit').select('sequence').where('object', 'like', '%mill/edge-9').execute()).length
      for (let turn = 0; turn < 20; turn++) assert.equal(await ask(), status)
      const former = await rows()
      assert.equal(await ask(), limit)
      assert.equal(await rows(), former)
    }
    clock += hour
    assert.equal(await renews(), 200)
    assert.equal(edge.site, 'mill')
  })
  it('is refused to an edge that was revoked, whose open tokens are worth nothing then', async () => {
    const edge = await world.makeEdge('mill', 'edge-4')
    const { token } = await world.ask(`/v1/edges/${edge.id}/enrolment`, MadeEnrolment, {})
    const gone = await world.ask(`/v1/edges/${edge.id}/revocation`, EdgeView, { reason: 'stolen' })
    assert.equal(gone.state, 'revoked')
    assert.equal((await call(world.place, '/link/v1/renew', renewBody(edge.svid, edge.device, clock))).status, 403)
    assert.equal((await enrolWith(world.place, token, newDevice())).status, 403)
    const fresh = await world.ask(`/v1/edges/${edge.id}/enrolment`, MadeEnrolment, {})
    await enrolled(world.place, fresh.token, newDevice())
    assert.equal((await world.show(edge.id)).state, 'enrolled')
  })
})

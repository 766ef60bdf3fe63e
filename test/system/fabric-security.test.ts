/** Who holds the key of one edge, or none, against the whole fabric: what the tests of the single rooms do not ask. */
import assert from 'node:assert/strict'
import { connect as dialTcp } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import * as z from 'zod'
import { joinParts } from '#edge/link/parts.ts'
import { otherRoutes, routes } from '#manager/api/routes.ts'
import { linkPaths } from '#manager/link/paths.ts'
import { stateReported } from '#manager/state/report.ts'
import { stateSnapshot } from '#manager/state/since.ts'
import type { SentEvent, StateReport } from '#schema/link-frames.ts'
import { permissions } from '#schema/manager-api.ts'
import { call, dial, digest, enrolled, hello, newDevice, renewBody } from './link/edge.ts'
import { publishOrder } from './link/orders.ts'
import { type EdgeHere, startWorld, type World } from './link/world.ts'

const served = 4
let world: World
let edge: EdgeHere
let other: EdgeHere
before(async () => {
  world = await startWorld({ linkLimits: { served, handshakes: 8, patienceMs: 3000 } })
  edge = await world.makeEdge('dairy', 'edge-1')
  other = await world.makeEdge('mill', 'edge-1')
})
after(() => world.end())

const refOf = (one: EdgeHere) => ({ id: one.id, site: one.svid.site, edge: one.svid.edge })

const eventOf = (seq: number, site: string, name: string, more: object = {}): SentEvent => {
  const time = new Date().toISOString()
  const id = `01KAJ4A7${String(seq).padStart(18, '0')}`
  const about = {
    id,
    time,
    class: 'P1',
    kind: 'denial',
    site,
    edge: name,
    count: 1,
    first: time,
    last: time,
    text: 'x',
  }
  return { seq, body: JSON.stringify({ ...about, ...more }) }
}

describe('in the name of another', () => {
  const stored = async (): Promise<number> =>
    (await world.one.manager.context.db.selectFrom('events').select('id').where('class', '=', 'P1').execute()).length
  const rows: readonly [name: string, events: () => SentEvent[]][] = [
    ['an event of another site', () => [eventOf(1, 'mill', 'edge-1')]],
    [
      'an event of another edge, behind an own one',
      () => [eventOf(1, 'dairy', 'edge-1'), eventOf(2, 'dairy', 'edge-2')],
    ],
    ['an event of another class', () => [eventOf(1, 'dairy', 'edge-1', { class: 'P0' })]],
    ['events in another order', () => [eventOf(2, 'dairy', 'edge-1'), eventOf(1, 'dairy', 'edge-1')]],
  ]
  for (const [name, events] of rows)
    it(`${name}: nothing of the batch is stored, and the link ends`, async () => {
      const line = await edge.join()
      line.send({ type: 'events', store: 'store-1', class: 'P1', events: events() })
      assert.equal((await line.next('refused')).code, 'refused')
      assert.equal(await line.closed(), 1008)
      assert.equal(await stored(), 0)
    })
  it('a store of the same name is not the store of the other: both are taken, each from its own place', async () => {
    for (const one of [edge, other]) {
      const line = await one.join()
      const { site, edge: name } = one.svid
      line.send({ type: 'events', store: 'store-1', class: 'P1', events: [eventOf(1, site, name)] })
      assert.equal((await line.next('ack')).seq, 1)
      line.end()
    }
    assert.equal(await stored(), 2)
  })
})

it('a chain that is broken again and again is told of once a minute, and every record is kept and marked', async () => {
  const broken = (n: number): SentEvent => {
    const hash = String(n % 10).repeat(64)
    return { ...eventOf(n, 'mill', 'edge-1', { class: 'P0', kind: 'containment' }), n: n * 2, prev: hash, hash }
  }
  const first = await other.join()
  first.send({ type: 'events', store: 'store-1', class: 'P0', events: [broken(1)] })
  assert.equal((await first.next('refused')).code, 'refused')
  await first.closed()
  const line = await other.join()
  for (let n = 1; n <= 20; n++) {
    line.send({ type: 'events', store: 'store-1', class: 'P0', events: [broken(n)] })
    assert.equal((await line.next('ack')).seq, n)
  }
  line.end()
  const { db } = world.one.manager.context
  const marked = await db
    .selectFrom('events')
    .select('id')
    .where('class', '=', 'P0')
    .where('intact', '=', false)
    .execute()
  const rows = await db.selectFrom('audit').select('actor').where('action', '=', 'tampering').execute()
  assert.deepEqual([marked.length, rows.length], [20, 2])
})

describe('a stolen key', () => {
  it('that was shown before the edge was enrolled anew says hello in vain after it', async () => {
    const made = await world.makeEdge('dairy', 'edge-3')
    const thief = await made.dial()
    const { token } = await world.ask(`/v1/edges/${made.id}/enrolment`, z.looseObject({ token: z.string() }), {})
    const device = newDevice()
    const svid = await enrolled(world.place, token, device)
    thief.send(hello())
    assert.equal((await thief.next('refused')).code, 'forbidden')
    const honest = await dial(world.place, { certificate: svid.certificate, key: device.pem })
    honest.send(hello())
    await honest.next('welcome')
    honest.end()
  })
  it('is renewed only with a trace in the audit', async () => {
    const from = Date.now()
    const reply = await call(world.place, '/link/v1/renew', renewBody(edge.svid, edge.device, from))
    assert.equal(reply.status, 200)
    const rows = await world.one.manager.context.db
      .selectFrom('audit')
      .select(['actor', 'object'])
      .where('action', '=', 'edge.renew')
      .execute()
    assert.deepEqual(rows, [{ actor: 'edge dairy/edge-1', object: 'edge dairy/edge-1' }])
  })
  it('does not make the whole fleet look for revisions that it invents', async () => {
    const made = await world.makeEdge('dairy', 'edge-4')
    let code = ''
    for (let tries = 0; tries < 10 && code === ''; tries++) {
      const { orders } = await heads()
      const line = await made.dial()
      line.send(hello({ orders: orders + 1 }))
      const answered = await Promise.race([line.next('state'), line.next('refused')])
      if (answered.type === 'refused') ({ code } = answered)
      line.end()
    }
    assert.equal(code, 'refused')
    // The others go on.
    const line = await edge.join({ orders: (await heads()).orders })
    await publishOrder(world.one.manager.context, 'order-after')
    assert.equal((await line.next('state')).objects.length, 1)
    line.end()
  })
  const heads = async (): Promise<{ orders: number }> => {
    const row = await world.one.manager.context.db
      .selectFrom('state_heads')
      .select('revision')
      .where('stream', '=', 'orders')
      .executeTakeFirstOrThrow()
    return { orders: row.revision }
  }
})

describe('reports of one edge', () => {
  const report = (id: string, revision: number, at: number): StateReport => ({
    type: 'state-report',
    stream: 'orders',
    id,
    revision,
    outcome: 'enforced',
    at,
  })
  const kept = (id: string) =>
    world.one.manager.context.db.selectFrom('state_reports').select('edge_id').where('id', '=', id).execute()

  it('with a time that no calendar has do not lose those of others', async () => {
    const manager = world.one.manager.context
    const { revision } = await publishOrder(manager, 'order-reported')
    await Promise.all([
      stateReported(manager, refOf(edge), report('order-reported', revision, Number.MAX_SAFE_INTEGER)),
      stateReported(manager, refOf(other), report('order-reported', revision, Date.now())),
    ])
    assert.equal((await kept('order-reported')).length, 2)
  })
  it('about what was never sent are not kept', async () => {
    await stateReported(world.one.manager.context, refOf(edge), report('order-invented', 1, Date.now()))
    assert.deepEqual(await kept('order-invented'), [])
  })
})

it('what is in force is never too much to be put right: it comes in as many frames as it takes', async () => {
  const manager = world.one.manager.context
  for (let n = 0; n < 20; n++) await publishOrder(manager, `order-many-${n}`, { ip: `198.18.7.${n}` })
  const [whole] = await stateSnapshot(manager, refOf(edge), 'orders')
  const frames = await stateSnapshot(manager, refOf(edge), 'orders', 8192)
  assert.ok(frames.length > 2)
  assert.deepEqual(
    frames.map(({ more }) => more),
    frames.map((_, n) => (n + 1 < frames.length ? true : undefined)),
  )
  for (const frame of frames) assert.ok(JSON.stringify(frame).length <= 8192)
  const join = joinParts()
  const joined = frames.map((frame) => join(frame)).at(-1)
  assert.ok(typeof joined === 'object')
  assert.deepEqual(joined.objects, whole?.objects)
})

describe('who has no certificate', () => {
  it('holds no place of an edge with requests that do not end', async () => {
    const sockets = Array.from({ length: served * 3 }, () =>
      connect({ path: world.place.socketPath, ca: world.place.ca, servername: 'localhost' }),
    )
    for (const socket of sockets)
      socket.once('secureConnect', () =>
        socket.write('POST /link/v1/enrol HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{'),
      )
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('secureConnect', resolve))))
    await sleep(100)
    const line = await edge.join()
    line.end()
    for (const socket of sockets) socket.destroy()
  })
})

describe('one address', () => {
  it('does not take all handshakes: others come in beside it', async () => {
    const port = world.one.manager.link.port!
    const silent = Array.from({ length: 20 }, () => dialTcp({ host: '127.0.0.1', port }))
    for (const socket of silent) socket.on('error', () => undefined)
    await sleep(200)
    const way = dialTcp({ host: '127.0.0.1', port, localAddress: '127.0.0.2' })
    const beside = connect({ socket: way, ca: world.place.ca, servername: 'localhost' })
    await new Promise<void>((resolve, reject) => {
      beside.once('secureConnect', resolve)
      beside.once('error', reject)
      beside.once('close', () => reject(new Error('it was let go')))
    })
    beside.destroy()
    for (const socket of silent) socket.destroy()
    await sleep(100)
    const again = await dial(world.place, { certificate: edge.svid.certificate, key: edge.device.pem, port })
    again.end()
  })
})

describe('the inventory', () => {
  /** By hand: what anybody may ask who has proven nothing. */
  const open = ['GET /v1/health', 'GET /v1/openapi.json', 'POST /v1/login', 'POST /v1/setup']
  const all = [...routes, ...otherRoutes]
  it('names a permission for every route of the API, or it is one of the few that are open', () => {
    for (const { method, path, access } of all) {
      if (open.includes(`${method} ${path}`)) continue
      assert.ok(access === 'known' || Object.hasOwn(permissions, access), `${method} ${path}: ${access}`)
    }
  })
  it('has no route twice', () => {
    const names = all.map(({ method, path }) => `${method} ${path}`)
    assert.equal(new Set(names).size, names.length)
  })
  it('names what must be proven for every path of the link', () => {
    for (const { path, proof } of linkPaths) assert.ok(['token', 'device-key', 'certificate'].includes(proof), path)
  })
})

it('digests about every stream, sent without pause, leave the manager to others', async () => {
  const line = await edge.join()
  for (let n = 0; n < 100; n++) line.send(digest(0, []))
  const began = performance.now()
  const beside = await other.join()
  assert.ok(performance.now() - began < 2000)
  beside.end()
  line.end()
})

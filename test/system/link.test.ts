/** The link of a real manager, and edges that speak it: what goes down, in which order, and what it does about what comes up. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after as afterAll, before as beforeAll, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { StateReport } from '#schema/link-frames.ts'
import { EdgeView, Edges } from '#schema/manager-fleet.ts'
import { dialledElsewhere } from '#manager/bus/bus.ts'
import { pruneState } from '#manager/state/prune.ts'
import { stateReported } from '#manager/state/report.ts'
import { type EdgeStore, edgeStore } from './manager/edge.ts'
import { verifyAudit } from './manager/start.ts'
import { digest, hello, type Line, renewBody } from './link/edge.ts'
import { publishOrder, read } from './link/orders.ts'
import { type EdgeHere, startWorld, type World } from './link/world.ts'

let world: World
let a: EdgeHere
let b: EdgeHere
let other: EdgeHere
const context = () => world.one.manager.context
const head = async (): Promise<number> => {
  const { revision } = await context()
    .db.selectFrom('state_heads')
    .select('revision')
    .where('stream', '=', 'orders')
    .executeTakeFirstOrThrow()
  return revision
}
const reportOf = (id: string, revision: number): StateReport => ({
  type: 'state-report',
  stream: 'orders',
  id,
  revision,
  outcome: 'enforced',
  at: context().now(),
})
beforeAll(async () => {
  world = await startWorld()
  a = await world.makeEdge('dairy', 'edge-1')
  b = await world.makeEdge('dairy', 'edge-2')
  other = await world.makeEdge('mill', 'edge-1')
})
afterAll(() => world.end())

describe('a link', () => {
  it('begins with a welcome, over the unix socket and over TCP', async () => {
    for (const port of [undefined, world.one.manager.link.port!]) {
      const line = await a.dial(port === undefined ? {} : { port })
      line.send(hello())
      const welcome = await line.next('welcome')
      assert.deepEqual([welcome.digest, welcome.acknowledged, welcome.manager], [30, {}, context().id])
      line.end()
    }
  })
  it('is shown as connected, until it ends', async () => {
    const line = await a.join()
    const shown = await world.show(a.id)
    assert.deepEqual([shown.manager, shown.version], [context().id, '1.0.0'])
    assert.notEqual(shown.connected, null)
    line.end()
    for (let n = 0; (await world.show(a.id)).connected !== null && n < 100; n++) await sleep(20)
    assert.equal((await world.show(a.id)).connected, null)
  })
  it('replaces the one that the edge had before', async () => {
    const first = await a.join()
    const second = await a.join()
    assert.equal((await first.next('refused')).code, 'conflict')
    await first.closed()
    assert.equal(world.one.manager.link.figures().connected, 1)
    await sleep(50)
    assert.notEqual((await world.show(a.id)).connected, null, 'the end of the first was taken for that of the second')
    second.end()
  })
  it('renews a certificate', async () => {
    const line = await a.join()
    const { at, signature } = renewBody(a.svid, a.device, Date.now())
    line.send({ type: 'renew', at, signature })
    const { certificate, until } = await line.next('svid')
    assert.ok(until >= a.svid.until)
    line.end()
    const again = await a.dial({ certificate })
    again.end()
  })
  it('ends when another manager has the edge', async () => {
    const line = await a.join()
    context().bus.publish('cut', {
      edges: [{ site: 'dairy', edge: 'edge-1' }],
      except: randomUUID(),
      why: dialledElsewhere,
    })
    await line.next('refused')
    await line.closed()
  })
})

describe('state goes down', () => {
  it('as one object to whom it reaches, at once and signed', async () => {
    const lines = [await a.join(), await b.join(), await other.join()] as const
    const scope = { level: 'site', site: 'dairy' } as const
    const { revision } = await publishOrder(context(), 'site-1', { scope, ip: '198.18.0.1' })
    for (const line of lines.slice(0, 2)) {
      const frame = await line.next('state')
      assert.deepEqual([frame.stream, frame.to], ['orders', revision])
      const order = read(frame.objects[0]!, a.svid.signer)
      assert.deepEqual([order.id, order.action, order.ip], ['site-1', 'contain', '198.18.0.1'])
    }
    await assert.rejects(lines[2].next('state', 100))
    for (const line of lines) line.end()
  })
  it('follows on the revision that the edge has, when what was between did not reach it', async () => {
    const line = await other.join({ orders: await head() })
    const before = await head()
    await publishOrder(context(), 'not-for-you', { scope: { level: 'edge', site: 'dairy', edge: 'edge-1' } })
    const { revision } = await publishOrder(context(), 'for-all')
    const frame = await line.next('state')
    assert.deepEqual([frame.from, frame.to, frame.objects.length], [before, revision, 1])
    const next = await publishOrder(context(), 'for-all', { action: 'release' })
    const after = await line.next('state')
    assert.deepEqual([after.from, after.to], [revision, next.revision])
    line.end()
  })
  it('as what was missed, once, when the edge comes back', async () => {
    const before = await head()
    await publishOrder(context(), 'missed-1', { ip: '198.18.1.1' })
    await publishOrder(context(), 'missed-2', { ip: '198.18.1.2' })
    await publishOrder(context(), 'missed-1', { ip: '198.18.1.1', action: 'release' })
    const line = await a.join({ orders: before })
    const frame = await line.next('state')
    assert.deepEqual([frame.from, frame.to, frame.snapshot], [before, before + 3, undefined])
    const said = frame.objects.map((one) => read(one, a.svid.signer)).map(({ id, action }) => [id, action])
    assert.deepEqual(said, [
      ['missed-2', 'contain'],
      ['missed-1', 'release'],
    ])
    line.end()
  })
  it('as a snapshot to an edge that has nothing: what is in force, not what was', async () => {
    const line = await b.join()
    const frame = await line.next('state')
    const ids = frame.objects.map((one) => read(one, a.svid.signer).id)
    assert.deepEqual(ids, ['site-1', 'missed-2'])
    assert.equal(JSON.parse(frame.snapshot!.body).count, 2)
    assert.equal(frame.to, await head())
    line.end()
  })
  it('as a snapshot also to an edge that was away while what ended long ago was removed', async () => {
    const db = context().db
    const line = await a.join({ orders: await head() })
    const { revision: before } = await publishOrder(context(), 'long-ago', { ip: '198.18.1.7' })
    await line.next('state')
    line.end()
    await stateReported(context(), { id: a.id, site: 'dairy', edge: 'edge-1' }, reportOf('long-ago', before))
    const ended = context().now() - 1000
    await publishOrder(context(), 'long-ago', { ip: '198.18.1.7', action: 'release', expires: ended }, true)
    await sql`UPDATE state_objects SET expires = ${new Date(ended)} WHERE id = 'long-ago'`.execute(db)
    assert.equal(await pruneState(db, ended), 0, 'what ended just then stays')
    assert.equal(await pruneState(db, ended + 1), 2)
    for (const table of ['state_objects', 'state_reports'] as const)
      assert.deepEqual(await db.selectFrom(table).select('id').where('id', '=', 'long-ago').execute(), [], table)
    const back = await a.join({ orders: before })
    const frame = await back.next('state')
    const ids = frame.objects.map((one) => read(one, a.svid.signer).id)
    assert.deepEqual([ids, frame.to], [['site-1', 'not-for-you', 'missed-2'], await head()])
    assert.equal(JSON.parse(frame.snapshot!.body).count, 3)
    back.end()
  })
  it('also when the hint is lost, within seconds', async () => {
    const line = await a.join({ orders: await head() })
    const { revision } = await publishOrder(context(), 'quiet', {}, true)
    const frame = await line.next('state')
    assert.equal(frame.to, revision)
    line.end()
  })
  it('while it is being made, without a gap and without anything twice', async () => {
    let have = await head()
    const lines: Line[] = []
    const publishing = (async () => {
      for (let n = 0; n < 40; n++) await publishOrder(context(), `stream-${n}`, { ip: `198.18.2.${n}` })
    })()
    for (let n = 0; n < 5; n++) {
      lines.push(await a.join({ orders: have }))
      const frame = await lines.at(-1)!.next('state')
      assert.equal(frame.from, have)
      have = frame.to
    }
    await publishing
    const last = lines.at(-1)!
    const end = await head()
    while (have < end) {
      const frame = await last.next('state')
      assert.equal(frame.from, have)
      assert.ok(frame.to > have)
      have = frame.to
    }
    for (const line of lines) line.end()
  })
})

describe('revisions never go back', () => {
  it('an edge that knows more than the database raises its numbers, on record', async () => {
    const before = await head()
    const line = await a.join({ orders: before + 500 })
    const frame = await line.next('state')
    assert.notEqual(frame.snapshot, undefined)
    assert.equal(frame.to, before + 500)
    const { revision } = await publishOrder(context(), 'after')
    assert.equal(revision, before + 501)
    assert.equal((await line.next('state')).to, revision)
    const rows = await context().db.selectFrom('audit').select('action').where('action', '=', 'state.raise').execute()
    assert.equal(rows.length, 1)
    assert.deepEqual((await verifyAudit(world.one.state)).findings, [])
    line.end()
  })
  it('but one that claims what cannot be is refused', async () => {
    const before = await head()
    const line = await b.join({ orders: Number.MAX_SAFE_INTEGER })
    assert.equal((await line.next('refused')).code, 'refused')
    assert.equal(await head(), before)
  })
})

describe('a digest', () => {
  const inForce = async (edge: string) => {
    const rows = await context()
      .db.selectFrom('state_objects')
      .select(['id', 'revision', 'level', 'edge'])
      .where('stream', '=', 'orders')
      .where('sets', '=', true)
      .where('superseded', 'is', null)
      .execute()
    return rows.filter(({ level, edge: name }) => level !== 'edge' || name === edge)
  }
  it('that is right is kept and shown: enforced of desired', async () => {
    const line = await a.join({ orders: await head() })
    const held = await inForce('edge-1')
    line.send(digest(await head(), held))
    for (let n = 0; (await world.show(a.id)).digestAt === null && n < 100; n++) await sleep(50)
    const shown = await world.show(a.id)
    assert.deepEqual([shown.enforced, shown.desired, shown.waiting], [held.length, held.length, 7])
    assert.ok(shown.streams.every(({ matches }) => matches))
    await assert.rejects(line.next('state', 100))
    line.end()
  })
  it('that is wrong once may be a matter of time; twice, everything comes anew', async () => {
    const line = await a.join({ orders: await head() })
    const before = world.one.manager.link.figures().corrected
    const wrong = digest(await head(), [{ id: 'of-nobody', revision: 1 }])
    line.send(wrong)
    await assert.rejects(line.next('state', 150))
    line.send(wrong)
    const frame = await line.next('state')
    assert.equal(frame.objects.length, (await inForce('edge-1')).length)
    assert.notEqual(frame.snapshot, undefined)
    assert.equal(world.one.manager.link.figures().corrected, before + 1)
    for (let n = 0; (await world.show(a.id)).enforced !== 1 && n < 100; n++) await sleep(50)
    assert.ok((await world.show(a.id)).streams.some(({ matches }) => !matches))
    line.end()
  })
  it('that is behind what is under way is no difference; one that stays behind is', async () => {
    const line = await a.join({ orders: await head() })
    const { corrected } = world.one.manager.link.figures()
    for (const id of ['busy-1', 'busy-2', 'busy-3']) {
      const { revision } = await publishOrder(context(), id)
      assert.equal((await line.next('state')).to, revision)
      line.send(digest(revision - 1, []))
    }
    await assert.rejects(line.next('state', 150))
    const late = digest((await head()) - 1, [])
    line.send(late)
    line.send(late)
    assert.notEqual((await line.next('state')).snapshot, undefined)
    assert.equal(world.one.manager.link.figures().corrected, corrected + 1)
    line.end()
  })
})

it('reports of many edges about one object are all stored, the newest of each', async () => {
  const lines = [await a.join(), await b.join()]
  const report = (revision: number, outcome: StateReport['outcome']): StateReport => ({
    type: 'state-report',
    stream: 'orders',
    id: 'for-all',
    revision,
    outcome,
    at: Date.now(),
    text: 'so it \0is\ud800',
    kernelMs: 0.4,
  })
  for (const line of lines)
    for (const one of [report(8, 'refused'), report(9, 'enforced'), report(7, 'expired')]) line.send(one)
  const rows = () => context().db.selectFrom('state_reports').selectAll().where('id', '=', 'for-all').execute()
  for (let n = 0; (await rows()).length < 2 && n < 100; n++) await sleep(20)
  assert.deepEqual(
    (await rows()).map(({ outcome, revision, text }) => [outcome, revision, text]),
    [
      ['enforced', 9, 'so it is\ufffd'],
      ['enforced', 9, 'so it is\ufffd'],
    ],
  )
  for (const line of lines) line.end()
})

describe('batches of events', () => {
  let edge: EdgeHere
  let store: EdgeStore
  let line: Line
  beforeAll(async () => {
    edge = await world.makeEdge('mill', 'edge-8')
    store = edgeStore({ id: edge.id, site: 'mill', edge: 'edge-8' })
    line = await edge.join()
    line.send(store.batch({ kind: 'would-deny' }))
    await line.next('ack')
  })
  afterAll(() => line.end())
  /** No batch of P2 of this edge is stored meanwhile. */
  const whileHeld = (work: () => Promise<void>): Promise<void> =>
    context()
      .db.transaction()
      .execute(async (tx) => {
        await sql`SELECT 1 FROM event_cursors WHERE edge_id = ${edge.id} AND class = 'P2' FOR UPDATE`.execute(tx)
        await work()
      })
  const acks = async (count: number): Promise<string[]> => {
    const found: string[] = []
    while (found.length < count) {
      const { class: of, seq } = await line.next('ack', 30_000)
      found.push(`${of} ${seq}`)
    }
    return found
  }
  it('of another class do not wait: what is urgent is stored while the rest is', async () => {
    await whileHeld(async () => {
      for (const kind of ['would-deny', 'denial', 'start']) line.send(store.batch({ kind }))
      assert.deepEqual((await acks(2)).toSorted(), ['P0 4', 'P1 3'])
    })
    assert.deepEqual(await acks(1), ['P2 2'])
  })
  it('of one class are stored one after the other, and meanwhile nothing more is read', async () => {
    const long = Array.from({ length: 200 }, () => ({
      kind: 'would-deny',
      details: { long: Array<string>(7).fill('x'.repeat(490)) },
    }))
    const batches = Array.from({ length: 5 }, () => store.batch(...long))
    await whileHeld(async () => {
      for (const batch of batches) line.send(batch)
      await sleep(200)
      assert.ok(line.ws.bufferedAmount > 1 << 20, `${line.ws.bufferedAmount} bytes were not read`)
    })
    assert.deepEqual(
      await acks(5),
      batches.map(({ events }) => `P2 ${events.at(-1)?.seq}`),
    )
  })
  it('that are refused end the link, and nothing after them is taken', async () => {
    const [first, second] = [store.batch({ kind: 'start' }), store.batch({ kind: 'stop' })]
    line.send({ ...first, events: first.events.map(({ seq, body }) => ({ seq, body })) })
    line.send(second)
    assert.match((await line.next('refused')).text, /no place in the chain/)
    await line.closed()
    assert.equal(line.frames.filter(({ type }) => type === 'ack').length, 0)
    const rows = await context().db.selectFrom('events').select('kind').where('edge_id', '=', edge.id).execute()
    assert.ok(!rows.some(({ kind }) => kind === 'stop'))
  })
})

it('an acknowledgement says that the reports that came before are stored, too', async () => {
  const line = await other.join()
  const store = edgeStore({ id: other.id, site: 'mill', edge: 'edge-1' })
  const rows = () => context().db.selectFrom('state_reports').select('id').where('id', '=', 'held-up').execute()
  // Only what was sent can be reported.
  const sent = { stream: 'orders', id: 'held-up', level: 'fleet', sets: false, expires: new Date() } as const
  await context()
    .db.insertInto('state_objects')
    .values({ ...sent, revision: 1_000_000, site: null, edge: null, body: '{}', key: '', signature: '' })
    .execute()
  await context()
    .db.transaction()
    .execute(async (tx) => {
      await sql`LOCK TABLE state_reports`.execute(tx)
      const about = { stream: 'orders', id: 'held-up', revision: 3, outcome: 'enforced', at: Date.now() } as const
      line.send({ type: 'state-report', ...about })
      line.send(store.batch({ kind: 'manager-found', by: 'daemon' }))
      await assert.rejects(line.next('ack', 300))
    })
  await line.next('ack')
  assert.equal((await rows()).length, 1)
  line.end()
})

it('a revoked edge is cut within a second, and does not come back', async () => {
  const edge = await world.makeEdge('mill', 'edge-9')
  const line = await edge.join()
  const begin = performance.now()
  await world.ask(`/v1/edges/${edge.id}/revocation`, EdgeView, { reason: 'stolen' })
  assert.match((await line.next('refused')).text, /revoked/)
  await line.closed()
  assert.ok(performance.now() - begin < 1000)
  await assert.rejects(edge.dial(), /was revoked/)
  const { edges } = await world.ask('/v1/edges?site=mill&name=edge-9', Edges)
  assert.deepEqual([edges[0]!.state, edges[0]!.connected], ['revoked', null])
})

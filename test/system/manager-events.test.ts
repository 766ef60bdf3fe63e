/** What edges send arrives once, in order, whole or not at all, and what follows from it happens. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Fault } from '#core/errors.ts'
import type { Manager } from '#manager/context.ts'
import { acknowledged, ingest, storeOf } from '#manager/events/ingest.ts'
import type { EdgeRef } from '#manager/events/reaction.ts'
import type { EventBatch, SentEvent } from '#schema/link-frames.ts'
import { addEdge, edgeStore, type Said } from './manager/edge.ts'
import { type Started, start, verifyAudit } from './manager/start.ts'

let one: Started
let manager: Manager
let serial = 0
before(async () => {
  one = await start()
  manager = one.manager.context
})
after(() => one.end())

const fresh = (): Promise<EdgeRef> => addEdge(manager, 'north', `edge-${serial++}`)
const rowsOf = ({ id }: EdgeRef) =>
  manager.db.selectFrom('events').selectAll().where('edge_id', '=', id).orderBy('id').execute()
const refused = (says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault && error.code === 'refused', String(error))
  assert.match(`${error.message} ${error.details.join(' ')}`, says)
  return true
}
const denial = { kind: 'denial', source: { ip: '198.18.1.40' }, conduit: 'c1', reason: 'no-conduit', count: 3 }

describe('ingest', () => {
  it('stores a batch and says up to where', async () => {
    const edge = await fresh()
    const batch = edgeStore(edge).batch(denial, denial)
    assert.equal(await ingest(manager, edge, batch), 2)
    const rows = await rowsOf(edge)
    assert.deepEqual(
      rows.map(({ body, source, conduit, count, intact }) => [body, source, conduit, count, intact]),
      batch.events.map(({ body }) => [body, '198.18.1.40', 'c1', 3, true]),
    )
  })
  it('stores nothing twice, whatever is sent again', async () => {
    const edge = await fresh()
    const store = edgeStore(edge)
    const [a, b] = [store.batch(denial, denial), store.batch(denial)]
    await ingest(manager, edge, a)
    assert.equal(await ingest(manager, edge, a), 2)
    const both: EventBatch = { ...a, events: [...a.events, ...b.events] }
    assert.deepEqual(
      await Promise.all([ingest(manager, edge, both), ingest(manager, edge, both), ingest(manager, edge, b)]),
      [3, 3, 3],
    )
    assert.equal((await rowsOf(edge)).length, 3)
    const sums = await manager.db.selectFrom('event_hours').selectAll().where('edge', '=', edge.edge).execute()
    assert.deepEqual(
      [sums.reduce((all, { events }) => all + events, 0), sums.reduce((all, { packets }) => all + packets, 0)],
      [3, 9],
    )
  })
  it('counts each class of each store by itself', async () => {
    const edge = await fresh()
    const [old, young] = [edgeStore(edge, 'a'), edgeStore(edge, 'b')]
    await ingest(manager, edge, old.batch(denial, denial))
    await ingest(manager, edge, old.batch({ kind: 'start' }))
    await ingest(manager, edge, young.batch({ kind: 'start' }))
    assert.deepEqual(await acknowledged(manager, edge, 'a'), { P1: 2, P0: 3 })
    assert.deepEqual(await acknowledged(manager, edge, 'b'), { P0: 1 })
    assert.deepEqual(await acknowledged(manager, edge, 'c'), {})
  })
  it('combines what many edges bring at once', async () => {
    const edges = await Promise.all(Array.from({ length: 20 }, fresh))
    const seqs = await Promise.all(
      edges.map((edge) => ingest(manager, edge, edgeStore(edge).batch(denial, denial, denial))),
    )
    assert.deepEqual(new Set(seqs), new Set([3]))
    for (const edge of edges) assert.equal((await rowsOf(edge)).length, 3)
  })
  it('keeps what is awkward to keep', async () => {
    const edge = await fresh()
    const text = 'a\0b\\"{},\u2028\ud83d\ude00 \x7f'
    const awkward = { kind: 'would-deny', text, reason: 'x\0y', source: { ip: 'fe80::1%eth0', asset: '{NULL,"\\' } }
    const batch = edgeStore(edge).batch(awkward, {
      ...awkward,
      count: Number.MAX_SAFE_INTEGER,
      kind: 'a-kind-of-tomorrow',
    })
    await ingest(manager, edge, batch)
    const rows = await rowsOf(edge)
    assert.deepEqual(
      rows.map(({ body }) => body),
      batch.events.map(({ body }) => body),
    )
    assert.deepEqual(
      [rows[0]!.source, rows[0]!.source_asset, rows[1]!.count],
      ['fe80::1', '{NULL,"\\', Number.MAX_SAFE_INTEGER],
    )
  })
  it('keeps what means something to COPY', async () => {
    const edge = await fresh()
    const named = { conduit: '\\N', reason: 'a\tb\r\nc\\', source: { asset: '\\.' }, destination: { asset: '\n' } }
    const batch = edgeStore(edge).batch({ kind: 'would-deny', ...named }, { kind: 'would-deny' })
    await ingest(manager, edge, batch)
    const [first, second] = await rowsOf(edge)
    assert.deepEqual(
      [first!.conduit, first!.reason, first!.source_asset, first!.destination_asset, first!.body],
      ['\\N', 'a\tb\r\nc\\', '\\.', '\n', batch.events[0]!.body],
    )
    assert.deepEqual([second!.conduit, second!.reason, second!.source, second!.hash], [null, null, null, null])
  })
  it('files what cannot have happened then under when it was received', async () => {
    const edge = await fresh()
    const clock = edgeStore(edge, 'store-1', () => Date.UTC(1970, 0, 2))
    await ingest(manager, edge, clock.batch({ kind: 'start' }))
    const [row] = await rowsOf(edge)
    assert.ok(Math.abs(row!.at.getTime() - row!.received.getTime()) < 5000)
    assert.ok(row!.body.includes('1970-01-02'))
  })
  it('takes what happened two weeks ago', async () => {
    const edge = await fresh()
    const then = Date.now() - 13 * 86_400_000
    await ingest(manager, edge, edgeStore(edge, 'store-1', () => then).batch(denial))
    assert.equal((await rowsOf(edge))[0]!.at.getTime(), then)
  })

  const hostile: readonly { name: string; spoil: (batch: EventBatch) => EventBatch; says: RegExp }[] = [
    { name: 'another site', spoil: (batch) => swap(batch, '"site":"north"', '"site":"south"'), says: /another edge/ },
    { name: 'another class', spoil: (batch) => ({ ...batch, class: 'P2' }), says: /class P1 in a batch of P2/ },
    { name: 'no JSON', spoil: (batch) => swap(batch, '{', '{{'), says: /is none/ },
    {
      name: 'a member too many',
      spoil: (batch) => swap(batch, '{"class"', '{"admin":true,"class"'),
      says: /Unrecognized key/,
    },
    {
      name: 'an address that is none',
      spoil: (batch) => swap(batch, '198.18.1.40', '198.18.1.400'),
      says: /source\.ip/,
    },
    {
      name: 'numbers that go back',
      spoil: (batch) => ({ ...batch, events: batch.events.toReversed() }),
      says: /not in order/,
    },
  ]
  const swap = (batch: EventBatch, from: string, to: string): EventBatch => ({
    ...batch,
    events: batch.events.map((sent, at) => (at === 1 ? { ...sent, body: sent.body.replace(from, to) } : sent)),
  })
  for (const { name, spoil, says } of hostile)
    it(`stores nothing of a batch with ${name}`, async () => {
      const edge = await fresh()
      await assert.rejects(ingest(manager, edge, spoil(edgeStore(edge).batch(denial, denial))), refused(says))
      assert.deepEqual(await rowsOf(edge), [])
    })
})

describe('whoever holds the key of an edge and takes its numbers', () => {
  /** With the key and the name of the store, but none of its events. */
  const impostor = async (edge: EdgeRef, seq: number, said: Said): Promise<number> => {
    const batch = edgeStore(edge).batch(said)
    return ingest(manager, edge, { ...batch, events: batch.events.map((sent) => ({ ...sent, seq })) })
  }
  const auditRows = async (edge: EdgeRef) =>
    (
      await manager.db
        .selectFrom('audit')
        .select(['action', 'object'])
        .where('actor', '=', `edge north/${edge.edge}`)
        .execute()
    ).map(({ action, object }) => `${action} ${object}`)
  const stored = async (edge: EdgeRef, sent: readonly SentEvent[]): Promise<number> => {
    const bodies = new Set((await rowsOf(edge)).map(({ body }) => body))
    return sent.filter(({ body }) => bodies.has(body)).length
  }
  const jumps = [
    { name: 'the very next one', seq: 3 },
    { name: 'one that the edge will reach', seq: 40 },
    { name: 'the last one that there is', seq: Number.MAX_SAFE_INTEGER },
  ]
  for (const { name, seq } of jumps)
    it(`hides nothing that the edge says later, having taken ${name}`, async () => {
      const edge = await fresh()
      const store = edgeStore(edge)
      await ingest(manager, edge, store.batch(denial, denial))
      assert.equal(await impostor(edge, seq, denial), seq)
      const later = [store.batch(denial), store.batch(denial, denial, denial)]
      assert.deepEqual([await ingest(manager, edge, later[0]!), await ingest(manager, edge, later[1]!)], [3, 6])
      const sent = later.flatMap(({ events }) => events)
      assert.equal(await stored(edge, sent), sent.length)
      assert.equal((await rowsOf(edge)).length, 7)
      assert.deepEqual(await auditRows(edge), [`tampering events of edge north/${edge.edge}`])
      assert.deepEqual(await acknowledged(manager, edge, 'store-1'), { P1: 6 })
      await ingest(manager, edge, later[0]!)
      assert.equal((await rowsOf(edge)).length, 7, 'and what is sent again is still stored once')
    })
  it('hides nothing of P0: it is refused once, then kept and marked', async () => {
    const edge = await fresh()
    const store = edgeStore(edge)
    await ingest(manager, edge, store.batch({ kind: 'start' }))
    await assert.rejects(impostor(edge, 1_000_000, { kind: 'stop' }), refused(/chain/))
    await impostor(edge, 1_000_000, { kind: 'stop' })
    const batch = store.batch({ kind: 'containment' }, { kind: 'stop' })
    assert.equal(await ingest(manager, edge, batch), 3)
    assert.equal(await stored(edge, batch.events), 2)
  })
  it('is told from an edge that sends again, even one whose clock cannot be true', async () => {
    for (const clock of [Date.now, () => Date.UTC(1970, 0, 2), () => Date.now() + 3 * 86_400_000]) {
      const edge = await fresh()
      const store = edgeStore(edge, 'store-1', clock)
      const [a, b] = [store.batch(denial, denial), store.batch(denial)]
      for (const batch of [a, b, a, { ...a, events: [...a.events, ...b.events] }]) await ingest(manager, edge, batch)
      assert.equal((await rowsOf(edge)).length, 3)
      assert.deepEqual(await auditRows(edge), [])
    }
  })
})

describe('a chain of P0', () => {
  const spoilt: readonly { name: string; spoil: (batch: EventBatch) => EventBatch; says: RegExp; marks: boolean[] }[] =
    [
      {
        name: 'a changed text',
        spoil: (batch) => ({
          ...batch,
          events: batch.events.map((sent, at) =>
            at === 1 ? { ...sent, body: sent.body.replace('This', 'That') } : sent,
          ),
        }),
        says: /event 2: its hash is not that of its text/,
        marks: [true, false, true],
      },
      {
        name: 'a record left out',
        spoil: (batch) => ({ ...batch, events: batch.events.toSpliced(1, 1) }),
        says: /event 3: it is number 3 and 2 was due/,
        marks: [true, false],
      },
      {
        name: 'records without a place',
        spoil: (batch) => ({ ...batch, events: batch.events.map(({ seq, body }) => ({ seq, body })) }),
        says: /no place in the chain/,
        marks: [false, false, false],
      },
    ]
  for (const { name, spoil, says, marks } of spoilt)
    it(`with ${name} is refused once, then kept and marked, and the audit tells`, async () => {
      const edge = await fresh()
      const store = edgeStore(edge)
      const batch = spoil(store.batch({ kind: 'start' }, { kind: 'containment' }, { kind: 'stop' }))
      await assert.rejects(ingest(manager, edge, batch), refused(says))
      assert.deepEqual(await rowsOf(edge), [])
      const rows = async () =>
        (await manager.db.selectFrom('audit').select('action').where('actor', '=', `edge north/${edge.edge}`).execute())
          .length
      assert.equal(await rows(), 1)
      await ingest(manager, edge, batch)
      assert.deepEqual(
        (await rowsOf(edge)).map(({ intact }) => intact),
        marks,
      )
      assert.equal(await rows(), 2)
    })
  it('that holds leaves no trace in the audit, and goes on over batches', async () => {
    const edge = await fresh()
    const store = edgeStore(edge)
    for (let n = 0; n < 3; n++) await ingest(manager, edge, store.batch({ kind: 'start' }, { kind: 'stop' }))
    const rows = await rowsOf(edge)
    assert.deepEqual(
      rows.map(({ n, intact }) => [n, intact]),
      [1, 2, 3, 4, 5, 6].map((n) => [n, true]),
    )
    assert.equal(
      (await manager.db.selectFrom('audit').select('action').where('actor', '=', `edge north/${edge.edge}`).execute())
        .length,
      0,
    )
  })
  it('that broke leaves the audit of the manager whole', async () => {
    assert.deepEqual((await verifyAudit(one.state)).findings, [])
  })
})

describe('what is older than its class is kept', () => {
  it('goes away as whole tables; sums stay, and what comes next is stored', async () => {
    const edge = await fresh()
    const store = edgeStore(edge)
    for (const kind of ['start', 'denial', 'would-deny']) await ingest(manager, edge, store.batch({ kind }))
    const { partitions } = storeOf(manager)
    const dropped = await partitions.drop(Date.now() + 62 * 86_400_000)
    assert.ok(dropped.length > 0 && dropped.every((name) => /^events_p[23]_\d{8}$/.test(name)), dropped.join(', '))
    const kinds = async () => (await rowsOf(edge)).map(({ kind }) => kind)
    assert.deepEqual(await kinds(), ['start', 'denial'])
    const sums = await manager.db.selectFrom('event_hours').select('kind').where('edge', '=', edge.edge).execute()
    assert.equal(sums.length, 3)
    await ingest(manager, edge, store.batch({ kind: 'would-deny' }))
    assert.deepEqual(await kinds(), ['start', 'denial', 'would-deny'])
  })
  it('does not stop a search that reads it', async () => {
    await manager.db.transaction().execute(async (tx) => {
      await tx.selectFrom('events').select('id').limit(1).execute()
      assert.deepEqual(await storeOf(manager).partitions.drop(Date.now() + 62 * 86_400_000), [])
    })
    assert.notDeepEqual(await storeOf(manager).partitions.drop(Date.now() + 62 * 86_400_000), [])
  })
})

/** Deliveries over the events that edges really sent: in the order in which they were stored, whatever their ids and times. */
import { Event } from '#schema/event.ts'
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { sql } from 'kysely'
import type { Manager } from '#manager/context.ts'
import { ingest } from '#manager/events/ingest.ts'
import { readers } from '#manager/exchange/readers.ts'
import { addReceiver, receiverNamed } from '#manager/exchange/receivers.ts'
import { NewReceiver } from '#schema/manager-exchange.ts'
import { httpsServer, pairIn } from './exchange/servers.ts'
import { addEdge, edgeStore } from './manager/edge.ts'
import { type Started, startSetUp } from './manager/start.ts'
import { until } from './until.ts'

let one: Started
let manager: Manager
before(async () => {
  one = await startSetUp()
  manager = one.manager.context
})
after(() => one.end())

const all = async (from: number, limit = 500): Promise<string[]> => {
  const found: string[] = []
  for (let position = from; ;) {
    const page = await readers.eventsAfter(manager, position, limit)
    if (page.length === 0) return found
    found.push(...page.map(({ event }) => event.id))
    position = page.at(-1)!.id
  }
}

it('everything is read once, in pages of any size, and new events stand behind', async () => {
  const begin = await readers.newestEvent(manager)
  const edges = await Promise.all(['a', 'b', 'c'].map((name) => addEdge(manager, 'north', name)))
  const stores = edges.map((edge) => edgeStore(edge))
  const sent: string[] = []
  const say = async (count: number, kind: string): Promise<void> => {
    await Promise.all(
      stores.map((store, at) => {
        const batch = store.batch(...Array.from({ length: count }, () => ({ kind })))
        sent.push(...batch.events.map(({ body }) => Event.parse(JSON.parse(body)).id))
        return ingest(manager, edges[at]!, batch)
      }),
    )
  }
  for (const count of [1, 40, 3]) for (const kind of ['denial', 'containment', 'would-deny']) await say(count, kind)
  const whole = await all(begin)
  assert.deepEqual(new Set(whole), new Set(sent))
  assert.equal(whole.length, sent.length)
  assert.deepEqual(await all(begin, 7), whole)
  const middle = await readers.newestEvent(manager)
  assert.deepEqual(await all(middle), [])
  await say(2, 'denial')
  assert.deepEqual(new Set(await all(middle)), new Set(sent.slice(-6)))
  assert.equal(await readers.waiting(manager, middle), 6)
  assert.equal((await readers.eventWith(manager, sent[5]!, Date.now()))?.id, sent[5])
})

it('who is too far behind goes on where at most so many are left, and is told how many are not', async () => {
  const begin = await readers.newestEvent(manager)
  const edge = await addEdge(manager, 'north', 'd')
  const store = edgeStore(edge)
  for (let at = 0; at < 10; at++)
    await ingest(manager, edge, store.batch(...Array.from({ length: 20 }, () => ({ kind: 'denial' }))))
  assert.equal(await readers.overdue(manager, begin, 200), undefined)
  const late = await readers.overdue(manager, begin, 50)
  assert.equal(late?.events, 160)
  assert.equal((await all(late.position)).length, 40)
  await sql`DELETE FROM event_feed WHERE number < ${Math.floor(begin / 4096) + 4}`.execute(manager.db)
  const lost = await readers.overdue(manager, begin, 200)
  assert.equal(lost?.events, 3)
  assert.equal((await all(lost.position)).length, 140)
})

it('a receiver of a running manager gets what an edge sends', async () => {
  const pair = pairIn(one.state)
  const server = await httpsServer(pair, () => ({ status: 200 }))
  const target = { kind: 'webhook', url: `https://localhost:${server.port}/`, ca: pair.ca }
  await addReceiver(manager, 'ann', NewReceiver.parse({ name: 'hook', target }), { readers, ownPorts: [] })
  const edge = await addEdge(manager, 'north', 'e')
  const store = edgeStore(edge)
  for (let at = 0; at < 5; at++) await ingest(manager, edge, store.batch({ kind: 'denial' }, { kind: 'denial' }))
  await until('they are there', async () => (await receiverNamed(manager, 'hook')).delivered === 10)
  await ingest(manager, edge, store.batch({ kind: 'would-deny' }))
  await until(
    'it is through',
    async () => (await receiverNamed(manager, 'hook')).position === (await readers.newestEvent(manager)),
  )
  await server.end()
})

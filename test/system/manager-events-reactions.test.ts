/** What follows from an event happens at once, in order, and also when somebody ended in between. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Manager } from '#manager/context.ts'
import { leaseMs } from '#manager/events/inbox-rows.ts'
import { ingest } from '#manager/events/ingest.ts'
import type { EdgeRef, Reaction } from '#manager/events/reaction.ts'
import { startEvents } from '#manager/events/start.ts'
import { addEdge, edgeStore } from './manager/edge.ts'
import { type Started, start } from './manager/start.ts'
import { until } from './until.ts'

let one: Started
let edge: EdgeRef
const trouble: string[] = []
const log: string[] = []
let react: (name: string) => Promise<void> = async () => undefined
const reaction = (name: string, kinds: Reaction['kinds']): Reaction => ({
  name,
  kinds,
  react: async (_, events) => {
    await react(name)
    for (const { event, edge: from } of events) log.push(`${name} ${from.edge} ${event.text}`)
  },
})
const reactions = [reaction('first', ['containment', 'scan']), reaction('second', ['containment'])]

/** Another manager on the same database, whose reactions are these. */
const another = (): Manager => ({ ...one.manager.context })
const left = async (): Promise<string[]> =>
  (await one.manager.context.db.selectFrom('event_inbox').selectAll().orderBy('id').orderBy('reaction').execute()).map(
    ({ reaction: name, tries }) => `${name} ${tries}`,
  )
before(async () => {
  one = await start()
  edge = await addEdge(one.manager.context, 'north', 'cell-1')
})
after(() => one.end())

describe('a reaction', () => {
  let manager: Manager
  let end: () => Promise<void>
  let store = edgeStore({ id: 0, site: '', edge: '' })
  before(async () => {
    manager = another()
    store = edgeStore(edge)
    end = await startEvents(manager, (what) => trouble.push(what), reactions)
  })
  after(() => end())

  it('is called for the kinds that it wants, in the order of storing, and leaves nothing behind', async () => {
    log.length = 0
    const said = (text: string, kind = 'containment') => ingest(manager, edge, store.batch({ kind, text }))
    await said('a')
    await said('b', 'denial')
    await said('c', 'scan')
    await said('d')
    await until('so many calls', () => log.length === 5)
    assert.deepEqual(
      log.filter((line) => line.startsWith('first')),
      ['first cell-1 a', 'first cell-1 c', 'first cell-1 d'],
    )
    assert.deepEqual(
      log.filter((line) => line.startsWith('second')),
      ['second cell-1 a', 'second cell-1 d'],
    )
    await until('nothing is left', async () => (await left()).length === 0)
  })
  it('is not called for what was stored before', async () => {
    log.length = 0
    const batch = store.batch({ kind: 'containment', text: 'once' })
    await Promise.all([ingest(manager, edge, batch), ingest(manager, edge, batch)])
    await until('nothing is left', async () => (await left()).length === 0)
    assert.deepEqual(log, ['first cell-1 once', 'second cell-1 once'])
  })
  it('that fails is tried again, and the other one is not', async () => {
    log.length = 0
    react = async (name) => {
      if (name === 'first') throw new Error('no')
    }
    await ingest(manager, edge, store.batch({ kind: 'containment', text: 'x' }))
    await until('what is left', async () => (await left()).join() === 'first 0')
    assert.match(trouble.at(-1)!, /the reaction first failed, and is tried again: no/)
    react = async () => undefined
    await sql`UPDATE event_inbox SET due = now()`.execute(manager.db)
    await until('nothing is left', async () => (await left()).length === 0)
    assert.deepEqual(log, ['second cell-1 x', 'first cell-1 x'])
  })
  it('does not wait for whoever would take it up later', async () => {
    log.length = 0
    for (let n = 0; n < 20; n++) await ingest(manager, edge, store.batch({ kind: 'containment', text: `${n}` }))
    // All of them long before their lease of a minute ends, from which on a sweep would find them.
    await until('so many calls', () => log.length === 40)
    assert.deepEqual(
      log.filter((line) => line.startsWith('first')),
      Array.from({ length: 20 }, (_, n) => `first cell-1 ${n}`),
    )
  })
})

describe('a manager that ends between storing and reacting', () => {
  it('leaves it to the next one, for which nobody else waits longer than the lease', async () => {
    log.length = 0
    const store = edgeStore(edge, 'store-2')
    const dead = another()
    const never = reactions.map((own): Reaction => ({ ...own, react: () => new Promise(() => undefined) }))
    const { storeOf } = await import('#manager/events/ingest.ts')
    storeOf(dead, () => undefined, never)
    await ingest(dead, edge, store.batch({ kind: 'containment', text: 'left' }))
    assert.deepEqual(await left(), ['first 0', 'second 0'])
    const clock = { ahead: 0 }
    const heir: Manager = { ...another(), now: () => Date.now() + clock.ahead }
    const end = await startEvents(heir, () => undefined, reactions)
    await sleep(50)
    assert.deepEqual(log, [])
    clock.ahead = leaseMs
    await until('nothing is left', async () => (await left()).length === 0)
    assert.deepEqual(new Set(log), new Set(['first cell-1 left', 'second cell-1 left']))
    await end()
  })
  it('leaves all that was stored together, of every edge, each with its events', async () => {
    log.length = 0
    const dead = another()
    const never = reactions.map((own): Reaction => ({ ...own, react: () => new Promise(() => undefined) }))
    const { storeOf } = await import('#manager/events/ingest.ts')
    storeOf(dead, () => undefined, never)
    const others = await Promise.all(['cell-2', 'cell-3'].map((name) => addEdge(one.manager.context, 'north', name)))
    await Promise.all(
      others.map((from) => {
        const many = Array.from({ length: 300 }, (_, n) => ({
          kind: n % 2 === 0 ? 'containment' : 'denial',
          text: `${n}`,
        }))
        const batches = edgeStore(from)
        return Promise.all(
          [0, 1].map((half) =>
            ingest(dead, from, batches.batch(...many.filter(({ kind }) => (kind === 'denial') === (half === 1)))),
          ),
        )
      }),
    )
    const waits = await left()
    assert.ok(waits.length >= 4 && waits.length <= 8, waits.join())
    const clock = leaseMs
    const heir: Manager = { ...another(), now: () => Date.now() + clock }
    const end = await startEvents(heir, () => undefined, reactions)
    await until('nothing is left', async () => (await left()).length === 0)
    await end()
    for (const from of others)
      assert.deepEqual(
        log.filter((line) => line.startsWith(`first ${from.edge}`)),
        Array.from({ length: 150 }, (_, n) => `first ${from.edge} ${n * 2}`),
      )
    assert.equal(log.length, 600)
  })
})

/** A backup of many events is whole, needs little memory, and what comes after it goes on as if nothing had been. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { backUp } from '#manager/backup/backup.ts'
import type { Claim } from '#manager/backup/format.ts'
import { restore } from '#manager/backup/restore.ts'
import type { Manager } from '#manager/context.ts'
import { acknowledged, ingest } from '#manager/events/ingest.ts'
import type { EdgeRef } from '#manager/events/reaction.ts'
import { openState } from '#manager/open.ts'
import { addEdge, type EdgeStore, edgeStore } from './manager/edge.ts'
import { freshState, type Started, start, startSetUp } from './manager/start.ts'

const count = 50_000
const dayMs = 86_400_000

describe('a backup of 50,000 events', () => {
  let one: Started
  let edge: EdgeRef
  let store: EdgeStore
  let claim: Claim
  let clock = Date.now() - 10 * dayMs
  const lines: string[] = []
  const sumsOf = async (manager: Manager) =>
    (
      await sql`SELECT class, count(*)::int AS events, sum(count)::bigint AS packets, max(id) AS last FROM events
        GROUP BY class ORDER BY class`.execute(manager.db)
    ).rows
  before(async () => {
    one = await startSetUp()
    const manager = one.manager.context
    edge = await addEdge(manager, 'north', 'cell-1')
    store = edgeStore(edge, 's', () => clock)
    const kinds = ['denial', 'would-deny', 'conduit-use', 'conversation', 'start']
    const batches = Array.from({ length: count / 1000 }, (_, at) => {
      clock += (10 * dayMs) / (count / 1000)
      const kind = kinds[at % kinds.length]!
      const ends = { source: { ip: '198.18.1.5' }, destination: { ip: '198.18.1.9' }, conduit: 'c1' }
      return store.batch(...Array.from({ length: 1000 }, (_one, n) => ({ kind, count: n, ...ends })))
    })
    clock = Date.now()
    for (const batch of batches) await ingest(manager, edge, batch)
  })
  after(() => one.end())

  it('holds all of them, and is written with bounded memory', async () => {
    const opened = await openState({ state: one.state, join: true })
    let [written, most] = [0, 0]
    const atFirst = process.memoryUsage().rss
    claim = await backUp(opened, Date.now(), (line) => {
      lines.push(line)
      written += line.length
      if (lines.length % 1000 === 0) most = Math.max(most, process.memoryUsage().rss - atFirst)
    })
    await opened.close()
    assert.equal(claim.tables.events.rows, count)
    // The lines themselves are kept here, a byte a character.
    assert.ok(most < written + 100e6, `${Math.round(most / 1e6)} MB for ${Math.round(written / 1e6)} MB of backup`)
  })
  it('comes back whole, and the edge goes on where it was', async () => {
    const state = freshState()
    const opened = await openState({ state })
    async function* each(): AsyncGenerator<string> {
      yield* lines
    }
    const found = await restore(opened, state, each())
    assert.deepEqual(found.tables, claim.tables)
    await opened.close()
    const again = await start({ state })
    const manager = again.manager.context
    const sums = await sumsOf(manager)
    assert.deepEqual(sums, await sumsOf(one.manager.context))
    assert.deepEqual(await acknowledged(manager, edge, 's'), await acknowledged(one.manager.context, edge, 's'))
    await ingest(manager, edge, store.batch({ kind: 'stop' }))
    const last = await manager.db
      .selectFrom('events')
      .select(['id', 'intact', 'n'])
      .orderBy('at', 'desc')
      .executeTakeFirstOrThrow()
    const newest = await sql<{ id: number }>`SELECT max(id) AS id FROM events`.execute(one.manager.context.db)
    assert.ok(last.id > newest.rows[0]!.id)
    assert.deepEqual([last.intact, last.n], [true, 10_001])
    assert.ok((await addEdge(manager, 'north', 'cell-2')).id > edge.id)
    await again.end()
  })
})

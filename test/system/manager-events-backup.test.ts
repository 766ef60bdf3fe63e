/** A backup of many events is whole, needs little memory, and what comes after it goes on as if nothing had been. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'kysely'
import { backUp } from '#manager/backup/backup.ts'
import type { Claim } from '#manager/backup/format.ts'
import { restore } from '#manager/backup/restore.ts'
import type { Manager } from '#manager/context.ts'
import { acknowledged, ingest, storeOf } from '#manager/events/ingest.ts'
import type { EdgeRef } from '#manager/events/reaction.ts'
import { openState } from '#manager/open.ts'
import { addEdge, type EdgeStore, edgeStore } from './manager/edge.ts'
import { readyState, type Started, start, startSetUp } from './manager/start.ts'

const count = process.env['BULKHEAD_TEST'] === 'long' ? 50_000 : 25_000
const dayMs = 86_400_000

describe(`a backup of ${count} events`, () => {
  let one: Started
  let edge: EdgeRef
  let store: EdgeStore
  let claim: Claim
  const clock = Date.now()
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
    const ends = { source: { ip: '198.18.1.5' }, destination: { ip: '198.18.1.9' }, conduit: 'c1' }
    for (const kind of ['denial', 'would-deny', 'conduit-use', 'conversation', 'start'])
      await ingest(manager, edge, store.batch(...Array.from({ length: 10 }, (_, n) => ({ kind, count: n, ...ends }))))
    // The others are copies of these 50, over a week.
    const moments = ['P0', 'P1', 'P2'] as const
    await storeOf(manager).partitions.need(
      moments.flatMap((of) => Array.from({ length: 9 }, (_, day) => ({ class: of, at: clock - day * dayMs }))),
    )
    await sql`
      INSERT INTO events
      SELECT class, at - g * interval '10 minutes', id + 100 * g, event, edge_id, received, kind, source, destination, source_asset,
        destination_asset, conduit, reason, count, n, prev, hash, intact, body
      FROM events, generate_series(1, ${sql.lit(count / 50 - 1)}) AS g`.execute(manager.db)
  })
  after(() => one.end())

  it('holds all of them, and is written with bounded memory', async () => {
    const opened = await openState({ state: one.state, join: true })
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    const held = (): number => {
      if (typeof collect === 'function') collect()
      return process.memoryUsage().heapUsed
    }
    const atFirst = held()
    let [written, most] = [0, 0]
    claim = await backUp(opened, Date.now(), (line) => {
      lines.push(line)
      written += line.length
      if (lines.length % 5000 === 0) most = Math.max(most, held() - atFirst - written)
    })
    await opened.close()
    assert.equal(claim.tables.events.rows, count)
    // The lines themselves are kept here, a byte a character.
    assert.ok(most < 10e6, `${Math.round(most / 1e6)} MB beside ${Math.round(written / 1e6)} MB of backup`)
  })
  it('comes back whole, and the edge goes on where it was', async () => {
    const state = await readyState()
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
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
    const newest = await sql<{ id: number }>`SELECT max(id) AS id FROM events`.execute(one.manager.context.db)
    assert.ok(last.id > newest.rows[0]!.id)
    assert.deepEqual([last.intact, last.n], [true, 11])
    assert.ok((await addEdge(manager, 'north', 'cell-2')).id > edge.id)
    await again.end()
  })
})

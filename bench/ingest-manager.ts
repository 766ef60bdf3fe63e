/**
 * A real manager whose `ingest` takes batches from a unix socket. Prints where it listens, and at the end of its input
 * what it used and how fast the same rows go into a table without anything.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { ingest } from '#manager/events/ingest.ts'
import type { EdgeRef } from '#manager/events/reaction.ts'
import { EventBatch } from '#schema/link-frames.ts'
import { addEdge } from '../test/system/manager/edge.ts'
import { startSetUp } from '../test/system/manager/start.ts'

const [edgeCount = '8'] = process.argv.slice(2)
/** Rows that the floor copies. */
const floorRows = 100_000

const one = await startSetUp()
const manager = one.manager.context
const edges: EdgeRef[] = []
for (let n = 0; n < Number(edgeCount); n++) edges.push(await addEdge(manager, 'north', `edge-${n}`))

/** Batches of a stream: how long it is (4 bytes), of which edge (1), then its JSON. */
async function* batchesOf(socket: AsyncIterable<Buffer>): AsyncGenerator<{ edge: number; text: string }> {
  const head = 5
  let [parts, have, wanted] = [[] as Buffer[], 0, head]
  for await (const chunk of socket) {
    parts.push(chunk)
    have += chunk.length
    if (have < wanted) continue
    let rest = Buffer.concat(parts)
    for (;;) {
      wanted = rest.length < head ? head : head + rest.readUInt32BE()
      if (rest.length < wanted) break
      yield { edge: rest[4]!, text: rest.toString('utf8', head, wanted) }
      rest = rest.subarray(wanted)
    }
    parts = [rest]
    have = rest.length
  }
}

const path = join(one.state, 'bench.sock')
const server = createServer((socket) => {
  void (async () => {
    for await (const { edge, text } of batchesOf(socket))
      // As the link does: nothing more is read from this edge before its batch is stored.
      socket.write(`${await ingest(manager, edges[edge]!, EventBatch.parse(JSON.parse(text)))}\n`)
  })()
})
await new Promise<void>((resolve) => void server.listen(path, resolve))

/** ms of processor time of the database's processes that run now: fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. */
const databaseMs = (): number => {
  const parent = String(one.manager.databasePid)
  let sum = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      if (fields[1] === parent) sum += (Number(fields[11]) + Number(fields[12])) * 10
    } catch {
      // It ended meanwhile.
    }
  return sum
}
const rss = (): number => process.memoryUsage().rss / 2 ** 20
/** A table without indexes, partitions or a log of its writes, filled by COPY with the same rows. */
const floor = async (): Promise<number> => {
  const file = join(one.state, 'postgres', 'floor')
  await sql`COPY (SELECT * FROM events ORDER BY at LIMIT ${sql.lit(floorRows)}) TO ${sql.lit(file)}`.execute(manager.db)
  await sql`CREATE UNLOGGED TABLE floor (LIKE events)`.execute(manager.db)
  const began = performance.now()
  await sql`COPY floor FROM ${sql.lit(file)}`.execute(manager.db)
  const took = performance.now() - began
  const { rows: copied } = await sql<{ count: number }>`SELECT count(*) AS count FROM floor`.execute(manager.db)
  return ((copied[0]?.count ?? 0) / took) * 1000
}

process.stdout.write(`${JSON.stringify({ path, api: one.manager.socket })}\n`)
const samples: number[] = []
const watch = setInterval(() => samples.push(rss()), 200)
const cpu = process.cpuUsage()
const databaseBefore = databaseMs()
for await (const _ of createInterface({ input: process.stdin })) break
clearInterval(watch)
const { user, system } = process.cpuUsage(cpu)
const database = databaseMs() - databaseBefore
const stored = await sql<{ count: number }>`SELECT count(*) AS count FROM events`.execute(manager.db)
const rows = stored.rows[0]?.count ?? 0
const peak = Math.max(...samples)
/** What came after the first third: until then the heap finds its size. */
const growth = peak - Math.max(...samples.slice(0, Math.ceil(samples.length / 3)))
const floorRate = await floor()
server.close()
await one.manager.close()
process.stdout.write(
  `${JSON.stringify({ rows, growth, peak, floorRate, managerMs: (user + system) / 1000, databaseMs: database })}\n`,
)
process.exit(0)

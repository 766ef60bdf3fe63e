/** What one more connected edge costs the manager in memory, against a WebSocket with nothing behind it. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { fleetWorld } from './fleet-world.ts'
import { measureFloor } from './link-floor.ts'
import { onAll } from './processors.ts'
import { row, type Benchmark, type Row } from './row.ts'

const count = process.env['BULKHEAD_TEST'] === 'long' ? 10_000 : 1000
/** The first edges bring code and heap that the next ones share. */
const warmUp = 200
const limitKb = 50
/** Digests come every 30 s: each edge has sent one. */
const settleMs = 35_000

const anything = z.unknown()

const memory = async (): Promise<Row> => {
  const floor = await measureFloor(count + warmUp)
  await using world = await fleetWorld()
  await world.ask({ setup: { state: world.state, count: count + warmUp, sites: 10, policies: [] } }, anything)
  await world.ask({ connect: warmUp }, anything)
  await sleep(settleMs)
  const before = await world.resident()
  const { ms } = await world.ask({ connect: count + warmUp }, z.object({ ms: z.number() }))
  await sleep(settleMs)
  const after = await world.resident()
  const perEdge = (after.live - before.live) / count
  return row({
    name: 'edge-link-memory',
    value: perEdge,
    unit: 'kB per edge',
    against: { name: 'idle mutual-TLS WebSocket', value: floor.rss },
    limit: `at most ${limitKb} kB, ${count.toLocaleString('en')} edges`,
    ok: perEdge <= limitKb,
    details: {
      managerMbBefore: before.live / 1024,
      managerMbAfter: after.live / 1024,
      managerMbAfterWithGarbage: after.asItIs / 1024,
      welcomesPerSecond: (count * 1000) / ms,
      floorHandshakesPerSecond: floor.handshakes,
    },
  })
}

export const benchmark: Benchmark = { names: ['edge-link-memory'], run: async () => [await onAll(memory)] }

/** iperf3 between two hosts through the edge, against the bare bridge. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { benchWorld, planOf, plc } from './plant.ts'
import { median, row, type Benchmark } from './row.ts'
import { bare, enforced } from './rules.ts'
import type { World } from '../test/system/world/world.ts'

const rounds = 9
const Report = z.object({ end: z.object({ sum_received: z.object({ bits_per_second: z.number() }) }) })

/** Gbit/s; the sender is pinned to one CPU, the receiver to the other. */
const once = async (world: World): Promise<number> => {
  const { stdout } = await world.exec('hmi', 'taskset', ['-c', '0', 'iperf3', '-J', '-t', '1', '-c', plc.ip])
  return Report.parse(JSON.parse(stdout)).end.sum_received.bits_per_second / 1e9
}

const throughput = async () => {
  await using world = await benchWorld()
  const plan = planOf(10)
  const server = world.spawn('plc', 'taskset', ['-c', '1', 'iperf3', '-s'])
  const [without, under]: [number[], number[]] = [[], []]
  try {
    bare(world, plan)
    await sleep(500)
    for (let i = 0; i < rounds; i++) {
      // In turns, so that neither always comes first.
      const plain = async () => (bare(world, plan), without.push(await once(world)))
      const filtered = async () => (await enforced(world, plan), under.push(await once(world)))
      for (const measure of i % 2 === 0 ? [plain, filtered] : [filtered, plain]) await measure()
    }
  } finally {
    server.kill()
  }
  return row({
    name: 'throughput',
    value: median(under),
    unit: 'Gbit/s',
    against: { name: 'bare bridge', value: median(without) },
    limit: 'ratio at least 0.90',
    ok: median(under) / median(without) >= 0.9,
  })
}

export const benchmark: Benchmark = { names: ['throughput'], run: async () => [await throughput()] }

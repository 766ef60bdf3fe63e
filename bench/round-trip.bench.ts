/**
 * Round trip of one poll and its answer through the edge. Both ends are raw sockets of one process on veth, where a send runs the whole
 * path to the other socket before it returns: no scheduler is in the figure, only what the kernel does with the frames.
 */
import { answer, benchWorld, planOf, poll } from './plant.ts'
import { median, percentile, row, type Benchmark, type Row } from './row.ts'
import { bare, enforced } from './rules.ts'
import type { World } from '../test/system/world/world.ts'

const rounds = 25
const trips = 8000

/** Microseconds of each round trip. */
const measure = (world: World): number[] => {
  const hmi = world.socket('hmi')
  const plc = world.socket('plc')
  hmi.drain()
  plc.drain()
  const times: number[] = []
  for (let i = 0; i < trips; i++) {
    const start = performance.now()
    hmi.send(poll)
    const asked = plc.receive()
    plc.send(answer)
    const answered = hmi.receive()
    times.push((performance.now() - start) * 1000)
    if (asked === undefined || answered === undefined) throw new Error('a poll was lost on the way')
  }
  return times
}

const interleaved = async (world: World, first: () => Promise<void> | void, second: () => Promise<void> | void) => {
  const results = { first: [] as number[], second: [] as number[], firstP99: [] as number[], secondP99: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    await first()
    const a = measure(world)
    await second()
    const b = measure(world)
    if (round === 0) continue // warm-up
    results.first.push(median(a))
    results.second.push(median(b))
    results.firstP99.push(percentile(a, 99))
    results.secondP99.push(percentile(b, 99))
  }
  return results
}

const bridgeRtt = async (): Promise<Row> => {
  await using world = await benchWorld()
  const plan = planOf(10)
  const { first, second, firstP99, secondP99 } = await interleaved(
    world,
    () => bare(world, plan),
    () => enforced(world, plan),
  )
  // Of neighbours in time: a machine that is slower for a second is so for both.
  const added = median(second.map((us, round) => us - (first[round] ?? Number.NaN)))
  return {
    name: 'bridge-rtt',
    value: median(second),
    unit: 'µs p50',
    against: { name: 'bare bridge', value: median(first) },
    ratio: median(second) / median(first),
    limit: 'adds at most 3 µs',
    ok: added <= 3,
    details: { added, p99: median(secondP99), bareP99: median(firstP99) },
  }
}

const permits100k = async (): Promise<Row> => {
  await using world = await benchWorld()
  const [few, many] = [planOf(10), planOf(100_000)]
  const { first, second } = await interleaved(
    world,
    () => enforced(world, few),
    () => enforced(world, many),
  )
  return row({
    name: 'permits-100k',
    value: median(second),
    unit: 'µs p50',
    against: { name: '10 permits', value: median(first) },
    limit: 'ratio at most 1.10',
    ok: median(second) / median(first) <= 1.1,
  })
}

export const benchmark: Benchmark = {
  names: ['bridge-rtt', 'permits-100k'],
  run: async (names) => [
    ...(names.includes('bridge-rtt') ? [await bridgeRtt()] : []),
    ...(names.includes('permits-100k') ? [await permits100k()] : []),
  ],
}

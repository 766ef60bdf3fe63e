/**
 * From a detection at one edge to the containment at all others, with so many edges connected: a packet of a stranger at a real edge, its
 * event, the order that follows from an agreed response, and the order in the kernel of a real edge at another site and in force at every
 * simulated one. Without real edges a simulated one detects.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { usualBreaker } from '#manager/orders/limits.ts'
import { fleetWorld, type FleetWorld } from './fleet-world.ts'
import { measureFloor } from './link-floor.ts'
import { canLink, detecting, policyAt, realEdges, type RealEdges, receiving, strangerAt } from './order-edges.ts'
import { percentile, row, type Benchmark, type Row } from './row.ts'

const rows = { 'order-1k': { count: 1000, limitMs: 100 }, 'order-10k': { count: 10_000, limitMs: 500 } } as const
type Name = keyof typeof rows

const orders = 100
/** Not counted: code is compiled, pools are filled. */
const warmUp = 10
const sites = 10
/** From one detection to the next: as many as the breaker lets through, minute after minute, unless it is told otherwise. */
const paceMs = 60_000 / usualBreaker.per_minute
const mostIncomplete = 3

const anything = z.unknown()
const Times = z.object({ times: z.array(z.number()) })
const At = z.object({ at: z.number() })
const MaybeAt = z.object({ at: z.number().nullable() })
const Orders = z.object({
  orders: z.array(z.object({ ip: z.string(), state: z.string(), why: z.string().optional() })),
})
const Count = z.object({ count: z.number() })

interface Measured {
  /** ms from the detection, for each order at each simulated edge. */
  readonly simulated: number[]
  /** For each order: until the last simulated edge had it. */
  readonly last: number[]
  /** For each order: until the other real edge's kernel had it. */
  readonly kernel: number[]
  /** Orders that did not reach everybody. */
  incomplete: number
}

const oneOrder = async (world: FleetWorld, edges: RealEdges | undefined, ip: string, count: number, into: Measured) => {
  const start = edges === undefined ? (await world.ask({ detect: ip }, At)).at : edges.knock(ip)
  const { times } = await world.ask({ inForce: ip }, Times)
  const passed = times.map((at) => at - start)
  for (const ms of passed) into.simulated.push(ms)
  into.last.push(passed.reduce((most, ms) => Math.max(most, ms), 0))
  if (times.length < count) {
    into.incomplete++
    const { orders: given } = await world.request('GET', '/v1/orders?state=all&limit=20', undefined, Orders)
    const found = given.find((one) => one.ip === ip)
    const known = found === undefined ? 'no order' : `${found.state}${found.why === undefined ? '' : `, ${found.why}`}`
    const contained =
      edges === undefined
        ? ''
        : `, the detecting edge ${(await edges.contains(ip)) ? 'contains it' : 'does not contain it'}`
    process.stderr.write(`${ip}: in force at ${times.length} of ${count}; the manager has ${known}${contained}\n`)
  }
  if (edges === undefined) return
  const { at } = await world.ask({ reported: ip, site: receiving }, MaybeAt)
  // It reports in whole milliseconds, rounded down.
  if (at === null) into.incomplete++
  else into.kernel.push(at + 1 - start)
}

const allReported = async (world: FleetWorld, expected: number): Promise<number> => {
  let found = 0
  for (let tries = 0; tries < 100 && found < expected; tries++) {
    found = (await world.ask('reports', Count)).count
    if (found < expected) await sleep(100)
  }
  return found
}

const measure = async (name: Name): Promise<Row> => {
  const { count, limitMs } = rows[name]
  const floor = await measureFloor(count)
  await using world = await fleetWorld()
  const published = ['sim-0', detecting, receiving].map((site) => ({ site, text: policyAt(site) }))
  await world.ask({ setup: { state: world.state, count, sites, policies: published } }, anything)
  await using edges = canLink() ? await realEdges(world) : undefined
  // As many as the benchmark makes in a minute are a fault anywhere else.
  const wide = { perMinute: 100_000, wide: 10_000, reason: 'benchmark' }
  await world.request('PATCH', '/v1/orders/breaker', wide, anything)
  const { ms: connectMs } = await world.ask({ connect: count }, z.object({ ms: z.number() }))
  const none = (): Measured => ({ simulated: [], last: [], kernel: [], incomplete: 0 })
  const measured = none()
  const warming = none()
  const ips = Array.from({ length: warmUp + orders }, (_, index) => strangerAt(index))
  for (const [index, ip] of ips.entries()) {
    const began = performance.now()
    await oneOrder(world, edges, ip, count, index < warmUp ? warming : measured)
    // Nothing is measured any more by waiting for what does not come.
    if (warming.incomplete + measured.incomplete >= mostIncomplete) break
    await sleep(Math.max(0, paceMs - (performance.now() - began)))
  }
  const perOrder = count + (edges === undefined ? 0 : 2)
  const reports = await allReported(world, ips.length * perOrder)
  const inKernel = edges === undefined ? undefined : await edges.inKernel(ips)
  const end = edges === undefined ? measured.simulated : measured.kernel
  const p99 = percentile(end, 99)
  const isWhole = measured.incomplete === 0 && reports >= ips.length * count && (inKernel ?? ips.length) === ips.length
  const to = edges === undefined ? 'a simulated edge' : "another edge's kernel"
  return row({
    name,
    value: p99,
    unit: 'ms (p99)',
    against: { name: 'one frame to all, bare', value: floor.fanOut },
    limit: `detected → in ${to}: p99 at most ${limitMs} ms, ${count.toLocaleString('en')} edges, at every one and reported`,
    ok: isWhole && p99 <= limitMs && percentile(measured.simulated, 99) <= limitMs,
    details: {
      p50: percentile(end, 50),
      simulatedP50: percentile(measured.simulated, 50),
      simulatedP99: percentile(measured.simulated, 99),
      lastEdgeP50: percentile(measured.last, 50),
      lastEdgeP99: percentile(measured.last, 99),
      orders,
      realEdges: edges === undefined ? 0 : 2,
      ...(inKernel === undefined ? {} : { inKernelOfOther: inKernel }),
      reportsStored: reports,
      incomplete: measured.incomplete,
      welcomesPerSecond: (count * 1000) / connectMs,
      floorRssKb: floor.rss,
    },
  })
}

const names = ['order-1k', 'order-10k'] as const
export const benchmark: Benchmark = {
  names,
  run: async (wanted) => {
    const made: Row[] = []
    for (const name of names) if (wanted.includes(name)) made.push(await measure(name))
    return made
  },
}

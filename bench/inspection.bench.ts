/**
 * What judging commands costs: a poll and its answer through the real queue and the real inspector, against a program that accepts every
 * packet of the same queue without looking (the floor that any inspector stands on), and against the plain bridge.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { placeOf, writePlan } from '#edge/inspection/place.ts'
import { benchWorld } from './plant.ts'
import { PcapWriter } from '#packet/pcap-writer.ts'
import { inspectedPlan, whoIs } from './polls.ts'
import { hostDevice } from '../test/system/world/layout.ts'
import { median, percentile, type Benchmark, type Row } from './row.ts'
import { bare, enforced } from './rules.ts'
import { roundTrips } from './trips.ts'
import type { World } from '../test/system/world/world.ts'

/** Trips per round: of the tail more, since it is made of few. */
const trips = { middle: 5000, tail: 20_000 } as const
/**
 * Until everything that runs per packet is compiled; before, V8 takes up to 8 ms of a packet's time now and then. Over several connections:
 * what it compiled while there was but one it throws away at the second (docs/decisions/014).
 */
const warmUp = { connections: 12, middle: 5000, tail: 20_000 } as const

/** A listener in the edge's network. @returns how to end it, and its processes */
const listen = async (world: World, mode: 'accept' | 'judge', queues = 1) => {
  const state = mkdtempSync('/run/bulkhead-bench-')
  writePlan(placeOf(`${state}/edge.db`), inspectedPlan())
  const script = fileURLToPath(new URL('inspection-listener.ts', import.meta.url))
  const words = ['--queues', String(queues)]
  const child = world.spawn(
    'edge',
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, '--mode', mode, '--state', state, ...words],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  if (child.stdout === null) throw new Error('no output')
  const lines = createInterface({ input: child.stdout })
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve)
    child.once('exit', () => reject(new Error('the listener ended')))
  })
  const { pids }: { pids: number[] } = JSON.parse(line)
  return {
    pids,
    end: () =>
      new Promise<void>((resolve) => {
        child.removeAllListeners('exit')
        child.once('exit', () => resolve())
        child.stdin?.end()
      }),
  }
}

type Arm = 'bare' | 'accept' | 'judge'

interface Comparison {
  /** From the begin of one round trip to that of the next, 0: as soon as it is over. */
  readonly everyUs: number
  /** Round trips on each connection before it is measured. */
  readonly warm: number
  /** Round trips that are measured, in each of so many rounds. */
  readonly count: number
  readonly rounds: number
}

/** µs at a percentile, and what judging adds to others: of each round, since a machine's minutes differ more than they do. */
interface Compared extends Record<Arm, number> {
  readonly overFloor: number
  readonly overBridge: number
}

/** @returns what a percentile is */
const compare = async ({ everyUs, warm, count, rounds }: Comparison): Promise<(q: number) => Compared> => {
  await using world = await benchWorld({ addressed: false })
  const plan = inspectedPlan()
  const seen: Record<Arm, number[][]> = { bare: [], accept: [], judge: [] }
  let port = 40_000
  for (let round = 0; round < rounds; round++) {
    bare(world, plan)
    const plain = roundTrips(world, port++, count, everyUs)
    await enforced(world, plan)
    for (const mode of ['accept', 'judge'] as const) {
      const listener = await listen(world, mode)
      for (let connection = 0; connection < warmUp.connections; connection++) roundTrips(world, port++, warm)
      const times = roundTrips(world, port++, count, everyUs)
      await listener.end()
      if (round > 0) seen[mode].push(times)
    }
    if (round > 0) seen.bare.push(plain)
  }
  return (q) => {
    const at = (arm: Arm) => seen[arm].map((times) => percentile(times, q))
    const [plain, accept, judge] = [at('bare'), at('accept'), at('judge')]
    const over = (others: readonly number[]) => median(judge.map((time, round) => time - (others[round] ?? 0)))
    return {
      bare: median(plain),
      accept: median(accept),
      judge: median(judge),
      overFloor: over(accept),
      overBridge: over(plain),
    }
  }
}

const roundTrip = async (): Promise<Row> => {
  const at = await compare({ everyUs: 0, warm: warmUp.middle, count: trips.middle, rounds: 10 })
  const { bare: bridge, accept, judge, overFloor, overBridge } = at(50)
  return {
    name: 'inspect-rtt',
    value: judge,
    unit: 'µs p50',
    against: { name: 'accepts every packet', value: accept },
    ratio: judge / accept,
    limit: 'adds at most 10 µs to that, 25 µs to the bare bridge',
    ok: overFloor <= 10 && overBridge <= 25,
    details: { overFloor, overBridge, bridge },
  }
}

/** At a pace the listener sleeps between polls: what the middle is then, is told as well. */
const tail = async (): Promise<Row> => {
  const at = await compare({ everyUs: 200, warm: warmUp.tail, count: trips.tail, rounds: 8 })
  const { bare: bridge, accept, judge, overFloor, overBridge } = at(99.9)
  const middle = at(50)
  return {
    name: 'inspect-rtt-p999',
    value: judge,
    unit: 'µs p99.9',
    against: { name: 'accepts every packet', value: accept },
    ratio: judge / accept,
    limit: 'adds at most 500 µs to the bare bridge at 5,000 requests/s',
    ok: overBridge <= 500,
    details: {
      overFloor,
      overBridge,
      bridge,
      p50OverFloor: middle.overFloor,
      p50OverBridge: middle.overBridge,
    },
  }
}

/** Datagrams of a protocol whose commands are judged one by one, as fast as a C program sends them. */
const packets = 50_000
const writeFlood = (file: string): void => {
  const writer = new PcapWriter()
  const parts = [writer.header()]
  for (let index = 0; index < packets; index++) parts.push(writer.record(whoIs(index), 0, index))
  writeFileSync(file, Buffer.concat(parts))
}

/** Packets that were given to whoever listens, over all queues (the eighth column; linux/netfilter/nfnetlink_queue.c). */
const given = async (world: World): Promise<number> => {
  const { stdout } = await world.exec('edge', 'cat', ['/proc/net/netfilter/nfnetlink_queue'])
  return stdout
    .split('\n')
    .map((line) => Number(line.trim().split(/\s+/)[7] ?? 0))
    .reduce((sum, count) => sum + (Number.isFinite(count) ? count : 0), 0)
}

const flood = async (world: World, file: string, loops: number): Promise<number> => {
  const before = await given(world)
  const start = performance.now()
  const words = ['-i', hostDevice, '--topspeed', '--preload-pcap', `--loop=${loops}`, file]
  const { code, stderr } = await world.exec('hmi', 'tcpreplay', words, { timeoutMs: 120_000 })
  const seconds = (performance.now() - start) / 1000
  if (code !== 0) throw new Error(`tcpreplay: ${stderr}`)
  return ((await given(world)) - before) / seconds
}

const packetsPerSecond = async (): Promise<Row> => {
  await using world = await benchWorld({ addressed: false })
  await enforced(world, inspectedPlan())
  const file = join(mkdtempSync('/run/bulkhead-bench-'), 'flood.pcap')
  writeFlood(file)
  const rates: Record<'accept' | 'judge', number[]> = { accept: [], judge: [] }
  for (let round = 0; round < 5; round++)
    for (const mode of ['accept', 'judge'] as const) {
      const listener = await listen(world, mode, 2)
      await flood(world, file, 2)
      rates[mode].push(await flood(world, file, 8))
      await listener.end()
    }
  const [judge, accept] = [median(rates.judge), median(rates.accept)]
  return {
    name: 'inspect-pps',
    value: judge,
    unit: 'packets/s',
    against: { name: 'accepts every packet', value: accept },
    ratio: judge / accept,
    limit: 'at least 100,000 with two queues',
    ok: judge >= 100_000,
  }
}

const residentOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

/** Memory of an inspector that knows 10,000 conversations, against one that knows none. */
const memory = async (): Promise<Row> => {
  await using world = await benchWorld({ addressed: false })
  const plan = inspectedPlan()
  await enforced(world, plan)
  const listener = await listen(world, 'judge')
  const [pid = 0] = listener.pids
  roundTrips(world, 30_000, 1000)
  const empty = residentOf(pid)
  for (let flow = 0; flow < 10_000; flow++) roundTrips(world, 40_000 + flow, 2)
  const full = residentOf(pid)
  await listener.end()
  return {
    name: 'inspect-memory',
    value: full,
    unit: 'MB resident',
    against: { name: 'without conversations', value: empty },
    ratio: full / empty,
    limit: '10,000 conversations in at most 100 MB more than none',
    ok: full - empty <= 100,
    details: { perConversationBytes: ((full - empty) * 1024 * 1024) / 10_000 },
  }
}

export const benchmark: Benchmark = {
  names: ['inspect-rtt', 'inspect-rtt-p999', 'inspect-pps', 'inspect-memory'],
  run: async (names) => [
    ...(names.includes('inspect-rtt') ? [await roundTrip()] : []),
    ...(names.includes('inspect-rtt-p999') ? [await tail()] : []),
    ...(names.includes('inspect-pps') ? [await packetsPerSecond()] : []),
    ...(names.includes('inspect-memory') ? [await memory()] : []),
  ],
}

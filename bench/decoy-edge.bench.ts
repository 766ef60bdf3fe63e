/** Decoys of a whole edge: what a scan finds, what 1,000 of them cost, and what a flood of them does to the plant. */
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { pinProcess } from '#linux/process.ts'
import { addresses, real, Segment } from '../test/system/decoy-scan/segment.ts'
import { Random } from '../test/system/differential/random.ts'
import { floodScript } from '../test/system/decoy-host/flood.ts'
import { Ground, kernelBytes, residentOf, type Polls } from './decoy-ground.ts'
import { percentile, row, type Benchmark, type Row } from './row.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
const mb = (bytes: number) => bytes / (1024 * 1024)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

const shuffled = (seed: number): string[] => {
  const random = new Random(seed)
  return addresses
    .map((address) => ({ address, at: random.below(2 ** 31) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ address }) => address)
}

const scan = async (): Promise<Row> => {
  await using segment = await Segment.open()
  const decoys = new Set((await segment.standing()).map(({ address }) => address))
  // The same scanner where nothing stands in between: controllers alone answer.
  await segment.visit()
  const bare = await Promise.all(real.map((address) => segment.connects(address)))
  const scanned = []
  for (let number = 0; number < (long ? 100 : 20); number++) scanned.push(await segment.scan(shuffled(1000 + number)))
  const found = mean(scanned.map((one) => one.found.length))
  const formula = real.length / (decoys.size + 1)
  const error = Math.sqrt((formula * (1 + formula)) / scanned.length)
  const after = scanned.reduce((sum, one) => sum + one.after, 0)
  const contained = scanned.flatMap(({ containedMs }) => containedMs ?? [])
  return row({
    name: 'decoy-scan',
    value: found,
    unit: 'controllers',
    against: { name: 'without decoys', value: bare.filter(Boolean).length },
    limit: `${scanned.length} scans in random order: within 3 standard errors of m/(n+1), 0 packets after, all contained`,
    ok: Math.abs(found - formula) <= 3 * error && after === 0 && contained.length === scanned.length,
    details: {
      decoys: decoys.size,
      formula,
      standardError: error,
      packetsAfter: after,
      containedMs: percentile(contained, 95),
    },
  })
}

interface Cost {
  readonly kernel: number
  readonly daemon: number
  readonly host: number
  readonly decoys: number
}

const costOf = async (decoys: boolean): Promise<Cost> => {
  const before = kernelBytes()
  await using ground = await Ground.open(decoys)
  const list = decoys ? await ground.standing() : undefined
  await sleep(3000)
  const host = list?.host.pid === undefined ? 0 : residentOf(list.host.pid)
  return {
    kernel: kernelBytes() - before,
    daemon: residentOf(ground.daemon.pid),
    host,
    decoys: list?.decoys.length ?? 0,
  }
}

const memory = async (): Promise<Row> => {
  const bare = await costOf(false)
  const cost = await costOf(true)
  const more = { kernel: mb(cost.kernel - bare.kernel), daemon: mb(cost.daemon - bare.daemon), host: mb(cost.host) }
  const total = more.kernel + more.daemon + more.host
  return row({
    name: 'decoy-memory',
    value: total,
    unit: 'MB',
    against: { name: 'the edge without decoys', value: mb(bare.daemon + bare.kernel) },
    limit: '1,000 decoy addresses in 300 MB, kernel included',
    ok: cost.decoys >= 1000 && total <= 300,
    details: { decoys: cost.decoys, ...more },
  })
}

const other = cpus().length > 1 ? [1] : [0]
const seconds = long ? 60 : 12
const perSecond = 10_000

const flood = async (): Promise<Row> => {
  await using ground = await Ground.open(true)
  const { decoys, host } = await ground.standing()
  // Who floods, and the kernel that carries it, are on the first processor with this process.
  for (const pid of [ground.daemon.pid, host.pid]) if (pid !== undefined) pinProcess(pid, other)
  const quiet = { over: false }
  const calm = ground.poll(quiet)
  await sleep(4000)
  quiet.over = true
  const before: Polls = await calm
  const state = { over: false }
  const during = ground.poll(state)
  const options = {
    to: decoys.slice(0, 200).map(({ address }) => address),
    ports: [102, 502, 80, 443, 44_818],
    count: perSecond * seconds,
    perSecond,
    seconds,
    sources: 250,
    seed: 7,
  }
  const words = ['--disable-warning=ExperimentalWarning', floodScript, JSON.stringify(options)]
  const { code, stdout, stderr } = await ground.world.exec('intruder', process.execPath, words, {
    timeoutMs: seconds * 4000,
  })
  state.over = true
  const polls = await during
  if (code !== 0) throw new Error(`the flood ended with ${code}: ${stderr}`)
  const made: { tried: number; made: number; seconds: number } = JSON.parse(stdout)
  const after = await ground.standing()
  const resident = after.host.pid === undefined ? 0 : mb(residentOf(after.host.pid))
  const { counters } = await ground.daemon.call('status', {})
  return row({
    name: 'decoy-flood',
    value: percentile(polls.roundTrips, 50),
    unit: 'ms a poll',
    against: { name: 'before the flood', value: percentile(before.roundTrips, 50) },
    limit: `${seconds} s of up to 10,000 hostile connections/s, as many as one processor makes: no poll lost, no fault, the host alive in 300 MB`,
    ok: polls.lost === 0 && after.host.faults === 0 && after.host.pid === host.pid && resident <= 300,
    details: {
      triedPerSecond: made.tried / made.seconds,
      madePerSecond: made.made / made.seconds,
      polls: polls.roundTrips.length,
      lost: polls.lost,
      p99Ms: percentile(polls.roundTrips, 99),
      hostMb: resident,
      faults: after.host.faults,
      refused: after.host.refused,
      packetsToDecoys: counters['decoy-packets']?.packets ?? 0,
      packetsAboveLimits: counters['decoy-excess']?.packets ?? 0,
    },
  })
}

const rows = { 'decoy-scan': scan, 'decoy-memory': memory, 'decoy-flood': flood } as const

export const benchmark: Benchmark = {
  names: Object.keys(rows),
  run: async (names) => {
    const done: Row[] = []
    for (const [name, run] of Object.entries(rows)) if (names.includes(name)) done.push(await run())
    return done
  },
}

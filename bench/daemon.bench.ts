/** The daemon: orders, applies, memory, start; and the command. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { running } from '#edge/kernel/generations.ts'
import { releaseMemory } from '#linux/process.ts'
import { ruleset } from '#policy/nft/ruleset.ts'
import { given } from '../test/fixtures/given.ts'
import { startDaemon } from '../test/system/edge-process.ts'
import { answer, benchWorld, planOf, policyText, poll } from './plant.ts'
import { onAll } from './processors.ts'
import { median, percentile, row, type Benchmark, type Row } from './row.ts'
import type { World } from '../test/system/world/world.ts'

const folder = () => mkdtempSync('/run/bulkhead-bench-')
const edge = 'edge'

/** Orders that are counted, in so many rounds with commands in between, and those before them, while code is compiled. */
const orders = { rounds: 10, each: 30, warmUp: 30 } as const
const commands = 3
/** ms in which a daemon has looked at what somebody else's command changed: a thing of its own, which no order waits for in a plant. */
const quietMs = 1000

/** @returns how to write a page behind the end of a file and wait until the disk has it, in ms: what no durable order can do without */
const durablePage = () => {
  const file = openSync(join(folder(), 'pages'), 'w')
  const page = Buffer.alloc(4096, 1)
  return {
    write: (): number => {
      const before = performance.now()
      writeSync(file, page)
      fdatasyncSync(file)
      return performance.now() - before
    },
    [Symbol.dispose]: () => closeSync(file),
  }
}

/** Orders through the control socket, against `nft add element` as a command. */
const orderLatency = async (): Promise<Row> => {
  await using world = await benchWorld({ bridged: false })
  await using daemon = await startDaemon(world, { policy: policyText(1000), edge })
  using disk = durablePage()
  const [total, kernel, floor, pages]: [number[], number[], number[], number[]] = [[], [], [], []]
  let next = 0
  const order = async () => {
    const ip = `198.18.${100 + (next >> 8)}.${next++ & 255}`
    const started = performance.now()
    const report = await daemon.call('contain', { ip, reason: 'bench', by: 'bench' })
    return { total: performance.now() - started, kernel: report.ms.kernel }
  }
  const command = (host: number): number => {
    const element = ['bridge', 'bulkhead', 'held4', `{ 0 . 198.51.100.${host} timeout 1m }`]
    const before = performance.now()
    spawnSync('ip', ['netns', 'exec', world.edge, 'nft', 'add', 'element', ...element])
    return performance.now() - before
  }
  for (let i = 0; i < orders.warmUp; i++) await order()
  for (let round = 0; round < orders.rounds; round++) {
    for (let i = 0; i < commands; i++) floor.push(command(round * commands + i))
    await sleep(quietMs)
    // Who gives orders collects its own garbage between them, not while it waits for an answer.
    releaseMemory()
    for (let i = 0; i < orders.each; i++) {
      const ms = await order()
      total.push(ms.total)
      kernel.push(ms.kernel)
      pages.push(disk.write())
    }
  }
  return row({
    name: 'order-latency',
    value: percentile(total, 99),
    unit: 'ms p99',
    against: { name: 'nft command, not durable', value: percentile(floor, 99) },
    limit: 'p99 at most 10 ms, of which kernel 2 ms',
    ok: percentile(total, 99) <= 10 && percentile(kernel, 99) <= 2,
    details: {
      p50: median(total),
      kernelP50: median(kernel),
      kernelP99: percentile(kernel, 99),
      diskP50: median(pages),
      diskP99: percentile(pages, 99),
    },
  })
}

/** A 1 kHz permitted stream; how many of its frames did not arrive. */
const stream = (world: World) => {
  const hmi = world.socket('hmi')
  const plc = world.socket('plc')
  plc.drain()
  hmi.drain()
  let [sent, arrived] = [0, 0]
  // Hosts say other things, too: only the stream's own frames count.
  const same = (frame: Uint8Array) => (seen: Uint8Array) => Buffer.compare(seen, frame) === 0
  const ours = () => plc.drain().filter(same(poll)).length + hmi.drain().filter(same(answer)).length
  const timer = setInterval(() => {
    hmi.send(poll)
    plc.send(answer)
    sent += 2
    arrived += ours()
  }, 1)
  return {
    stop: async () => {
      clearInterval(timer)
      await sleep(50)
      return { sent, lost: sent - arrived - ours() }
    },
  }
}

const apply = async (name: string, permits: number, limitMs: number, rounds: number): Promise<Row> => {
  await using world = await benchWorld({ bridged: false })
  await using daemon = await startDaemon(world, { policy: policyText(10), edge })
  const files = folder()
  const [times, floors]: [number[], number[]] = [[], []]
  let [sent, lost] = [0, 0]
  for (let i = 0; i < rounds; i++) {
    const path = join(files, `${i}.yaml`)
    writeFileSync(path, policyText(permits, `# ${i}\n`))
    const polls = stream(world)
    const report = await daemon.call('apply', { ...given(path), by: 'bench', confirm: '10m' }, { timeoutMs: 120_000 })
    const result = await polls.stop()
    sent += result.sent
    lost += result.lost
    times.push(report.ms ?? Number.NaN)
    await daemon.call('confirm', { by: 'bench', force: true })
    const text = ruleset(planOf(permits), { generation: 900 + i }).prepare.join('')
    const before = performance.now()
    const loaded = spawnSync('ip', ['netns', 'exec', world.edge, 'nft', '--check', '-f', '-'], { input: text })
    if (loaded.status !== 0) throw new Error(`the floor did not load: ${String(loaded.stderr).slice(0, 300)}`)
    floors.push(performance.now() - before)
  }
  return row({
    name,
    value: median(times),
    unit: 'ms',
    against: { name: 'nft --check of the same text', value: median(floors) },
    limit: `at most ${limitMs} ms, 0 frames lost`,
    ok: median(times) <= limitMs && lost === 0,
    details: { frames: sent, lost, worst: Math.max(...times) },
  })
}

const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

const edgeMemory = async (): Promise<Row> => {
  await using world = await benchWorld({ bridged: false })
  await using daemon = await startDaemon(world, { policy: policyText(10_000), edge })
  for (let i = 0; i < 20; i++) {
    await daemon.call('status', {})
    await sleep(250)
  }
  // `ip netns exec` becomes the daemon, so the child's id is the daemon's.
  const value = rssOf(daemon.pid)
  const idle = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'])
  await sleep(500)
  const floor = rssOf(idle.pid ?? 0)
  idle.kill()
  await once(idle, 'exit')
  return row({
    name: 'edge-memory',
    value,
    unit: 'MB RSS',
    against: { name: 'idle Node', value: floor },
    limit: 'at most 150 MB with 10,000 permits',
    ok: value <= 150,
  })
}

const edgeStart = async (): Promise<Row> => {
  const [times, floors]: [number[], number[]] = [[], []]
  for (let i = 0; i < 5; i++) {
    await using world = await benchWorld({ bridged: false })
    const started = performance.now()
    await using daemon = await startDaemon(world, { policy: policyText(100), edge, ready: false })
    while (running(world.edge) === undefined && performance.now() - started < 20_000) await sleep(5)
    times.push(performance.now() - started)
    await daemon.waitReady()
    const before = performance.now()
    spawnSync(process.execPath, ['-e', '0'])
    floors.push(performance.now() - before)
  }
  return row({
    name: 'edge-start',
    value: median(times),
    unit: 'ms',
    against: { name: 'empty Node process', value: median(floors) },
    limit: 'at most 1500 ms',
    ok: median(times) <= 1500,
    details: { worst: Math.max(...times) },
  })
}

const launcher = fileURLToPath(new URL('../bulkhead', import.meta.url))

/** From a person's key to the first help. */
const cliHelp = async (): Promise<Row> => {
  const [times, floors]: [number[], number[]] = [[], []]
  const timed = (command: string, args: readonly string[]): number => {
    const before = performance.now()
    if (spawnSync(command, args).status !== 0) throw new Error(`${command} ${args.join(' ')} failed`)
    return performance.now() - before
  }
  for (let i = 0; i < 9; i++) {
    times.push(timed(launcher, ['--help']))
    floors.push(timed(process.execPath, ['-e', '0']))
  }
  return row({
    name: 'cli-help',
    value: median(times),
    unit: 'ms',
    against: { name: 'empty Node process', value: median(floors) },
    limit: 'at most 3 times as long',
    ok: median(times) <= 3 * median(floors),
  })
}

const all: Readonly<Record<string, () => Promise<Row>>> = {
  'order-latency': orderLatency,
  'apply-10k': () => apply('apply-10k', 10_000, 500, 5),
  'apply-100k': () => apply('apply-100k', 100_000, 5000, 5),
  'edge-memory': edgeMemory,
  'edge-start': edgeStart,
  'cli-help': cliHelp,
}

export const benchmark: Benchmark = {
  names: Object.keys(all),
  run: async (names) => {
    const rows: Row[] = []
    for (const name of names) {
      const one = all[name]
      if (one !== undefined) rows.push(await onAll(one))
    }
    return rows
  },
}

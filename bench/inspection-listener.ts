/**
 * Runs in the edge's network: arms queues and either accepts every packet of it (the floor that any inspector stands on) or judges it
 * with the real inspector, until it is ended.
 *   node inspection-listener.ts --mode accept|judge --queues 1 --state /run/x
 * Who sends is on CPU 0, this is on CPU 1.
 */
import { spawn } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { askLine } from '#edge/inspection/lines.ts'
import { steadyNode } from '#edge/inspection/node-options.ts'
import { placeOf } from '#edge/inspection/place.ts'
import { setQueues } from '#edge/kernel/queues.ts'
import { probeQueue } from '#linux/capabilities.ts'
import { stayAwake } from '#linux/cpu-latency.ts'
import { Nfqueue } from '#linux/nfqueue.ts'
import { pinProcess, runEarly } from '#linux/process.ts'
import { marks } from '#policy/nft/inspection.ts'

const { values } = parseArgs({
  options: {
    mode: { type: 'string' },
    queue: { type: 'string' },
    queues: { type: 'string' },
    state: { type: 'string' },
    beside: { type: 'string' },
  },
})
const place = placeOf(join(values.state ?? '', 'edge.db'))
const script = fileURLToPath(import.meta.url)

const acceptAll = (queue: number): void => {
  // As the inspector waits.
  const awakeMs = availableParallelism() > Number(values.beside) ? 0.06 : 0
  const listener = new Nfqueue({ queue, maxLength: 1024, failOpen: true, awakeMs })
  pinProcess(0, [1])
  runEarly(10)
  stayAwake()
  listener.waitAtMost(50)
  process.stdout.write('ready\n')
  for (;;) {
    const count = listener.receive()
    // As the inspector does: one verdict for all that came together.
    let read = 0
    for (let slot = 0; slot < count; slot++) if (listener.read(slot)) read++
    if (read === 1) listener.accept(marks.judged)
    else if (read > 1) listener.acceptAll(marks.judged)
  }
}

const main = async (): Promise<void> => {
  // Whoever starts this is pinned to one CPU; an inspector must see all of the machine.
  pinProcess(
    0,
    cpus().map((_, index) => index),
  )
  if (values.queue !== undefined) return acceptAll(Number(values.queue))
  const count = Number(values.queues ?? 1)
  const inspector = fileURLToPath(new URL('../src/edge/inspection/inspector.ts', import.meta.url))
  const children = Array.from({ length: count }, (_, index) => {
    const queue = String(100 + index)
    const args =
      values.mode === 'accept'
        ? [script, '--queue', queue, '--beside', String(count)]
        : [
            inspector,
            '--role',
            'open',
            '--queue',
            queue,
            '--folder',
            place.folder,
            '--kind',
            'bridge',
            '--beside',
            String(count),
          ]
    return spawn(process.execPath, [...steadyNode, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  })
  if (values.mode === 'accept')
    await Promise.all(children.map((child) => new Promise((resolve) => child.stdout.once('data', resolve))))
  else {
    for (const [index] of children.entries())
      for (;;) {
        if (await askLine(place.socket('open', 100 + index), 'report').catch(() => undefined)) break
        await sleep(20)
      }
    for (const { pid } of children) if (pid !== undefined) pinProcess(pid, [1])
  }
  const driver = probeQueue()
  if (driver === 'none') throw new Error('this kernel has no packet queue')
  setQueues(driver, [{ role: 'open', first: 100, count }], [100])
  process.stdout.write(`${JSON.stringify({ pids: children.map(({ pid }) => pid) })}\n`)
  process.stdin.on('data', () => undefined)
  process.stdin.on('close', () => {
    for (const child of children) child.kill('SIGKILL')
    process.exit(0)
  })
}

await main()

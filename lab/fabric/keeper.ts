/**
 * Looks after the lab's manager, outside of the plant: starts and ends it as it is told on standard input, and when that ends, however
 * that came, ends it and takes its folder away. So nothing is left of a lab that is killed.
 *   node lab/fabric/keeper.ts FOLDER
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const folder = process.argv[2] ?? ''
const bulkhead = fileURLToPath(new URL('../../bulkhead', import.meta.url))
/** ms until a manager that does not end is ended */
const stopLimit = 30_000
let child: ChildProcess | undefined

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`)

const up = (): void => {
  const words = ['--state', join(folder, 'manager'), '--listen', '127.0.0.1:0', '--link', '127.0.0.1:0', '--json']
  const started = spawn(bulkhead, ['manager', 'run', ...words], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // Without it the manager would begin once more, to have it.
    env: { MALLOC_MMAP_THRESHOLD_: '8192', ...process.env },
  })
  child = started
  started.once('exit', (code) => say({ ended: code ?? 'by a signal' }))
  started.once('error', () => say({ ended: 'not started' }))
}

const down = async (): Promise<void> => {
  const running = child
  child = undefined
  if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
  const gone = new Promise((resolve) => running.once('exit', resolve))
  running.kill('SIGTERM')
  const late = setTimeout(() => running.kill('SIGKILL'), stopLimit)
  await gone
  clearTimeout(late)
}

/** Processes of the manager's database: they stand in the folder, or name it. */
const left = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const isThere = readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`)
        return isThere || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`)
      } catch {
        return false
      }
    })

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

/** A manager that is killed, because it did not end in time, leaves its database behind. That cleans up after itself when it is interrupted. */
const sweep = async (): Promise<void> => {
  const limit = performance.now() + stopLimit
  for (let pids = left(); pids.length > 0; pids = left()) {
    for (const pid of pids) send(pid, performance.now() < limit ? 'SIGINT' : 'SIGKILL')
    await sleep(100)
  }
}

const end = async (): Promise<void> => {
  await down()
  if (folder !== '') await sweep()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exit(0)
}

// Ctrl-C reaches the whole group; the one who started this decides what it means.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
// Nobody may be there any more to hear what is said.
process.stdout.on('error', () => undefined)
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'up') up()
    else if (line === 'down') void down()
  })
  .on('close', () => void end())

/** A real manager in a process of its own, simulated edges in another, and means to ask both. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { askManager } from '#manager/client.ts'
import { socketOf } from '#manager/socket.ts'
import type { FleetQuestion } from './fleet-process.ts'
import { leanMalloc } from './link-floor.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const collector = join(root, 'bench', 'collect-on-signal.ts')
const startMs = 60_000
const collectMs = 1500
const Reply = z.union([z.object({ answer: z.unknown() }), z.object({ failed: z.string() })])

const residentKb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])

const ended = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

export interface FleetWorld extends AsyncDisposable {
  readonly state: string
  /** kB of the manager's process, its database not counted: as it is, and without garbage. */
  resident(): Promise<{ readonly asItIs: number; readonly live: number }>
  ask<T>(question: FleetQuestion, answer: z.ZodType<T>): Promise<T>
  /** As the local administrator. */
  request<T>(method: 'GET' | 'POST' | 'PATCH', path: string, body: unknown, answer: z.ZodType<T>): Promise<T>
}

const startManager = async (state: string): Promise<ChildProcess> => {
  const words = ['manager', 'run', '--state', state, '--listen', '127.0.0.1:0', '--link', '127.0.0.1:0']
  const child = spawn(join(root, 'bulkhead'), words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...leanMalloc, NODE_OPTIONS: `--expose-gc --import=${collector}` },
  })
  let log = ''
  child.stderr.on('data', (part: Buffer) => (log = (log + part.toString()).slice(-4000)))
  let said = ''
  for await (const part of child.stdout) {
    said += String(part)
    if (said.includes('listens')) break
  }
  if (!said.includes('listens')) throw new Error(`the manager did not start: ${log}`)
  return child
}

export const fleetWorld = async (): Promise<FleetWorld> => {
  const state = mkdtempSync(join(tmpdir(), 'bf-'))
  const late = AbortSignal.timeout(startMs)
  const manager = await startManager(state)
  late.throwIfAborted()
  const script = join(root, 'bench', 'fleet-process.ts')
  const words = ['--disable-warning=ExperimentalWarning', script]
  const fleet = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return {
    state,
    resident: async () => {
      const asItIs = residentKb(manager.pid ?? 0)
      manager.kill('SIGUSR2')
      await sleep(collectMs)
      return { asItIs, live: residentKb(manager.pid ?? 0) }
    },
    ask: async (question, answer) => {
      fleet.send(question)
      const [message] = await once(fleet, 'message')
      const reply = Reply.parse(message)
      if ('failed' in reply) throw new Error(`the fleet: ${reply.failed}`)
      return answer.parse(reply.answer)
    },
    request: (method, path, body, answer) => askManager(socketOf(state), { method, path, body, answer }),
    [Symbol.asyncDispose]: async () => {
      await ended(fleet, 'SIGKILL')
      await ended(manager, 'SIGTERM')
      rmSync(state, { recursive: true, force: true })
    },
  }
}

/** Managers as processes on one PostgreSQL with a nats-server between them, as docs/scale-out.md sets them up. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as z from 'zod'
import { askManager } from '#manager/client.ts'
import { type PrivatePostgres, startPostgres } from '#manager/database/postgres.ts'
import { type Database, openPool } from '#manager/database/pool.ts'
import { socketOf } from '#manager/socket.ts'
import { Status } from '#schema/manager-api.ts'
import { freePort, natsServer } from '../bus/nats-server.ts'
import { clientOf, freshState, password, readyState } from '../manager/start.ts'

/** Files that all managers of a database have in common: docs/scale-out.md names them. */
const sharedFiles = ['audit.key', 'objects.key', 'exchange.key', 'ca.crt', 'ca.key'] as const
const domain = 'bulkhead'

const Listening = z.object({ listening: z.number(), link: z.number(), setup: z.string().optional() })

export interface ManagerHere {
  readonly state: string
  readonly host: string
  readonly port: number
  readonly link: { readonly host: string; readonly port: number }
  readonly setup: string | undefined
  /** What it wrote to stderr. */
  readonly log: () => string
  ask<T>(path: string, answer: z.ZodType<T>, body?: unknown): Promise<T>
  alarms(): Promise<readonly string[]>
  /** The machine that it runs on stands still, and goes on. */
  pause(): void
  resume(): void
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export const runManager = async (
  state: string,
  host: string,
  linkPort: number,
  hosts: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ManagerHere> => {
  const names = hosts.flatMap((name) => ['--host', name])
  const places = ['--state', state, '--listen', `${host}:0`, '--link', `${host}:${linkPort}`]
  const words = ['--disable-warning=ExperimentalWarning', 'src/cli/main.ts', 'manager', 'run', '--json']
  const child: ChildProcess = spawn(process.execPath, [...words, ...places, ...names], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let log = ''
  child.stderr!.on('data', (part: Buffer) => (log += part.toString()))
  const first = await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), once(child, 'exit')])
  assert.equal(child.exitCode, null, log)
  const said = Listening.parse(JSON.parse(String(first[0])))
  const ask: ManagerHere['ask'] = (path, answer, body) =>
    askManager(socketOf(state), { method: body === undefined ? 'GET' : 'POST', path, body, answer })
  return {
    state,
    host,
    port: said.listening,
    link: { host, port: said.link },
    setup: said.setup,
    log: () => log,
    ask,
    alarms: async () => (await ask('/v1/status', Status)).alarms,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    end: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill(signal)
      await once(child, 'exit')
    },
  }
}

export interface Pair {
  readonly a: ManagerHere
  readonly b: ManagerHere
  readonly db: Database
  readonly url: string
  readonly domain: string
  readonly nats: Awaited<ReturnType<typeof natsServer>>
  /** A request of somebody who logged in at a manager, which must be granted. */
  as<T>(who: string, at: ManagerHere, path: string, answer: z.ZodType<T>, body: unknown): Promise<T>
  end(): Promise<void>
}

/** Two managers that edges dial at two addresses and one port, and the people ann, eve (engineer) and abe (approver). */
export const startPair = async (): Promise<Pair> => {
  const nats = await natsServer('authorization { token: between-managers }')
  const server: PrivatePostgres = await startPostgres(await readyState(), () => undefined)
  const url = `postgresql://bulkhead@/bulkhead?host=${encodeURIComponent(server.folder)}`
  const env = { DATABASE_URL: url, NATS_URL: `nats://between-managers@127.0.0.1:${nats.port}` }
  const port = await freePort()
  const hosts = ['127.0.0.1', '127.0.0.2']
  const a = await runManager(freshState(), '127.0.0.1', port, hosts, env)
  const state = freshState()
  for (const name of sharedFiles) copyFileSync(join(a.state, name), join(state, name))
  const b = await runManager(state, '127.0.0.2', port, hosts, env)
  const { db } = openPool({ url }, () => undefined)

  await a.ask('/v1/setup', z.unknown(), { code: a.setup, name: 'ann', password })
  await a.ask('/v1/users', z.unknown(), { name: 'eve', role: 'engineer', password })
  await b.ask('/v1/users', z.unknown(), { name: 'abe', role: 'approver', password })
  const as: Pair['as'] = async (who, at, path, answer, body) => {
    const client = clientOf({ host: at.host, port: at.port, ca: readFileSync(join(at.state, 'ca.crt'), 'utf8') })
    const reply = await client.send({ method: 'POST', path, body, cookie: await client.logIn(who) })
    assert.ok(reply.status < 300, JSON.stringify(reply.body))
    return answer.parse(reply.body)
  }
  return {
    a,
    b,
    db,
    url,
    domain,
    nats,
    as,
    end: async () => {
      await db.destroy()
      await Promise.all([a.end('SIGTERM'), b.end('SIGTERM')])
      await nats.kill()
      await server.stop()
    },
  }
}

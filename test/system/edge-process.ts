/** A real edge daemon for tests: the command as any edge runs it, in the edge namespace of a world. */
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Fault } from '#core/errors.ts'
import { callEdge, readEvents, type BodyOf, type EventRequest } from '#edge/control/client.ts'
import type { Answers } from '#edge/operations.ts'
import type { Operation } from '#schema/control.ts'
import type { Event } from '#schema/event.ts'
import { type CommandLines, startCommandLines } from '../fixtures/command-lines.ts'
import type { World } from './world/world.ts'

export interface DaemonOptions {
  /** The site policy, YAML. Left out when `policyFile` is there already. */
  readonly policy?: string
  /** Where the policy is written to; a file of its own unless given. */
  readonly policyFile?: string
  /** Name of the edge in the policy. */
  readonly edge: string
  /** Directory of the store; give the one of an earlier daemon to start where it ended. */
  readonly state?: string
  readonly socket?: string
  readonly routed?: boolean
  /** More words for `edge run`. */
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Those it may have at most, such as `CAP_NET_ADMIN`; all of them unless given. */
  readonly capabilities?: readonly string[]
  /** Starts it without `--policy`, as an edge that gets its policy from a manager. */
  readonly bare?: boolean
  /** False: returns as soon as the process runs; call `waitReady` later. */
  readonly ready?: boolean
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Daemon {
  readonly pid: number
  readonly policyFile: string
  readonly socket: string
  readonly state: string
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>
  /** What it wrote on standard output and standard error so far. */
  log(): string
  call<O extends Operation>(operation: O, body: BodyOf<O>, options?: { timeoutMs?: number }): Promise<Answers[O]>
  events(query?: EventRequest): Promise<Event[]>
  /** Resolves when it answers on its socket. Rejects with its last words when it ends before. */
  waitReady(limitMs?: number): Promise<void>
  /** Sends a signal; a deadly one is waited for. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Ends it politely. The rules stay in the kernel. */
  stop(): Promise<Exit>
  [Symbol.asyncDispose](): Promise<void>
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const main = join(root, 'src/cli/main.ts')
/** As the launcher sets it: halves the time to start. */
const cache = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node') }
const isGone = (error: unknown) => error instanceof Fault && error.code === 'edge-unreachable'

/** A directory of this test's own; under scripts/isolate.sh it is in memory and vanishes with the test. */
const newHome = (): string => {
  try {
    return mkdtempSync('/run/bulkhead-test-')
  } catch {
    return mkdtempSync(join(tmpdir(), 'bulkhead-test-'))
  }
}

/** The words before those of the daemon. */
const bounded = (capabilities: readonly string[] | undefined): readonly [string, ...string[]] => {
  if (capabilities === undefined) return [process.execPath]
  const names = capabilities.map((one) => `+${one.replace(/^CAP_/, '').toLowerCase()}`)
  return [
    'setpriv',
    '--no-new-privs',
    '--inh-caps=-all',
    `--bounding-set=-all,${names.join(',')}`,
    '--',
    process.execPath,
  ]
}

const commandLines = new WeakMap<World, CommandLines>()

/**
 * Runs `bulkhead …` in the edge namespace to its end, one at a time: all command lines of a world in one process, which is what a
 * test has to pay for instead of a start of Node each time. For a process of its own, see `main`.
 */
export const bulkheadAtEdge = async (
  world: World,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> => {
  let lines = commandLines.get(world)
  if (lines === undefined) {
    lines = startCommandLines({ ...process.env, ...cache }, ['ip', 'netns', 'exec', world.edge])
    commandLines.set(world, lines)
    const started = lines
    world.atClose(() => started.close())
  }
  const { code, out, err } = await lines.run(args)
  return { code, stdout: out, stderr: err }
}

/**
 * Starts a daemon and waits until it enforces.
 * @throws Error with what the daemon said when it refuses to start
 */
export const startDaemon = async (world: World, options: DaemonOptions): Promise<Daemon> => {
  const home = newHome()
  const { edge, state = join(home, 'state'), socket = join(home, 'edge.sock'), routed = false } = options
  const policyFile = options.policyFile ?? join(home, 'site.yaml')
  if (options.policy !== undefined) writeFileSync(policyFile, options.policy)
  mkdirSync(state, { recursive: true })
  const given = options.bare === true ? [] : ['--policy', policyFile]
  const words = ['edge', 'run', ...given, '--edge', edge, '--state', state, '--socket', socket]
  const [program, ...before] = bounded(options.capabilities)
  const child = world.spawn(
    'edge',
    program,
    [
      ...before,
      '--disable-warning=ExperimentalWarning',
      main,
      ...words,
      ...(routed ? ['--routed'] : []),
      ...(options.args ?? []),
    ],
    { env: { ...process.env, ...cache, ...options.env } },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-64_000)))
  // A daemon that a failed test left behind must not keep the test process from ending; whoever waits for it does by timer.
  child.unref()
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref()
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const gone = async (): Promise<Exit> => {
    const awake = setInterval(() => undefined, 1000)
    if (!isOver()) await ended
    clearInterval(awake)
    return { code: child.exitCode, signal: child.signalCode }
  }

  const waitReady = async (limitMs = 60_000): Promise<void> => {
    const limit = performance.now() + limitMs
    while (!isOver() && performance.now() < limit) {
      await sleep(15)
      if (!existsSync(socket)) continue
      try {
        await callEdge(socket, 'permits', {}, { timeoutMs: 2000 })
        return
      } catch (error) {
        if (!isGone(error)) throw error
      }
    }
    const what = isOver() ? `ended with ${child.exitCode ?? child.signalCode}` : `does not answer after ${limitMs} ms`
    throw new Error(`the edge daemon ${what}: ${said.trim()}`)
  }
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT') await gone()
  }
  const stop = async (): Promise<Exit> => {
    if (isOver()) return gone()
    // A stopped process takes no polite signal.
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    const exit = await gone()
    clearTimeout(late)
    return exit
  }
  const daemon: Daemon = {
    pid: child.pid ?? 0,
    policyFile,
    socket,
    state,
    get exited() {
      return gone()
    },
    log: () => said,
    call: (operation, body, more = {}) => callEdge(socket, operation, body, more),
    events: (query = {}) => readEvents(socket, query),
    waitReady,
    kill,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
    },
  }
  if (options.ready !== false) {
    try {
      await waitReady()
    } catch (error) {
      await kill('SIGKILL')
      throw error
    }
  }
  return daemon
}

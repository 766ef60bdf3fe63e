/** The decoy host as a process: what it is handed, told and says. Nothing it says is believed before it is read by its schema. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { HostReport, lineLimit, type HostOrder } from '#schema/decoy-host.ts'
import { appendLog } from '../inspection/log.ts'
import { boundedLines } from './bounded-lines.ts'
import { hostCache } from './host-cache.ts'
import { hostCommand, hostFlags, isWholeMachine, nobody } from './host-command.ts'

const hostScript = fileURLToPath(new URL('../../decoy/host.ts', import.meta.url))

/** Reports taken in one second; the pipe holds back what is beyond, and with it the host. */
const reportsPerSecond = 2000
/** Bytes of orders that wait in the pipe of a host that reads none. */
const waitingLimit = 16 << 20
/** ms in which the last reports of one that is gone are read. */
const lastWords = 500
/** Bytes of its complaints that are written down in one second. */
const complaintsPerSecond = 16_384

export interface HostHandlers {
  onReport(report: HostReport): void
  /** It is gone. */
  onExit(how: string): void
}

export interface HostProcess {
  readonly pid: number
  /** Lines that were no report. */
  readonly bad: number
  send(order: HostOrder): void
  /** Ends it at once; its end is told. */
  kill(): void
  /** Ends it and waits until it is gone. Its last reports are told, its end is not. */
  end(): Promise<void>
}

export interface HostOptions extends HostHandlers {
  readonly script?: string | undefined
  /** Sockets it inherits, from descriptor 3 on, in this order. */
  readonly fds: readonly number[]
  /** File of what it writes on standard error. */
  readonly log: string
}

const changesUser = (): boolean => {
  try {
    return process.getuid?.() === 0 && isWholeMachine(readFileSync('/proc/self/uid_map', 'utf8'))
  } catch {
    return false
  }
}

const start = ({ script = hostScript, fds }: HostOptions): ChildProcess => {
  const isOther = changesUser()
  const { program, args } = hostCommand(process.execPath, script, isOther)
  // As the user that this process is, the host could write there.
  const cache = isOther ? hostCache(process.env['NODE_COMPILE_CACHE'], nobody, hostFlags) : undefined
  return spawn(program, args, {
    cwd: '/',
    // Nothing of this process's environment: the host is where attackers are.
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LANG: 'C.UTF-8',
      ...(cache && { NODE_COMPILE_CACHE: cache }),
    },
    stdio: ['pipe', 'pipe', 'pipe', ...fds],
  })
}

/** Calls back at most so often a second; the rest waits, and the stream with it. */
const paced = (child: ChildProcess, take: (line: string) => void, lines: { take(text: string): string[] }): void => {
  let left = reportsPerSecond
  const waiting: string[] = []
  const work = (): void => {
    while (left > 0 && waiting.length > 0) {
      left--
      take(waiting.shift() ?? '')
    }
    if (waiting.length > 0) child.stdout?.pause()
    else child.stdout?.resume()
  }
  const timer = setInterval(() => {
    left = reportsPerSecond
    if (waiting.length > 0) work()
  }, 1000)
  timer.unref()
  child.once('close', () => clearInterval(timer))
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    waiting.push(...lines.take(text))
    work()
  })
}

const parse = (line: string): HostReport | undefined => {
  try {
    const read = HostReport.safeParse(JSON.parse(line))
    return read.success ? read.data : undefined
  } catch {
    return undefined
  }
}

const complain = (child: ChildProcess, log: string): void => {
  let left = complaintsPerSecond
  const timer = setInterval(() => (left = complaintsPerSecond), 1000)
  timer.unref()
  child.once('close', () => clearInterval(timer))
  child.stderr?.on('data', (bytes: Buffer) => {
    const said = bytes.subarray(0, left)
    left -= said.length
    if (said.length > 0) appendLog(log, said)
  })
}

export const startHost = (options: HostOptions): HostProcess => {
  const child = start(options)
  const lines = boundedLines(lineLimit)
  let unread = 0
  let over = false
  let deaf = false
  const read = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const gone = new Promise<void>((resolve) => {
    const exit = (how: string): void => {
      resolve()
      if (over) return
      over = true
      options.onExit(how)
    }
    child.once('error', (error) => exit(error.message))
    child.once('exit', (code, signal) => exit(signal ?? `code ${code}`))
  })
  paced(
    child,
    (line) => {
      const report = parse(line)
      if (report === undefined) unread++
      else if (!deaf) options.onReport(report)
    },
    lines,
  )
  complain(child, options.log)
  child.stdin?.on('error', () => undefined)
  return {
    pid: child.pid ?? 0,
    get bad() {
      return unread + lines.dropped
    },
    send: (order) => {
      if (over || !child.stdin) return
      child.stdin.write(`${JSON.stringify(order)}\n`)
      // Whoever does not read what it is told is not led any more.
      if (child.stdin.writableLength > waitingLimit) child.kill('SIGKILL')
    },
    kill: () => void child.kill('SIGKILL'),
    end: async () => {
      over = true
      child.stdin?.end()
      const late = setTimeout(() => child.kill('SIGKILL'), 500)
      await gone
      clearTimeout(late)
      // What it said at last is in the pipe still.
      await Promise.race([read, sleep(lastWords, undefined, { ref: false })])
      deaf = true
    },
  }
}

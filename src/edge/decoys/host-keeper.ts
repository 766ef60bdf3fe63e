/** The life of the decoy host: started, asked how it is, ended when it hangs or grows, started again after a while. */
import { readFileSync } from 'node:fs'
import type { HostOrder, HostReport } from '#schema/decoy-host.ts'
import type { DecoyList } from '#schema/decoys-control.ts'
import { startHost, type HostProcess } from './host-process.ts'

/** ms until it is started again: doubled with each end, at most. */
const firstPause = 1000
const longestPause = 60_000
/** ms after which an end is no consequence of the last. */
const settled = 60_000
/** ms between two questions how it is, and without an answer until it is ended. */
const askEvery = 5000
const patience = 30_000
/** Bytes of memory. Its heap is bounded by itself; this is for what is not heap. */
const mostMemory = 768 << 20

type Status = Extract<HostReport, { type: 'status' }>

export interface HostKeeperOptions {
  readonly script?: string | undefined
  readonly log: string
  /** Bytes that it may have in memory. */
  readonly mostMemory?: number
  readonly onReport: (report: HostReport) => void
  /** It ended, or was ended, without being told to. */
  readonly onDown: (how: string) => void
}

/** Bytes that a process has in memory, as the kernel says (proc_pid_status(5)): whoever took it over says what he likes. */
const residentOf = (pid: number): number => {
  try {
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

export class HostKeeper {
  readonly #options: HostKeeperOptions
  #process: HostProcess | undefined
  #ready = false
  #status: Status | undefined
  #startedAt = 0
  #heardAt = 0
  #askedAt = 0
  #pause = firstPause
  #dueAt: number | undefined
  #restarts = 0
  /** Why this process ends it; how it ends says nothing then. */
  #reason: string | undefined

  constructor(options: HostKeeperOptions) {
    this.#options = options
  }

  /** Lines that it wrote and that were no reports. */
  get bad(): number {
    return this.#process?.bad ?? 0
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  state(): DecoyList['host'] {
    const { memory = 0, connections = 0, refused = 0, faults = 0 } = this.#status ?? {}
    const state = this.#process === undefined ? 'down' : this.#ready ? 'running' : 'starting'
    const pid = this.#process?.pid
    return {
      state,
      ...(pid === undefined ? {} : { pid }),
      memory,
      connections,
      refused,
      faults,
      restarts: this.#restarts,
    }
  }

  /** @param begin what it is told first */
  start(fds: readonly number[], begin: HostOrder): void {
    const now = performance.now()
    this.#startedAt = now
    this.#heardAt = now
    this.#askedAt = now
    this.#dueAt = undefined
    this.#ready = false
    this.#status = undefined
    this.#reason = undefined
    const { script, log } = this.#options
    this.#process = startHost({
      script,
      log,
      fds,
      onReport: (report) => this.#take(report),
      onExit: (how) => this.#gone(how),
    })
    this.send(begin)
  }

  send(order: HostOrder): void {
    this.#process?.send(order)
  }

  /** Whether the pause after its end is over. */
  isDue(): boolean {
    return this.#process === undefined && this.#dueAt !== undefined && performance.now() >= this.#dueAt
  }

  /** Called every second. */
  tick(): void {
    const now = performance.now()
    if (this.#process === undefined) return
    if (now - this.#heardAt > patience) this.#kill('did not answer')
    else if (residentOf(this.#process.pid) > (this.#options.mostMemory ?? mostMemory))
      this.#kill('took too much memory')
    else if (now - this.#askedAt >= askEvery) {
      this.#askedAt = now
      this.send({ type: 'status' })
    }
  }

  async end(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    this.#dueAt = undefined
    this.#pause = firstPause
    await running?.end()
  }

  #kill(reason: string): void {
    this.#reason ??= reason
    this.#process?.kill()
  }

  #take(report: HostReport): void {
    this.#heardAt = performance.now()
    if (report.type === 'ready') this.#ready = true
    if (report.type === 'status') this.#status = report
    this.#options.onReport(report)
  }

  #gone(how: string): void {
    const now = performance.now()
    if (now - this.#startedAt > settled) this.#pause = firstPause
    this.#process = undefined
    this.#ready = false
    this.#dueAt = now + this.#pause
    this.#pause = Math.min(longestPause, this.#pause * 2)
    this.#restarts++
    this.#options.onDown(this.#reason ?? `ended with ${how}`)
  }
}

/** One queue under the eyes of the watchdog: its inspector process, its heartbeat, and what happens when it fails. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { InspectorRole, QueueState } from '#schema/inspection.ts'
import type { Injector } from '#linux/injector.ts'
import type { Plan } from '#policy/plan.ts'
import { adopt, isRunning, keepPid, type InspectorProcess } from './adopted.ts'
import { Heartbeat } from './heartbeat.ts'
import { Ledger } from './ledger.ts'
import { askLine } from './lines.ts'
import { appendLog } from './log.ts'
import { steadyNode } from './node-options.ts'
import type { Place } from './place.ts'

/** ms without an answered heartbeat after which an inspector counts as hung. */
const silenceMs = 100
/** Beats in a row that an inspector answers before it is trusted again. */
const trusted = 5
const firstRestartMs = 50
const longestRestartMs = 5000
/** An inspector that lived this long failed for another reason than the last one, ms. */
const steadyMs = 10_000
/** ms after which one that was started and does not answer yet is given up. */
const startLimitMs = 8000
const keptFailures = 16

interface QueueOptions {
  readonly role: InspectorRole
  readonly queue: number
  readonly place: Place
  readonly kind: Plan['kind']
  readonly injector: Injector
  /** Inspectors on this machine, this one included. */
  readonly beside: number
}

const script = fileURLToPath(new URL('inspector.ts', import.meta.url))

export class WatchedQueue {
  readonly options: QueueOptions
  readonly #beat: Heartbeat | undefined
  readonly #ledger: Ledger
  #child: InspectorProcess | undefined
  /** It was started by an earlier watchdog: the kernel does not tell us when it ends. */
  #isAdopted = false
  /** It is not known yet whether one runs already. */
  #isAsking = false
  /** A question whether it listens is on its way. */
  #isAsked = false
  #born = 0
  #restartAt = 0
  #restartMs = firstRestartMs
  state: QueueState['state'] = 'starting'
  #restarts = -1
  #isOver = false
  #changed = false
  readonly #failures: { cause: 'dead' | 'hung'; from: number; to?: number; resets: number }[] = []

  constructor(options: QueueOptions) {
    this.options = options
    // What is only watched has no queue that a heartbeat could go through.
    this.#beat = options.role === 'watch' ? undefined : new Heartbeat(options.queue)
    this.#ledger = new Ledger(options.place.ledger(options.queue))
  }

  /** Takes over the inspector that an earlier watchdog left, or else starts one. */
  async begin(): Promise<void> {
    const { role, queue, place } = this.options
    this.#isAsking = true
    const found = await adopt(place, role, queue)
    this.#isAsking = false
    if (this.#isOver) return found === undefined ? undefined : void found.kill('SIGKILL')
    this.#changed = true
    if (found === undefined) return this.start()
    this.#restarts++
    this.#born = performance.now()
    this.#child = found
    this.#isAdopted = true
    this.state = 'judging'
    this.#beat?.restart()
  }

  start(): void {
    this.#isAdopted = false
    const { role, queue, place, kind, beside } = this.options
    this.#restarts++
    this.#born = performance.now()
    this.state = 'starting'
    this.#beat?.restart()
    const child = spawn(
      process.execPath,
      [
        ...steadyNode,
        script,
        '--role',
        role,
        '--queue',
        String(queue),
        '--folder',
        place.folder,
        '--kind',
        kind,
        '--beside',
        String(beside),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    this.#child = child
    if (child.pid !== undefined) keepPid(place, role, queue, child.pid)
    child.stderr?.on('data', (text: Buffer) => appendLog(place.logs.inspector, text))
    child.once('exit', () => {
      if (this.#child === child) this.#failed('dead')
    })
    child.once('error', () => {
      if (this.#child === child) this.#failed('dead')
    })
  }

  /**
   * Called every 20 ms. @param late the watchdog itself was late: nobody is judged by that
   * @param armed heartbeats go through the queue; without its rule they would come back by themselves
   * @returns whether the set of queues that can be trusted has changed
   */
  tick(now: number, late: boolean, armed: boolean): boolean {
    this.#look(now, late, armed)
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  #look(now: number, late: boolean, armed: boolean): void {
    if (this.#isAsking) return
    if (this.#isAdopted && this.#child?.pid !== undefined && !isRunning(this.#child.pid)) this.#failed('dead')
    if (this.#child === undefined) {
      if (now >= this.#restartAt) this.start()
      return
    }
    const beat = this.#beat
    if (now - this.#born > steadyMs) this.#restartMs = firstRestartMs
    if (beat === undefined) {
      if (this.state === 'starting') void this.#listens()
      return
    }
    beat.receive(now)
    if (this.state === 'judging' && !late && beat.silence(now) > silenceMs) this.#failed(this.#whySilent())
    else if (this.state === 'starting' && beat.streak >= trusted) {
      this.#judges()
    } else if (this.state === 'starting' && !late && now - this.#born > startLimitMs) {
      this.#failed(this.#whySilent())
      return
    } else if (this.state === 'starting' && beat.silence(now) > silenceMs) beat.restart()
    if (armed) beat.send(now)
  }

  #judges(): void {
    this.state = 'judging'
    const last = this.#failures.at(-1)
    if (last !== undefined && last.to === undefined) last.to = Date.now()
    this.#changed = true
  }

  /** One that only watches is known to be there by its answer. */
  async #listens(): Promise<void> {
    if (this.#isAsked) return
    this.#isAsked = true
    const { role, queue, place } = this.options
    const child = this.#child
    try {
      // Not its report, which the daemon alone may take.
      await askLine(place.socket(role, queue), 'load', silenceMs)
      if (child === this.#child && this.state === 'starting') this.#judges()
    } catch {
      // Not yet.
    }
    this.#isAsked = false
  }

  /** On a busy machine it takes a while until we are told that a process ended. */
  #whySilent(): 'dead' | 'hung' {
    return isRunning(this.#child?.pid ?? 0) ? 'hung' : 'dead'
  }

  /** Whether it is still to be found out if an inspector runs: until then the kernel's rules stay as they are. */
  get asking(): boolean {
    return this.#isAsking
  }

  get trusted(): boolean {
    return this.state === 'judging'
  }

  /** It hung, and nobody has taken its place yet. */
  get hung(): boolean {
    const last = this.#failures.at(-1)
    return !this.trusted && last?.cause === 'hung' && last.to === undefined
  }

  report(): QueueState {
    const { queue, role } = this.options
    return {
      queue,
      role,
      state: this.state,
      pid: this.#child?.pid ?? 0,
      restarts: Math.max(0, this.#restarts),
      failures: this.#failures.map((failure) => ({ ...failure })),
      beat: this.#beat?.last ?? 0,
    }
  }

  /** Ends the inspector for good. */
  stop(): void {
    const child = this.#child
    this.#isOver = true
    this.#child = undefined
    child?.kill('SIGKILL')
    this.#beat?.close()
    this.#ledger.close()
  }

  /** Its connections that were translated are reset at once; it is replaced. */
  #failed(cause: 'dead' | 'hung'): void {
    const child = this.#child
    this.#child = undefined
    this.#changed = true
    this.state = cause
    const resets = this.#ledger.resets()
    child?.kill('SIGKILL')
    const { injector, kind } = this.options
    for (const reset of resets) injector.send(kind, reset)
    const last = this.#failures.at(-1)
    if (last === undefined || last.to !== undefined) {
      this.#failures.push({ cause, from: Date.now(), resets: resets.length / 2 })
      if (this.#failures.length > keptFailures) this.#failures.shift()
    }
    this.#restartAt = performance.now() + this.#restartMs
    this.#restartMs = Math.min(longestRestartMs, this.#restartMs * 2)
  }
}

/** The processes that judge, as a test sees them from outside: by their sockets and process ids. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askLine } from '#edge/inspection/lines.ts'
import { placeOf, type Place } from '#edge/inspection/place.ts'
import { InspectorReport, WatchdogReport, type QueueState } from '#schema/inspection.ts'
import type { Event } from '#schema/event.ts'
import type { Daemon } from '../edge-process.ts'

export class Watched {
  readonly place: Place
  readonly #daemon: Daemon

  constructor(daemon: Daemon) {
    this.#daemon = daemon
    this.place = placeOf(join(daemon.state, 'edge.db'))
  }

  /** @returns undefined when the watchdog does not answer */
  async report(): Promise<WatchdogReport | undefined> {
    try {
      return WatchdogReport.parse(await askLine(this.place.watchdog, 'report', 300))
    } catch {
      return undefined
    }
  }

  async queue(role: 'open' | 'closed' = 'open'): Promise<QueueState> {
    let report = await this.report()
    // On a busy machine it may be late.
    for (let tries = 0; report === undefined && tries < 100; tries++) report = await this.report()
    const found = report?.queues.find((queue) => queue.role === role)
    if (found === undefined) throw new Error(`there is no ${role} queue`)
    return found
  }

  async inspector(role: 'open' | 'closed' = 'open'): Promise<InspectorReport> {
    const { queue } = await this.queue(role)
    return InspectorReport.parse(await askLine(this.place.socket(role, queue), 'report'))
  }

  async kill(signal: NodeJS.Signals, role: 'open' | 'closed' = 'open'): Promise<number> {
    const { pid } = await this.queue(role)
    process.kill(pid, signal)
    return pid
  }

  /** Waits until the inspector judges, or does so no more. */
  async until(
    state: 'judging' | 'not judging',
    role: 'open' | 'closed' = 'open',
    within = 60_000,
  ): Promise<QueueState> {
    const deadline = performance.now() + within
    for (;;) {
      const report = await this.report()
      const queue = report?.queues.find((one) => one.role === role)
      if (queue !== undefined && (queue.state === 'judging') === (state === 'judging')) return queue
      if (performance.now() > deadline) throw new Error(`after ${within} ms: ${JSON.stringify(report)}`)
      await sleep(10)
    }
  }

  /** Waits for events of a kind. */
  async events(kind: Event['kind'], count = 1, within = 30_000): Promise<Event[]> {
    const deadline = performance.now() + within
    for (;;) {
      const all = await this.#daemon.events({ limit: 1000 })
      const found = all.filter((event) => event.kind === kind)
      if (found.length >= count || performance.now() > deadline) return found
      await sleep(100)
    }
  }

  /** Waits for the window of what passed uninspected after a time (ms since 1970), which the kernel keeps to the second. */
  async windowSince(begun: number, within = 30_000): Promise<Event> {
    const deadline = performance.now() + within
    for (;;) {
      const windows = await this.events('failure-window', 0)
      const found = windows.filter(({ last }) => last !== undefined && Date.parse(last) >= begun - 1000)
      if (found.length > 1) throw new Error(`more windows than one: ${found.map(({ text }) => text).join(' ')}`)
      if (found[0] !== undefined) return found[0]
      if (performance.now() > deadline) throw new Error(`no failure window within ${within} ms`)
      await sleep(100)
    }
  }

  /** Ends what outlives the daemon on purpose. */
  async end(): Promise<void> {
    const report = await this.report()
    for (const pid of [report?.pid, ...(report?.queues.map((queue) => queue.pid) ?? [])])
      if (pid !== undefined && pid > 0)
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It is gone already.
        }
  }
}

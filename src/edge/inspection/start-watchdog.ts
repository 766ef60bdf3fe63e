/** Starting the watchdog, and bringing a plan to it and to the inspectors. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setLink } from '#linux/bridge.ts'
import { probeQueue, type QueueDriver } from '#linux/capabilities.ts'
import { rolesOf } from '#policy/nft/inspection.ts'
import type { Plan } from '#policy/plan.ts'
import { WatchdogReport } from '#schema/inspection.ts'
import { askLine } from './lines.ts'
import { rotateLog } from './log.ts'
import { steadyNode } from './node-options.ts'
import { placeOf, writePlan, type Place } from './place.ts'

const script = fileURLToPath(new URL('watchdog.ts', import.meta.url))
/** ms that inspectors may take to start before a plan is enforced without them. */
const startMs = 4000

let driver: QueueDriver | undefined
/** How packets get into queues here. */
export const queueDriver = (): QueueDriver => (driver ??= probeQueue())

/** Number of queues per role, by what the machine can run side by side. */
const queueCount = (): number => Math.max(1, Number(process.env['BULKHEAD_QUEUES']) || 1)

/** What the watchdog says; undefined when there is none. */
export const askWatchdog = async (place: Place, order: 'load' | 'report'): Promise<WatchdogReport | undefined> => {
  try {
    const parsed = WatchdogReport.safeParse(await askLine(place.watchdog, order))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

/** Starts it so that it outlives whoever starts it. */
const startWatchdog = (place: Place): void => {
  const how = queueDriver()
  if (how === 'none') return
  mkdirSync(place.folder, { recursive: true, mode: 0o700 })
  rotateLog(place.logs.watchdog)
  const log = openSync(place.logs.watchdog, 'a', 0o600)
  const child = spawn(
    process.execPath,
    [...steadyNode, script, '--folder', place.folder, '--driver', how, '--queues', String(queueCount())],
    { detached: true, stdio: ['ignore', 'ignore', log] },
  )
  closeSync(log)
  // A machine that has no room for a process now: it is tried again every second.
  child.on('error', () => undefined)
  child.unref()
}

/** The watchdog that runs; one that is older than its program is ended, with its inspectors, so that an upgrade takes effect. */
const currentWatchdog = async (place: Place): Promise<WatchdogReport | undefined> => {
  const running = await askWatchdog(place, 'report')
  if (running === undefined || statSync(script).mtimeMs < running.started) return running
  try {
    process.kill(running.pid, 'SIGTERM')
  } catch {
    return undefined
  }
  for (let tries = 0; tries < 50 && (await askWatchdog(place, 'report')) !== undefined; tries++) await sleep(20)
  return undefined
}

/** Tells every inspector of a report to judge by the plan that lies in the folder now. */
const tellInspectors = async (place: Place, { queues }: WatchdogReport): Promise<void> => {
  await Promise.all(
    queues.map(({ role, queue }) => askLine(place.socket(role, queue), 'load', 500).catch(() => undefined)),
  )
}

/**
 * Before a plan is enforced: inspectors judge by it and stand ready, or the time for that is over and what the conduits say about
 * failures holds.
 * @returns whether all of them are ready
 */
export const prepareInspection = async (storePath: string, plan: Plan): Promise<boolean> => {
  const place = placeOf(storePath)
  const needed = rolesOf(plan).length > 0
  const running = await currentWatchdog(place)
  if (!needed && running === undefined) return true
  writePlan(place, plan)
  if (running === undefined) {
    // Heartbeats go over it.
    await setLink('lo', 'up')
    startWatchdog(place)
  } else await tellInspectors(place, running)
  if (queueDriver() === 'none') return false
  const until = performance.now() + startMs
  let asked = false
  for (;;) {
    const report = await askWatchdog(place, asked ? 'report' : 'load')
    asked ||= report !== undefined
    if (report !== undefined && report.queues.every(({ state }) => state === 'judging')) return true
    if (performance.now() > until) return false
    await sleep(15)
  }
}

/**
 * The process that rolls an unconfirmed plan back at its deadline. It is separate from the daemon, so that the plan also goes when the
 * daemon is dead, hung or stopped. Run as `node deadline.ts STATE PLAN-ID SOCKET`.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { Database } from '#sqlite/database.ts'
import { steadyNow, storePath } from './context.ts'
import { nodeFlags } from './node-flags.ts'
import { keys, kvOf } from './store/kv.ts'
import { plansOf } from './store/plans.ts'

/** Longest nap: a clock that is set meanwhile is noticed within it. */
const napMs = 1000

/** How long it is tried to roll back. */
const tryingMs = 86_400_000

/** The process that was started last; only one plan waits at a time. */
let waiting = { plan: 0, pid: 0 }

/** Starts the process for a pending plan; it outlives its parent. @returns 0 when the machine has no room for it now */
export const startDeadline = (state: string, planId: number, socket: string): number => {
  const child = spawn(process.execPath, [...nodeFlags, fileURLToPath(import.meta.url), state, String(planId), socket], {
    detached: true,
    stdio: 'ignore',
  })
  const mine = { plan: planId, pid: child.pid ?? 0 }
  waiting = mine
  // What could not be started has no number, and that of what has ended may be somebody else's.
  child.on('error', () => undefined)
  child.on('exit', () => {
    mine.pid = 0
  })
  child.unref()
  return mine.pid
}

/** The same where none waits for it, be it that none could be started or that somebody ended it. Called every few seconds. */
export const keepDeadline = (state: string, planId: number, socket: string): void => {
  if (waiting.plan !== planId || waiting.pid === 0) startDeadline(state, planId, socket)
}

/** ms until the deadline of a plan, by the clock that it was given by; undefined when the plan waits no more. */
const leftOf = (state: string, planId: number): number | undefined => {
  const database = new Database(storePath(state), { readonly: true })
  try {
    const pending = plansOf(database).pending()
    if (pending?.id !== planId || pending.deadline === undefined) return undefined
    const lastTime = kvOf(database).get(keys.lastTime, z.number())
    return pending.deadline - steadyNow({ lastTime: () => lastTime })
  } finally {
    database.close()
  }
}

/** The same, told from a store that cannot be read right now: a moment's trouble must not end the only process that rolls back. */
const isPending = (state: string, planId: number): boolean => {
  try {
    return leftOf(state, planId) !== undefined
  } catch {
    return true
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Most plans are confirmed at once, so this process begins small. What rolls back is loaded with the first nap and then kept: at the
 * deadline the files it comes from may be those of another version. Time is monotonic, so that a clock set back or forth does not
 * stretch the deadline.
 */
const main = async (state: string, planId: number, socket: string): Promise<void> => {
  const left = leftOf(state, planId)
  if (left === undefined) return
  const end = performance.now() + left
  await sleep(Math.min(napMs, Math.max(1, (end - performance.now()) / 2)))
  if (!isPending(state, planId)) return
  const { giveUp } = await import('./give-up-plan.ts')
  while (performance.now() < end) {
    await sleep(Math.min(napMs, Math.max(1, end - performance.now())))
    if (!isPending(state, planId)) return
  }
  for (const last = performance.now() + tryingMs; performance.now() < last; await sleep(napMs))
    try {
      await giveUp(state, planId, socket)
      return
    } catch {
      // A full disk, or a kernel without memory for a moment: there is nobody else to roll back.
    }
}

const [, script, state, planId, socket] = process.argv
if (script === fileURLToPath(import.meta.url) && state !== undefined && planId !== undefined && socket !== undefined) {
  await main(state, Number(planId), socket)
  process.exit(0)
}

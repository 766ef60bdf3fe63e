/**
 * The process that rolls an unconfirmed plan back at its deadline. It is separate from the daemon, so that the plan also goes when the
 * daemon is dead, hung or stopped. Run as `node deadline.ts STATE PLAN-ID SOCKET`.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { callEdge } from './control/client.ts'
import { storePath } from './context.ts'
import { running } from './kernel/generations.ts'
import { nodeFlags } from './node-flags.ts'
import { confirmedPlan, rollBackDirectly } from './rollback.ts'
import { openStore } from './store/open.ts'
import type { PlanState } from './store/plans.ts'

/** Longest nap: a clock that is set meanwhile is noticed within it. */
const napMs = 1000
/** How long a daemon may take to roll back before this process does it. */
const daemonMs = 2000

/** Starts the process for a pending plan; it outlives its parent. */
export const startDeadline = (state: string, planId: number, socket: string): number => {
  const child = spawn(process.execPath, [...nodeFlags, fileURLToPath(import.meta.url), state, String(planId), socket], {
    detached: true,
    stdio: 'ignore',
  })
  child.unref()
  return child.pid ?? 0
}

const pendingDeadline = (state: string, planId: number): number | undefined => {
  const store = openStore({ path: storePath(state), readonly: true })
  try {
    const pending = store.plans.pending()
    return pending?.id === planId ? pending.deadline : undefined
  } finally {
    store.close()
  }
}

/** The same, told from a store that cannot be read right now: a moment's trouble must not end the only process that rolls back. */
const isPending = (state: string, planId: number): boolean => {
  try {
    return pendingDeadline(state, planId) !== undefined
  } catch {
    return true
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Monotonic, so that a clock set back or forth does not stretch the deadline. */
const wait = async (state: string, planId: number): Promise<boolean> => {
  const deadline = pendingDeadline(state, planId)
  if (deadline === undefined) return false
  const end = performance.now() + (deadline - Date.now())
  while (performance.now() < end) {
    await sleep(Math.min(napMs, Math.max(1, end - performance.now())))
    if (!isPending(state, planId)) return false
  }
  return true
}

/** What became of the plan, and whether the kernel enforces the confirmed one. */
const outcome = (
  state: string,
  planId: number,
): { readonly settled: PlanState | undefined; readonly enforced: boolean } => {
  const store = openStore({ path: storePath(state), readonly: true })
  try {
    const settled = store.plans.history().find(({ id }) => id === planId)?.state
    return { settled, enforced: running()?.digest === confirmedPlan(store).plan.digest }
  } finally {
    store.close()
  }
}

const answers = (socket: string): Promise<boolean> =>
  callEdge(socket, 'permits', {}, { timeoutMs: daemonMs }).then(
    () => true,
    () => false,
  )

/** The daemon is asked first; it may be dead, stopped, or die in the middle of it. */
const main = async (state: string, planId: number, socket: string): Promise<void> => {
  if (!(await wait(state, planId))) return
  const order = { by: 'deadline', reason: 'it was not confirmed in time' }
  const done = callEdge(socket, 'rollback', order).then(
    () => true,
    () => false,
  )
  if (await Promise.race([done, sleep(daemonMs).then(() => false)])) return
  for (;;) {
    const { settled, enforced } = outcome(state, planId)
    if (settled === 'confirmed' || settled === 'superseded' || (settled === 'rolled-back' && enforced)) return
    // A daemon that has settled it and answers is loading the confirmed plan.
    if (settled === 'pending' || !(await answers(socket))) break
    await sleep(napMs)
  }
  await rollBackDirectly(state, order.by, order.reason)
}

const [, script, state, planId, socket] = process.argv
if (script === fileURLToPath(import.meta.url) && state !== undefined && planId !== undefined && socket !== undefined) {
  await main(state, Number(planId), socket)
  process.exit(0)
}

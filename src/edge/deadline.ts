/**
 * The process that rolls an unconfirmed plan back at its deadline. It is separate from the daemon, so that the plan also goes when the
 * daemon is dead, hung or stopped. Run as `node deadline.ts STATE PLAN-ID SOCKET`.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Nft } from '#linux/nftables.ts'
import { callEdge } from './control/client.ts'
import { storePath } from './context.ts'
import { rollBackDirectly } from './rollback.ts'
import { openStore } from './store/open.ts'

/** Longest nap: a clock that is set meanwhile is noticed within it. */
const napMs = 1000
/** How long a daemon may take to roll back before this process does it. */
const daemonMs = 2000

/** Starts the process for a pending plan; it outlives its parent. */
export const startDeadline = (state: string, planId: number, socket: string): number => {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', fileURLToPath(import.meta.url), state, String(planId), socket],
    {
      detached: true,
      stdio: 'ignore',
    },
  )
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

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Monotonic, so that a clock set back or forth does not stretch the deadline. */
const wait = async (state: string, planId: number): Promise<boolean> => {
  const deadline = pendingDeadline(state, planId)
  if (deadline === undefined) return false
  const end = performance.now() + (deadline - Date.now())
  while (performance.now() < end) {
    await sleep(Math.min(napMs, Math.max(1, end - performance.now())))
    if (pendingDeadline(state, planId) === undefined) return false
  }
  return true
}

const main = async (state: string, planId: number, socket: string): Promise<void> => {
  if (!(await wait(state, planId))) return
  const asked = callEdge(socket, 'rollback', { by: 'deadline', reason: 'it was not confirmed in time' }).then(
    () => true,
    () => false,
  )
  await Promise.race([asked, sleep(daemonMs)])
  if (pendingDeadline(state, planId) === undefined) return
  const nft = Nft.open()
  await rollBackDirectly(state, 'deadline', 'it was not confirmed in time')
  nft.close()
}

const [, script, state, planId, socket] = process.argv
if (script === fileURLToPath(import.meta.url) && state !== undefined && planId !== undefined && socket !== undefined) {
  await main(state, Number(planId), socket)
  process.exit(0)
}

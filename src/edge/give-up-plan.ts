/** What is done about a plan that nobody confirmed in time, by the process that waited for it. */
import { callEdge } from './control/client.ts'
import { storePath } from './context.ts'
import { formerPorts } from './bridge.ts'
import { running } from './kernel/generations.ts'
import { lastPlan, rollBackDirectly } from './rollback.ts'
import { openStore } from './store/open.ts'
import type { PlanState } from './store/plans.ts'

const napMs = 1000
/** How long a daemon may take to roll back before this process does it. */
const daemonMs = 2000
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What became of the plan, whether the kernel enforces the confirmed one, and whether the ports are surely those of it. */
const outcome = (
  state: string,
  planId: number,
): { readonly settled: PlanState | undefined; readonly enforced: boolean; readonly joined: boolean } => {
  const store = openStore({ path: storePath(state), readonly: true })
  try {
    const settled = store.plans.history().find(({ id }) => id === planId)?.state
    const enforced = running()?.digest === lastPlan(store).digest
    return { settled, enforced, joined: formerPorts(store) === undefined }
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
export const giveUp = async (state: string, planId: number, socket: string): Promise<void> => {
  const order = { by: 'deadline', reason: 'it was not confirmed in time', plan: planId }
  const done = callEdge(socket, 'rollback', order).then(
    () => true,
    () => false,
  )
  if (await Promise.race([done, sleep(daemonMs).then(() => false)])) return
  for (;;) {
    const { settled, enforced, joined } = outcome(state, planId)
    if (settled === 'confirmed' || settled === 'superseded' || (settled === 'rolled-back' && enforced && joined)) return
    // A daemon that has settled it and answers is loading the confirmed plan.
    if (settled === 'pending' || !(await answers(socket))) break
    if (enforced) return
    await sleep(napMs)
  }
  await rollBackDirectly(state, planId, order.by, order.reason)
}

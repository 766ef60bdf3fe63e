/** Back to the last confirmed plan, without a daemon. */
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { Plan } from '#policy/plan.ts'
import { tellBegun } from './untold.ts'
import { storePath } from './context.ts'
import { refusalOf } from './writing.ts'
import { forgetPorts, formerPorts, presentDevices, raiseBridge } from './bridge.ts'
import { enforce, isHalfway, localChanges, swept } from './enforce.ts'
import { running } from './kernel/generations.ts'
import { planOf, policyFromText } from './policy-source.ts'
import type { StoredEvent } from './store/events.ts'
import { keys } from './store/kv.ts'
import { openStore, type Store } from './store/open.ts'
import type { AppliedPlan } from './store/plans.ts'

/** Plan of the last confirmed policy, with what was changed at this edge. */
export const confirmedPlan = (
  store: Store,
): {
  readonly plan: ReturnType<typeof planOf>
  readonly text: string
  readonly source: ReturnType<typeof policyFromText>['site']
} => {
  const confirmed = store.plans.confirmed()
  const content = confirmed === undefined ? undefined : store.plans.load(confirmed.id)
  if (content === undefined) throw new Fault('not-found', 'There is no confirmed policy to go back to.')
  const source = policyFromText(content.source)
  return {
    plan: planOf(source.site, content.plan.edge, localChanges(store)),
    text: content.source,
    source: source.site,
  }
}

/**
 * The plan to enforce where nobody needs to know the policy behind it: of a policy that an earlier version took and this one cannot read it
 * is the one that was compiled then, so that the line runs as it did.
 */
export const lastPlan = (store: Store): Plan => {
  try {
    return confirmedPlan(store).plan
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'policy-invalid') throw error
    const content = store.plans.load(store.plans.confirmed()?.id ?? 0)
    if (content === undefined) throw error
    return content.plan
  }
}

const RolledBack = z.object({ by: z.string(), why: z.string(), digest: z.string() })

/** Who gives a plan up, when (ms since 1970) and why; of several that may wait, which one is meant. */
export interface Retreat {
  readonly by: string
  readonly at: number
  readonly why: string
  readonly meant?: number
}

/** Gives the pending plan up, and remembers that this is to be told. @returns undefined when none waits, or another one */
export const settleBack = (store: Store, { by, at, why, meant }: Retreat): AppliedPlan | undefined =>
  store.together(() => {
    const settled = store.plans.rollBack(by, at, why, meant)
    if (settled !== undefined) store.kv.set(keys.rolledBack, { by, why: why.slice(0, 400), digest: settled.digest })
    return settled
  })

/** Whether a plan was given up, is not what is enforced, and nobody has told. @param enforced digest */
export const isRollbackUntold = (store: Store, enforced: string): boolean => {
  const told = store.kv.get(keys.rolledBack, RolledBack)
  return told !== undefined && (told.digest !== enforced || store.plans.pending() !== undefined)
}

/**
 * Writes down that the confirmed plan is enforced again, once for every plan that was given up, by whoever comes first.
 * @throws Fault of the store; then it is still to be told
 */
export const tellRollback = (store: Store, digest: string): readonly StoredEvent[] =>
  store.together(() => {
    const told = store.kv.get(keys.rolledBack, RolledBack)
    if (told === undefined) return []
    store.kv.set(keys.rolledBack, undefined)
    // Of a daemon that died while it applied the plan nobody has told that it did.
    return [
      ...tellBegun(store),
      ...store.events.append({
        kind: 'rollback',
        by: told.by,
        text: `The last confirmed policy is enforced again: ${told.why}.`,
        details: { digest },
      }),
    ]
  })

/**
 * Gives a pending plan up and enforces the confirmed one, without a daemon. The store comes first: whoever settles the pending plan
 * there decides, so that it is confirmed or rolled back and never both. With nothing pending it makes sure of the kernel; another plan
 * that waits by now is left alone.
 * @throws Fault of the store, when the kernel has the confirmed plan and that could not be written down: to be tried again
 */
export const rollBackDirectly = async (state: string, planId: number, by: string, why: string): Promise<void> => {
  const store = openStore({ path: storePath(state), beside: true })
  try {
    const unwritten = refusalOf(() => settleBack(store, { by, at: Date.now(), why, meant: planId }))
    const waiting = store.plans.pending()
    if (waiting !== undefined && (waiting.id !== planId || unwritten === undefined)) return
    const plan = lastPlan(store)
    const active = running()
    if (active?.digest !== plan.digest || isHalfway(plan)) await enforce(store, plan)
    else await swept(active)
    const former = formerPorts(store)
    const unmoved =
      former &&
      (await raiseBridge(plan, { ports: presentDevices(plan), former }).then(
        () => undefined,
        (error: unknown) => error,
      ))
    if (unwritten !== undefined) throw unwritten
    tellRollback(store, plan.digest)
    if (unmoved !== undefined) throw unmoved
    forgetPorts(store)
  } finally {
    store.close()
  }
}

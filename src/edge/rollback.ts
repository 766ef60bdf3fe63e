/** Back to the last confirmed plan, without a daemon. */
import { Fault } from '#core/errors.ts'
import type { EventDraft } from '#schema/event.ts'
import { refusalOf, storePath } from './context.ts'
import { enforce, localChanges } from './enforce.ts'
import { running } from './kernel/generations.ts'
import { planOf, policyFromText } from './policy-source.ts'
import { openStore, type Store } from './store/open.ts'

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

/** What is written down once the confirmed plan is enforced again. */
export const rollbackEvent = (by: string, why: string, digest: string): EventDraft => ({
  kind: 'rollback',
  by,
  text: `The last confirmed policy is enforced again: ${why}.`,
  details: { digest },
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
    const unwritten = refusalOf(() => store.plans.rollBack(by, Date.now(), why, planId))
    const waiting = store.plans.pending()
    if (waiting !== undefined && (waiting.id !== planId || unwritten === undefined)) return
    const { plan } = confirmedPlan(store)
    const isNew = running()?.digest !== plan.digest
    if (isNew) await enforce(store, plan)
    if (unwritten !== undefined) throw unwritten
    if (isNew) store.events.append(rollbackEvent(by, why, plan.digest))
  } finally {
    store.close()
  }
}

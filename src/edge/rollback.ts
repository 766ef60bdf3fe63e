/** Back to the last confirmed plan, without a daemon. */
import { Fault } from '#core/errors.ts'
import { storePath } from './context.ts'
import { enforce, localChanges } from './enforce.ts'
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

/** Loads the confirmed plan and gives the pending one up. Used by the deadline process and by `edge load`. */
export const rollBackDirectly = async (state: string, by: string, why: string): Promise<void> => {
  const store = openStore({ path: storePath(state), beside: true })
  try {
    const { plan } = confirmedPlan(store)
    await enforce(store, plan)
    store.together(() => {
      store.plans.rollBack(by, Date.now(), why)
      store.events.append({
        kind: 'rollback',
        by,
        text: `The last confirmed policy is enforced again: ${why}.`,
        details: { digest: plan.digest },
      })
    })
  } finally {
    store.close()
  }
}

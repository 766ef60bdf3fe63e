/** What an edge enforces without being given a policy: looked at before anything of it is loaded. */
import { Fault } from '#core/errors.ts'
import { storePath } from '../context.ts'
import type { Plan } from '#policy/plan.ts'
import { formerPorts, type FormerPorts } from '../bridge.ts'
import { openStore, type Store } from '../store/open.ts'

export interface StoredPolicy {
  readonly text: string
  /** Name of the edge that it was compiled for. */
  readonly edge: string
  readonly kind: Plan['kind']
  /** What earlier plans may have joined together. */
  readonly former: FormerPorts | undefined
}

/** The policy that the store keeps, if an edge has run here. */
export const storedPolicy = (state: string): StoredPolicy | undefined => {
  let store: Store
  try {
    store = openStore({ path: storePath(state), readonly: true })
  } catch (error) {
    if (error instanceof Fault && error.code === 'store-unreadable') return undefined
    throw error
  }
  try {
    const current = store.plans.current()
    const content = current === undefined ? undefined : store.plans.load(current.id)
    return (
      content && { text: content.source, edge: content.plan.edge, kind: content.plan.kind, former: formerPorts(store) }
    )
  } finally {
    store.close()
  }
}

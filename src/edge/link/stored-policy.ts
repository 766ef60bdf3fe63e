/** What an edge enforces without being given a policy: looked at before anything of it is loaded. */
import { Fault } from '#core/errors.ts'
import { storePath } from '../context.ts'
import { openStore, type Store } from '../store/open.ts'

export interface StoredPolicy {
  readonly text: string
  /** Name of the edge that it was compiled for. */
  readonly edge: string
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
    return content && { text: content.source, edge: content.plan.edge }
  } finally {
    store.close()
  }
}

/** A file for the manager from the store alone, while no daemon runs. */
import { Fault } from '#core/errors.ts'
import { storePath } from '../context.ts'
import { openStore } from '../store/open.ts'
import { deviceKey, readEnrolled } from './files.ts'
import { knownPolicies } from './policies.ts'
import { stickLines } from './stick-out.ts'
import { heldRevisions } from './streams.ts'

/** Lines as {@link stickLines} has them. @throws Fault `refused` when the edge is not enrolled, and those of the store */
export async function* exportStore(state: string, version: string): AsyncGenerator<string, void> {
  const enrolled = readEnrolled(state)
  if (enrolled === undefined)
    throw new Fault('refused', 'This edge is not enrolled with a manager.', {
      advice: 'Enrol it with `bulkhead edge enrol`.',
    })
  const store = openStore({ path: storePath(state), beside: true })
  try {
    const policy = knownPolicies(store).at(-1)?.revision ?? 0
    const have = { policy, ...heldRevisions(store) }
    yield* stickLines({ store, identity: enrolled, key: deviceKey(state), version, have })
  } finally {
    store.close()
  }
}

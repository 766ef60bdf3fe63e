/** At boot, before user space needs the network: the last confirmed plan goes into the kernel. */
import { existsSync } from 'node:fs'
import { Fault } from '#core/errors.ts'
import { openNflog } from '#linux/nflog.ts'
import { Nft } from '#linux/nftables.ts'
import { logGroup } from '#policy/nft/names.ts'
import { forgetPorts, formerPorts, raiseBridge } from './bridge.ts'
import { readCopy } from './confirmed-copy.ts'
import { steadyNow, storePath } from './context.ts'
import { refusalOf } from './writing.ts'
import { enforce } from './enforce.ts'
import { running } from './kernel/generations.ts'
import { restoreRisks } from './kernel/risk.ts'
import { restoreBypass } from './orders/bypass.ts'
import { restoreOrders } from './orders/contain.ts'
import { endLost } from './records/contained.ts'
import { lastPlan, settleBack, tellRollback } from './rollback.ts'
import { openStore, type Store } from './store/open.ts'

/** On a full disk the line runs all the same: the daemon finds a plan whose time is over, and gives it up. */
const writeDown = (store: Store, now: number, digest: string): void => {
  refusalOf(() => {
    settleBack(store, { by: 'boot', at: now, why: 'the machine restarted before it was confirmed' })
    tellRollback(store, digest)
  })
}

export interface LoadedAtBoot {
  readonly digest: string
  readonly generation: number
  /** What is wrong with the store: the plan is that of the copy beside it, and of containments nothing is known. */
  readonly damaged?: string
}

/** A sentence that says why there was nothing to do. */
export interface LeftAlone {
  readonly untouched: string
}

/** Rules of ours are in the kernel and somebody reads their records: a daemon, which keeps them itself. */
const isKept = (): boolean => {
  if (running() === undefined) return false
  try {
    openNflog({ group: logGroup, onRecord: () => undefined, onOverflow: () => undefined }).close()
    return false
  } catch (error) {
    return error instanceof Fault && error.code === 'edge-running'
  }
}

const loadStored = async (nft: Nft, path: string): Promise<LoadedAtBoot | LeftAlone> => {
  const store = openStore({ path, beside: true })
  try {
    if (store.plans.confirmed() === undefined)
      return { untouched: 'No policy was ever confirmed at this edge: nothing is loaded, and nothing is touched.' }
    const pending = store.plans.pending() !== undefined
    const plan = lastPlan(store)
    const before = running()
    const loaded = await enforce(store, plan)
    // What the kernel does not take of orders keeps no line from running; the daemon tries again, and tells.
    restoreOrders({ nft, family: loaded.family, store, plan })
    refusalOf(() => restoreRisks({ nft, family: loaded.family, store }))
    if (before === undefined) {
      refusalOf(() => restoreBypass({ nft, family: loaded.family, store }))
      endLost({ nft, family: loaded.family, store })
    }
    await raiseBridge(plan, { former: formerPorts(store) })
    if (pending) writeDown(store, steadyNow(store), plan.digest)
    forgetPorts(store)
    return { digest: loaded.digest, generation: loaded.generation }
  } finally {
    store.close()
  }
}

const loadCopy = async (state: string, damage: Fault): Promise<LoadedAtBoot> => {
  const copy = readCopy(state, storePath(state))
  if (copy === undefined) throw damage
  const { digest, generation } = await enforce(copy.memory, copy.plan)
  await raiseBridge(copy.plan)
  return { digest, generation, damaged: damage.message }
}

/**
 * Restores what was confirmed last, and the containments still in force. A plan that waited for confirmation when the machine went
 * down is given up. Where the store is damaged, what was confirmed comes from the copy beside it.
 * Where nothing was ever confirmed (an enrolled edge has a store before its manager gives it a policy), or a daemon keeps the rules
 * (its plan that waits is nobody's to give up), nothing is touched.
 * @throws Fault `not-found` without a store, `store-corrupt` without a copy as well, `kernel-rejected`
 */
export const loadAtBoot = async ({ state }: { state: string }): Promise<LoadedAtBoot | LeftAlone> => {
  if (!existsSync(storePath(state)))
    throw new Fault('not-found', `No edge has ever run with the state directory ${state}: there is nothing to load.`, {
      advice: 'Name the one of the edge with --state, or give it a policy: `bulkhead edge run --policy FILE`.',
    })
  const nft = Nft.open()
  try {
    if (isKept())
      return { untouched: 'A daemon keeps the rules of this edge: nothing is loaded, and nothing is touched.' }
    return await loadStored(nft, storePath(state)).catch((error: unknown) => {
      if (error instanceof Fault && error.code === 'store-corrupt') return loadCopy(state, error)
      throw error
    })
  } finally {
    nft.close()
  }
}

/** Roll-outs go on with time, whatever is heard; one manager among several watches the clock. */
import { messageOf } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import { restoreDue } from './rollback.ts'
import { loadRollout } from './rollout/store.ts'
import { seenBy } from './rollout/seen.ts'
import { stepRollout } from './rollout/step.ts'

const everyMs = 1000
/** A manager that ended is followed by another after this long, ms. */
const leaseMs = 10_000

/** Whether this manager has the lease, or took it now. */
export const holdsLease = async ({ db, id, now }: Manager): Promise<boolean> => {
  const until = new Date(now() + leaseMs)
  const row = await db
    .insertInto('policy_lease')
    .values({ owner: id, until })
    .onConflict((there) =>
      there
        .column('one')
        .doUpdateSet({ owner: id, until })
        .where((eb) => eb.or([eb('policy_lease.owner', '=', id), eb('policy_lease.until', '<', new Date(now()))])),
    )
    .returning('owner')
    .executeTakeFirst()
  return row !== undefined
}

/** Of roll-outs that ended well the newest of each site alone: an edge that never comes back keeps no other busy. */
export const underWay = async ({ db }: Pick<Manager, 'db'>): Promise<string[]> => {
  const rows = await db
    .selectFrom('policy_rollouts as r')
    .select('r.id')
    .where((eb) =>
      eb.or([
        eb('r.state', '=', 'running'),
        eb.and([
          eb('r.state', '=', 'done'),
          eb('r.revision', '=', (inner) =>
            inner
              .selectFrom('policy_rollouts as n')
              .select(({ fn }) => fn.max('n.revision').as('revision'))
              .whereRef('n.site', '=', 'r.site')
              .where('n.state', '=', 'done'),
          ),
          eb.exists(
            eb
              .selectFrom('policy_rollout_edges as e')
              .select('e.edge_id')
              .whereRef('e.rollout', '=', 'r.id')
              .where('e.phase', 'in', ['late', 'soaking', 'confirming']),
          ),
        ]),
      ]),
    )
    .execute()
  return rows.map(({ id }) => id)
}

/** Looks at everything once. May be called by several at a time. */
export const lookAtRollouts = async (manager: Manager): Promise<void> => {
  const look = async (id: string): Promise<void> => {
    const loaded = await loadRollout(manager.db, id)
    if (loaded === undefined) return
    const seen = await seenBy(manager, loaded)
    await stepRollout(manager, id, () => ({ type: 'look', seen }))
  }
  const faults: unknown[] = []
  // What is wrong with one site holds up no other.
  const each = async (ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> => {
    for (const id of ids) await work(id).catch((error: unknown) => void faults.push(error))
  }
  await each(await underWay(manager), look)
  const due = await manager.db.selectFrom('policy_rollouts').select('id').where('restore', '=', 'due').execute()
  await each(
    due.map(({ id }) => id),
    (id) => restoreDue(manager, id),
  )
  if (faults.length > 0) throw faults[0]
}

/**
 * Begins to watch; ends with the manager.
 * @param onTrouble what went wrong; the next look comes all the same
 * @returns waits for the look that is under way, and ends
 */
export const watchRollouts = (manager: Manager, onTrouble: (what: string) => void): (() => Promise<void>) => {
  let looking: Promise<void> | undefined
  const look = async (): Promise<void> => {
    try {
      if (await holdsLease(manager)) await lookAtRollouts(manager)
    } catch (error) {
      if (!manager.ending.aborted) onTrouble(`roll-outs: ${messageOf(error)}`)
    }
  }
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = undefined))
  }, everyMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await looking
  }
}

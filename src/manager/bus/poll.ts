/** What hints would have said, found in the database: for the time without a way to the other managers, and for hints that were lost. */
import type { Manager } from '../context.ts'
import type { Database } from '../database/pool.ts'
import type { StateStream } from '#schema/link-objects.ts'
import type { EdgeIdentity } from '#schema/link-values.ts'
import { type Bus, dialledElsewhere } from './bus.ts'
import type { StateHint } from './hints.ts'

/** Of edges that dialled so lately a manager may still have the link before. */
const freshMs = 60_000
/** Where an edge waits for a policy, or for its confirmation. */
const duePhases = ['offered', 'late', 'confirming'] as const
/** Objects that one look takes of a stream; the next look goes on after them. */
const mostObjects = 1000

const missing = async (db: Database, stream: StateStream, after: number): Promise<readonly StateHint[]> => {
  const rows = await db
    .selectFrom('state_objects')
    .select(['revision', 'level', 'site', 'edge', 'key', 'signature', 'body'])
    .where('stream', '=', stream)
    .where('revision', '>', after)
    .orderBy('revision')
    .limit(mostObjects)
    .execute()
  return rows.map(({ revision, level, site, edge, ...object }) => ({
    stream,
    revision,
    scope:
      level === 'fleet'
        ? { level }
        : level === 'site'
          ? { level, site: site ?? '' }
          : { level, site: site ?? '', edge: edge ?? '' },
    object,
  }))
}

export interface Poll {
  /** Somebody told of it: nothing to be found any more. */
  heard(stream: StateStream, revision: number): void
  /** One look. The first only learns where the streams are. */
  look(): Promise<void>
}

/**
 * @param manager its database, and its own id in it
 * @param tell publishes to this manager alone
 */
export const openPoll = (manager: Pick<Manager, 'db' | 'id' | 'now'>, tell: Bus['publish']): Poll => {
  const { db, now } = manager
  const known = new Map<StateStream, number>()
  let revokedBefore: ReadonlySet<number> | undefined
  let dueBefore: ReadonlySet<string> | undefined

  const heard = (stream: StateStream, revision: number): void =>
    void known.set(stream, Math.max(revision, known.get(stream) ?? 0))
  const revoked = async (): Promise<void> => {
    const rows = await db.selectFrom('edges').select(['id', 'site', 'name']).where('revoked', 'is not', null).execute()
    const before = revokedBefore
    revokedBefore = new Set(rows.map(({ id }) => id))
    if (before === undefined) return
    const edges = rows.filter(({ id }) => !before.has(id)).map(({ site, name }): EdgeIdentity => ({ site, edge: name }))
    if (edges.length > 0) tell('cut', { edges, why: 'the edge was revoked' })
  }
  /** Each edge once for what it waits for now. */
  const policies = async (): Promise<void> => {
    const rows = await db
      .selectFrom('policy_rollout_edges as due')
      .innerJoin('edges', 'edges.id', 'due.edge_id')
      .select(['edges.site', 'edges.name', 'due.rollout', 'due.phase', 'due.edge_id'])
      .where('due.phase', 'in', duePhases)
      .where('edges.manager', '=', manager.id)
      .execute()
    const before = dueBefore
    const keyOf = ({ rollout, phase, edge_id }: (typeof rows)[number]): string => `${rollout} ${phase} ${edge_id}`
    dueBefore = new Set(rows.map(keyOf))
    if (before === undefined) return
    const edges = rows
      .filter((row) => !before.has(keyOf(row)))
      .map(({ site, name }): EdgeIdentity => ({ site, edge: name }))
    if (edges.length > 0) tell('policy', { edges })
  }
  /** An edge has one link: the row says with whom. */
  const elsewhere = async (): Promise<void> => {
    const rows = await db
      .selectFrom('edges')
      .select(['site', 'name'])
      .where('manager', '<>', manager.id)
      .where('connected', '>', new Date(now() - freshMs))
      .execute()
    const edges = rows.map(({ site, name }): EdgeIdentity => ({ site, edge: name }))
    if (edges.length > 0) tell('cut', { edges, why: dialledElsewhere })
  }
  return {
    heard,
    look: async () => {
      for (const { stream, revision } of await db.selectFrom('state_heads').selectAll().execute()) {
        const before = known.get(stream)
        if (before === undefined || revision < before) known.set(stream, revision)
        if (before === undefined || revision <= before) continue
        for (const hint of await missing(db, stream, before)) {
          heard(stream, hint.revision)
          tell('state', hint)
        }
      }
      await revoked()
      await policies()
      await elsewhere()
    },
  }
}

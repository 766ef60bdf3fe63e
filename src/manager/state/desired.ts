/** What should be in force at an edge, as its digest would say it. One look into the database serves all edges of a site. */
import type { StateStream } from '#schema/link-objects.ts'
import { stateDigest } from '#schema/chain.ts'
import type { EdgeIdentity } from '#schema/link-values.ts'
import type { Manager } from '../context.ts'
import { inForce, reachesSite } from './reach.ts'

export interface Desired {
  readonly revision: number
  readonly count: number
  readonly hash: string
}

interface OfSite {
  readonly revision: number
  /** When the first of its objects ends. */
  readonly until: number
  readonly common: readonly Row[]
  readonly byEdge: ReadonlyMap<string, readonly Row[]>
  readonly whole: Desired
}
interface Row {
  readonly id: string
  readonly revision: number
}

const mostSites = 10_000
const caches = new WeakMap<Manager, Map<string, Promise<OfSite>>>()

const digestOf = (revision: number, rows: readonly Row[]): Desired => ({
  revision,
  count: rows.length,
  hash: stateDigest(rows),
})

const read = ({ db, now }: Manager, site: string, stream: StateStream): Promise<OfSite> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const { revision } = await tx
        .selectFrom('state_heads')
        .select('revision')
        .where('stream', '=', stream)
        .executeTakeFirstOrThrow()
      const rows = await tx
        .selectFrom('state_objects')
        .select(['id', 'revision', 'expires', 'level', 'edge'])
        .where('stream', '=', stream)
        .where(inForce(now()))
        .where(reachesSite(site))
        .execute()
      const byEdge = new Map<string, Row[]>()
      for (const row of rows) {
        if (row.level !== 'edge' || row.edge === null) continue
        const own = byEdge.get(row.edge)
        if (own === undefined) byEdge.set(row.edge, [row])
        else own.push(row)
      }
      const common = rows.filter(({ level }) => level !== 'edge')
      const until = rows.reduce((least, { expires }) => Math.min(least, expires.getTime()), Number.POSITIVE_INFINITY)
      return { revision, until, common, byEdge, whole: digestOf(revision, common) }
    })

/** @param revision the newest that the caller knows of: what was read before it is read again */
export const desiredFor = async (
  manager: Manager,
  { site, edge }: EdgeIdentity,
  stream: StateStream,
  revision: number,
): Promise<Desired> => {
  const cache = caches.get(manager) ?? new Map<string, Promise<OfSite>>()
  caches.set(manager, cache)
  const key = `${stream} ${site}`
  let found = await cache.get(key)
  if (found === undefined || found.revision < revision || found.until <= manager.now()) {
    // Whoever came first reads for all who wait.
    const fresh = read(manager, site, stream)
    if (cache.size >= mostSites) cache.clear()
    cache.set(key, fresh)
    fresh.catch(() => cache.delete(key))
    found = await fresh
  }
  const own = found.byEdge.get(edge)
  return own === undefined ? found.whole : digestOf(found.revision, [...found.common, ...own])
}

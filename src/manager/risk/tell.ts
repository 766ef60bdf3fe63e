/** Tells edges the risk of sources, where their policy asks for it and a limit of it was crossed. */
import type { Selectable } from 'kysely'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import type { RiskSourcesTable } from '../database/tables/risk.ts'
import { snapshotLimit } from '#schema/link-frames.ts'
import { announce, publishState, type Published } from '../state/publish.ts'

/** Sources in one transaction: writers of the stream wait for it. */
const most = 100
/** Sources of a site that edges are told of at a time: more would fit into no snapshot. A few managers may each count before the others wrote. */
const mostTold = snapshotLimit - 10 * most
/** ms between two rows of the audit about sources that cannot be told. */
const quietMs = 3_600_000

type Row = Selectable<RiskSourcesTable>

const publishOne = async (manager: Manager, tx: Tx, write: Write, row: Row, now: number): Promise<Published> => {
  const { site, ip, band, told, told_until: before } = row
  const score = band === 0 ? 0 : row.score
  // What ends something is of use as long as what it ends.
  const until = (band === 0 ? before : row.until) ?? new Date(now)
  const object = `${site} ${ip}`
  const published = await publishState(tx, manager.signer, {
    type: 'risk',
    id: object,
    scope: { level: 'site', site },
    by: 'risk',
    reason: score === 0 ? `Its risk fell below what the policy asks for.` : `Its risk is ${score}.`,
    at: now,
    ip,
    score,
    expires: until.getTime(),
  })
  // After the head of the stream, as everywhere: two who take them in another order wait for each other.
  await write({
    actor: 'risk',
    action: 'risk.publish',
    object,
    before: { told },
    after: { score, until: until.toISOString() },
  })
  await tx
    .updateTable('risk_sources')
    .set({ told: band, told_until: band === 0 ? null : until, tell: false })
    .where('site', '=', site)
    .where('ip', '=', ip)
    .execute()
  return published
}

type Rows = Pick<Manager, 'db'> | { readonly db: Tx }

/** Sites whose edges are told of as many sources as they may be. */
const fullSites = async ({ db }: Rows): Promise<string[]> =>
  (
    await db
      .selectFrom('risk_sources')
      .select('site')
      .where('told', '>', 0)
      .groupBy('site')
      .having((row) => row.fn.countAll<number>(), '>=', mostTold)
      .execute()
  ).map(({ site }) => site)

/** What can be told: at a full site of known sources alone. */
const waiting = ({ db }: Rows, full: readonly string[]) =>
  db
    .selectFrom('risk_sources')
    .where('tell', '=', true)
    .where((row) => (full.length === 0 ? row.lit(true) : row.or([row('told', '>', 0), row('site', 'not in', full)])))
    .orderBy('site')
    .orderBy('ip')

/** Another manager was faster. */
const nothingLeft = Symbol('nothing left')

const batch = async (manager: Manager): Promise<readonly Published[]> => {
  try {
    return await manager.trail.change(async (tx, write) => {
      const now = manager.now()
      const full = await fullSites({ db: tx })
      const rows = await waiting({ db: tx }, full).selectAll().limit(most).forUpdate().execute()
      if (rows.length === 0) throw nothingLeft
      const published: Published[] = []
      for (const row of rows) published.push(await publishOne(manager, tx, write, row, now))
      return published
    })
  } catch (error) {
    if (error === nothingLeft) return []
    throw error
  }
}

const said = new WeakMap<Manager, number>()

/** Whoever is not told may do what its risk should forbid: that is on record, and not too often. */
const sayFull = async (manager: Manager): Promise<void> => {
  const now = manager.now()
  if (Math.abs(now - (said.get(manager) ?? 0)) < quietMs) return
  said.set(manager, now)
  for (const site of await fullSites(manager)) {
    const { count } = await waiting(manager, [])
      .clearOrderBy()
      .where('site', '=', site)
      .select((row) => row.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    const after = { told: mostTold, waiting: count }
    await manager.trail.change((_, write) => write({ actor: 'risk', action: 'risk.full', object: site, after }))
  }
}

/** @returns how many sources edges were told of */
export const tell = async (manager: Manager): Promise<number> => {
  let count = 0
  while ((await waiting(manager, []).select('ip').limit(1).executeTakeFirst()) !== undefined) {
    const published = await batch(manager)
    if (published.length === 0) {
      await sayFull(manager)
      break
    }
    announce(manager.bus, ...published)
    count += published.length
  }
  return count
}

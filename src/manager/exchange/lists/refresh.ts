/** Looks at sources when it is time. A list takes the place of the one before it whole, or not at all. */
import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import { Fault } from '#core/errors.ts'
import { sha256 } from '#schema/chain.ts'
import type { Tx } from '../../audit/trail.ts'
import type { Manager } from '../../context.ts'
import { reasonOf } from '../https.ts'
import { networksOf, privateNetworks } from '../networks.ts'
import type { Readers } from '../readers.ts'
import { fetchList, type Got } from './fetch.ts'
import { type Entry, mostEntries, slice } from './parse.ts'
import { authorizationOf, type SourceRow, sourceNamed } from './sources.ts'

export interface RefreshOptions {
  readonly readers: Readers
  readonly ownPorts: readonly number[]
  readonly signal?: AbortSignal
}

/**
 * What may be taken from a list. Private addresses mean somebody else's hosts, so they are left out; our own in a list of threats mean
 * that the list is wrong, whatever else stands in it.
 */
export const admitted = async (
  entries: readonly Entry[],
  role: SourceRow['role'],
  own: readonly string[],
): Promise<readonly Entry[]> => {
  const ours = networksOf(own)
  const hit: string[] = []
  const kept: Entry[] = []
  for (const [at, entry] of entries.entries()) {
    if (at % slice === slice - 1) await turn()
    if (ours.touches(entry.network)) hit.push(entry.network)
    else if (!privateNetworks.touches(entry.network)) kept.push(entry)
  }
  if (role === 'threat' && hit.length > 0)
    throw new Fault('refused', `The list contains our own networks: ${hit.length} of its entries touch them.`, {
      advice: 'Ask whoever makes the list. What it said before holds until it is stale.',
      details: hit.slice(0, 5),
    })
  return kept
}

const insert = async (tx: Tx, source: string, entries: readonly Entry[]): Promise<void> => {
  for (let from = 0; from < entries.length; from += 10_000) {
    const part = entries.slice(from, from + 10_000)
    await sql`INSERT INTO exchange_entries (source, network, ref, until)
      SELECT ${source}, network, ref, until FROM unnest(
        ${part.map(({ network }) => network)}::cidr[], ${part.map(({ ref }) => ref)}::text[],
        ${part.map(({ until }) => (until === undefined ? null : new Date(until).toISOString()))}::timestamptz[])
        AS one (network, ref, until)
      ON CONFLICT DO NOTHING`.execute(tx)
  }
}

/** What is added again and again is one list all the same. @throws Fault `refused` */
const refuseOverfull = async (tx: Tx, source: string): Promise<void> => {
  const { count } = await tx
    .selectFrom('exchange_entries')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('source', '=', source)
    .executeTakeFirstOrThrow()
  if (count > mostEntries)
    throw new Fault('refused', `With what is new the list has more than ${mostEntries} entries.`, {
      advice: 'Remove the source and add it again: what it holds no more is forgotten then.',
    })
}

const keep = async (manager: Manager, row: SourceRow, got: Got, entries: readonly Entry[]): Promise<void> => {
  const hash = sha256(got.text)
  const now = new Date(manager.now())
  const done = { fetched: now, tried: now, trouble: null, mark: got.mark }
  if (hash === row.hash && !got.adds) {
    await manager.db.updateTable('exchange_sources').set(done).where('name', '=', row.name).execute()
    return
  }
  if (got.adds && got.read.renewed.length === 0) {
    await manager.db.updateTable('exchange_sources').set(done).where('name', '=', row.name).execute()
    return
  }
  await manager.trail.change(async (tx, write) => {
    const current = await tx
      .selectFrom('exchange_sources')
      .select(['hash', 'mark'])
      .where('name', '=', row.name)
      .forUpdate()
      .executeTakeFirst()
    if (current?.hash !== row.hash || current.mark !== row.mark)
      throw new Fault('conflict', `${row.name} was looked at by somebody else meanwhile.`)
    const old = tx.deleteFrom('exchange_entries').where('source', '=', row.name)
    const over = sql<boolean>`(ref = ANY(${[...got.read.renewed]}::text[]) OR until < ${now})`
    await (got.adds ? old.where(over) : old).execute()
    await insert(tx, row.name, entries)
    if (got.adds) await refuseOverfull(tx, row.name)
    await tx
      .updateTable('exchange_sources')
      .set({ ...done, hash })
      .where('name', '=', row.name)
      .execute()
    const after = { hash, entries: entries.length, skipped: got.read.skipped, adds: got.adds }
    await write({ actor: 'manager', action: 'exchange.list.take', object: `source ${row.name}`, after })
  })
}

/** @throws what was wrong, after it was noted at the source */
const refresh = async (manager: Manager, row: SourceRow, options: RefreshOptions): Promise<void> => {
  const { readers, ownPorts, signal } = options
  try {
    const authorization = authorizationOf(manager.state, row)
    const wanted = { ...row, authorization }
    const got = await fetchList(wanted, { state: manager.state, ownPorts, ...(signal && { signal }) })
    if (got === undefined) {
      const now = new Date(manager.now())
      const same = { fetched: now, tried: now, trouble: null }
      await manager.db.updateTable('exchange_sources').set(same).where('name', '=', row.name).execute()
      return
    }
    const allowed = await manager.db.selectFrom('exchange_allowed').select('network').execute()
    const own = [...(await readers.ownNetworks(manager)), ...allowed.map(({ network }) => network)]
    await keep(manager, row, got, await admitted(got.read.entries, row.role, own))
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict') throw error
    const trouble = reasonOf(error)
    await manager.db
      .updateTable('exchange_sources')
      .set({ trouble, tried: new Date(manager.now()) })
      .where('name', '=', row.name)
      .execute()
    throw error instanceof Fault ? error : new Fault('refused', trouble, { cause: error })
  }
}

/** @throws Fault `not-found`, or why it cannot be taken */
export const refreshNow = async (manager: Manager, name: string, options: RefreshOptions): Promise<void> =>
  refresh(manager, await sourceNamed(manager, name), options)

/** Claims a source by its time of trial, so that of several managers one looks. */
const claim = ({ db, now }: Manager): Promise<SourceRow | undefined> =>
  sql<SourceRow>`
    UPDATE exchange_sources SET tried = ${new Date(now())} WHERE name = (
      SELECT name FROM exchange_sources
      WHERE tried IS NULL OR tried + make_interval(secs => every) < ${new Date(now())}
      ORDER BY tried NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *`
    .execute(db)
    .then(({ rows }) => rows[0])

/** All whose time has come, one after another. What goes wrong is noted at each. */
export const refreshDue = async (manager: Manager, options: RefreshOptions): Promise<void> => {
  for (;;) {
    if (options.signal?.aborted === true) return
    const row = await claim(manager)
    if (row === undefined) return
    await refresh(manager, row, options).catch(() => undefined)
  }
}

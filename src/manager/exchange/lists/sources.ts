/** Sources of lists as people write them. */
import { Fault } from '#core/errors.ts'
import type { NewSource, Source } from '#schema/manager-exchange.ts'
import type { Manager } from '../../context.ts'
import { isDuplicate } from '../../database/pool.ts'
import { placeOf } from '../dial.ts'
import { shownUrl } from '../shown-url.ts'
import { seal, unseal } from '../seal.ts'

const mostSources = 50
const ownerOf = (name: string): string => `source ${name}`

const rowsOf = ({ db }: Manager) =>
  db
    .selectFrom('exchange_sources')
    .selectAll()
    .select((row) =>
      row
        .selectFrom('exchange_entries')
        .whereRef('source', '=', 'name')
        .select((inner) => inner.fn.countAll<number>().as('count'))
        .as('entries'),
    )
    .orderBy('name')
type Row = Awaited<ReturnType<ReturnType<typeof rowsOf>['execute']>>[number]
export type SourceRow = Omit<Row, 'entries'>

export const isStale = ({ fetched, stale }: Pick<Row, 'fetched' | 'stale'>, now: number): boolean =>
  fetched === null || now - fetched.getTime() > stale * 1000

const view = (row: Row, now: number): Source => ({
  name: row.name,
  format: row.format,
  role: row.role,
  ...(row.url !== null && { url: shownUrl(row.url) }),
  ...(row.file !== null && { file: row.file }),
  every: row.every,
  stale: row.stale,
  created: row.created.toISOString(),
  entries: row.entries ?? 0,
  hash: row.hash,
  fetched: row.fetched?.toISOString() ?? null,
  isStale: isStale(row, now),
  trouble: row.trouble,
})

export const listSources = async (manager: Manager): Promise<Source[]> =>
  (await rowsOf(manager).execute()).map((row) => view(row, manager.now()))

/** @throws Fault `not-found` */
export const sourceNamed = async (manager: Manager, name: string): Promise<SourceRow> => {
  const row = await manager.db.selectFrom('exchange_sources').selectAll().where('name', '=', name).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no source ${name}.`)
  return row
}
export const sourceView = async (manager: Manager, name: string): Promise<Source> => {
  const row = await rowsOf(manager).where('name', '=', name).executeTakeFirst()
  if (row === undefined) throw new Fault('not-found', `There is no source ${name}.`)
  return view(row, manager.now())
}

/** @throws Fault `refused` when it cannot be opened */
export const authorizationOf = (state: string, { name, secrets }: SourceRow): string | undefined =>
  secrets === null ? undefined : unseal(state, ownerOf(name), secrets)

export const addSource = async (
  manager: Manager,
  actor: string,
  wanted: NewSource,
  ownPorts: readonly number[],
): Promise<Source> => {
  const { name, format, url, file, ca, authorization, every, stale } = wanted
  const role = wanted.role ?? (format === 'misp' ? 'veto' : 'threat')
  if (url !== undefined) {
    const { hostname, port } = new URL(url)
    await placeOf(hostname, port === '' ? 443 : Number(port), ownPorts).catch((error: unknown) => {
      // A name that does not resolve now, may later.
      if (error instanceof Fault) throw error
    })
  }
  const row = { name, format, role, url: url ?? null, file: file ?? null, ca: ca ?? null, every, stale }
  const after = { ...row, url: url === undefined ? null : shownUrl(url) }
  try {
    await manager.trail.change(async (tx, write) => {
      const { count } = await tx
        .selectFrom('exchange_sources')
        .select((all) => all.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      if (count >= mostSources) throw new Fault('conflict', `There are at most ${mostSources} sources.`)
      const secrets = authorization === undefined ? null : seal(manager.state, ownerOf(name), authorization)
      await tx
        .insertInto('exchange_sources')
        .values({ ...row, secrets, created: new Date(manager.now()) })
        .execute()
      await write({ actor, action: 'exchange.source.create', object: `source ${name}`, after })
    })
  } catch (error) {
    if (isDuplicate(error)) throw new Fault('conflict', `There is a source ${name} already.`)
    throw error
  }
  return sourceView(manager, name)
}

export const removeSource = (manager: Manager, actor: string, name: string): Promise<void> =>
  manager.trail.change(async (tx, write) => {
    const row = await tx.deleteFrom('exchange_sources').where('name', '=', name).returning(['name']).executeTakeFirst()
    if (row === undefined) throw new Fault('not-found', `There is no source ${name}.`)
    await write({ actor, action: 'exchange.source.remove', object: `source ${name}`, before: row })
  })

/** What a search asks for, as conditions over the table `events`. */
import { type RawBuilder, sql } from 'kysely'
import type { EventFilter } from '#schema/manager-events.ts'
import type { Database } from '../database/pool.ts'

export type Condition = RawBuilder<unknown>

/** Nothing can match a site or an edge that there is not. */
const edgesOf = async (db: Database, { site, edge }: EventFilter): Promise<readonly number[] | undefined> => {
  if (site === undefined && edge === undefined) return undefined
  let query = db.selectFrom('edges').select('id')
  if (site !== undefined) query = query.where('site', '=', site)
  if (edge !== undefined) query = query.where('name', '=', edge)
  return (await query.execute()).map(({ id }) => id)
}

const within = (column: 'source' | 'destination', value: string): Condition =>
  value.includes('/')
    ? sql`${sql.ref(column)} <<= network(${value}::inet)::inet`
    : sql`${sql.ref(column)} = ${value.split('%', 1)[0]}::inet`

const among = (column: 'class' | 'kind', names: string): Condition =>
  sql`${sql.ref(column)} IN (${sql.join(names.split(','))})`

/** Signs that LIKE knows stand for themselves. */
const like = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`

/** All but the time. */
export const conditionsOf = async (db: Database, filter: EventFilter): Promise<Condition[]> => {
  const { class: classes, kind: kinds, source, destination, asset, conduit, reason, text, intact } = filter
  const edges = await edgesOf(db, filter)
  return [
    ...(edges === undefined ? [] : [sql`edge_id = ANY(${edges}::bigint[])`]),
    ...(classes === undefined ? [] : [among('class', classes)]),
    ...(kinds === undefined ? [] : [among('kind', kinds)]),
    ...(source === undefined ? [] : [within('source', source)]),
    ...(destination === undefined ? [] : [within('destination', destination)]),
    ...(asset === undefined ? [] : [sql`(source_asset = ${asset} OR destination_asset = ${asset})`]),
    ...(conduit === undefined ? [] : [sql`conduit = ${conduit}`]),
    ...(reason === undefined ? [] : [sql`reason = ${reason}`]),
    ...(text === undefined ? [] : [sql`body ILIKE ${like(text)}`]),
    ...(intact === undefined ? [] : [sql`intact = ${intact === 'yes'}`]),
  ]
}

export const all = (conditions: readonly Condition[]): Condition => sql.join(conditions, sql` AND `)

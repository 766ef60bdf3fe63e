/** What a search asks for, as conditions over the table `events`. */
import { type RawBuilder, sql } from 'kysely'
import { eventClasses } from '#schema/event-kinds.ts'
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

/** Of the classes of a search those that ever had such an event: which tables there is anything in. */
const classesOf = async (db: Database, { class: classes, kind: kinds }: EventFilter): Promise<string[] | undefined> => {
  if (kinds === undefined) return classes?.split(',')
  const { rows } = await sql<{ class: string }>`
    SELECT class FROM unnest(${classes?.split(',') ?? [...eventClasses]}::text[]) AS asked (class)
    WHERE EXISTS (SELECT 1 FROM event_hours WHERE event_hours.class = asked.class AND kind = ANY(${kinds.split(',')}::text[]))`.execute(
    db,
  )
  return rows.map((row) => row.class)
}

const within = (column: 'source' | 'destination', value: string): Condition =>
  value.includes('/')
    ? sql`${sql.ref(column)} <<= network(${value}::inet)::inet`
    : sql`${sql.ref(column)} = ${value.split('%', 1)[0]}::inet`

const among = (column: 'class' | 'kind', names: readonly string[]): Condition =>
  names.length === 0 ? sql`false` : sql`${sql.ref(column)} IN (${sql.join(names)})`

/** Signs that LIKE knows stand for themselves. */
const like = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`

/** All but the time. */
export const conditionsOf = async (db: Database, filter: EventFilter): Promise<Condition[]> => {
  const { kind: kinds, source, destination, asset, conduit, reason, text, intact } = filter
  const edges = await edgesOf(db, filter)
  const classes = await classesOf(db, filter)
  return [
    ...(edges === undefined ? [] : [sql`edge_id = ANY(${edges}::bigint[])`]),
    ...(classes === undefined ? [] : [among('class', classes)]),
    ...(kinds === undefined ? [] : [among('kind', kinds.split(','))]),
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

/** The one collection there is, read in pages. */
import { type RawBuilder, sql } from 'kysely'
import type { Manager } from '../../context.ts'
import { afterOf, nextOf, objectType, type PageQuery, type Versions, versionsOf } from './answers.ts'
import { type StixObject, type Teller, uuid } from './stix.ts'

const usualPage = 100
const mostPage = 1000

export const collection = (teller: Teller) => ({
  id: uuid(teller.key, 'collection contained', 4),
  title: 'Contained sources',
  description: 'Addresses that edges of this manager contain, where they were seen, and what that points at.',
  alias: 'contained',
  can_read: true,
  can_write: false,
  media_types: [objectType],
})

interface Row {
  readonly id: string
  readonly version: Date
  readonly added: Date
  readonly object: StixObject
}
export interface Page {
  readonly rows: readonly Row[]
  readonly more: boolean
  readonly next?: string
  /** 3.4: X-TAXII-Date-Added-First and -Last, when there is anything. */
  readonly headers: Readonly<Record<string, string>>
}

/** Joined by OR they are looked at for what a page may show alone: the newest of all there is takes seconds to find at once. */
const versionIn = ({ first, last, at }: Versions): RawBuilder<unknown>[] => [
  ...(first
    ? [sql`NOT EXISTS (SELECT FROM exchange_objects AS other WHERE other.id = one.id AND other.version < one.version)`]
    : []),
  ...(last
    ? [sql`NOT EXISTS (SELECT FROM exchange_objects AS other WHERE other.id = one.id AND other.version > one.version)`]
    : []),
  sql`version = ANY(${at.map((time) => time.toISOString())}::timestamptz[])`,
]

/** Objects in the order in which they were added; `undefined` when the query means nothing. */
export const pageOf = async ({ db }: Manager, query: PageQuery, one?: string): Promise<Page | undefined> => {
  const versions = versionsOf(query['match[version]'])
  const after = query.next === undefined ? undefined : afterOf(query.next)
  if (versions === undefined || (query.next !== undefined && after === undefined)) return undefined
  const limit = Math.min(query.limit ?? usualPage, mostPage)
  const from = [after, query.added_after === undefined ? undefined : new Date(query.added_after)]
  const ids = query['match[id]']
  const types = query['match[type]']
  // Everything of ours is 2.1; without the filter the newest of all versions is meant, which is the same.
  const hasVersion = query['match[spec_version]']?.includes('2.1') ?? true
  const conditions = [
    sql`added > ${new Date(Math.max(0, ...from.map((time) => time?.getTime() ?? 0)))}`,
    ...(hasVersion ? [] : [sql`false`]),
    ...(versions.all ? [] : [sql`(${sql.join(versionIn(versions), sql` OR `)})`]),
    ...(one === undefined ? [] : [sql`id = ${one}`]),
    ...(ids === undefined ? [] : [sql`id = ANY(${ids}::text[])`]),
    ...(types === undefined ? [] : [sql`type = ANY(${types}::text[])`]),
  ]
  const { rows } = await sql<Row>`
    SELECT id, version, added, object FROM exchange_objects AS one
    WHERE ${sql.join(conditions, sql` AND `)} ORDER BY added LIMIT ${limit + 1}`.execute(db)
  const shown = rows.slice(0, limit)
  const [first, last] = [shown[0], shown.at(-1)]
  const more = rows.length > limit
  return {
    rows: shown,
    more,
    ...(more && last !== undefined && { next: nextOf(last.added) }),
    headers:
      first === undefined || last === undefined
        ? {}
        : {
            'x-taxii-date-added-first': first.added.toISOString(),
            'x-taxii-date-added-last': last.added.toISOString(),
          },
  }
}

export const isThere = async ({ db }: Manager, id: string): Promise<boolean> =>
  (await db.selectFrom('exchange_objects').select('id').where('id', '=', id).limit(1).executeTakeFirst()) !== undefined

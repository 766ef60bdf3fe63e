/** The one collection there is, read in pages. */
import { sql } from 'kysely'
import type { Manager } from '../../context.ts'
import { afterOf, nextOf, objectType, type PageQuery, versionsOf } from './answers.ts'
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
  const { rows } = await sql<Row>`
    SELECT id, version, added, object FROM (
      SELECT *, row_number() OVER (PARTITION BY id ORDER BY version) AS early,
        row_number() OVER (PARTITION BY id ORDER BY version DESC) AS late
      FROM exchange_objects WHERE ${one ?? null}::text IS NULL OR id = ${one ?? null}) AS every
    WHERE ${hasVersion}
      AND (${versions.all} OR (${versions.first} AND early = 1) OR (${versions.last} AND late = 1)
        OR version = ANY(${versions.at.map((time) => time.toISOString())}::timestamptz[]))
      AND added > ${new Date(Math.max(0, ...from.map((time) => time?.getTime() ?? 0)))}
      AND (${ids ?? null}::text[] IS NULL OR id = ANY(${ids ?? null}::text[]))
      AND (${types ?? null}::text[] IS NULL OR type = ANY(${types ?? null}::text[]))
    ORDER BY added LIMIT ${limit + 1}`.execute(db)
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

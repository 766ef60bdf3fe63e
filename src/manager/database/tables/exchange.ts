import type { ColumnType, JSONColumnType } from 'kysely'
import type { Filter, Source } from '#schema/manager-exchange.ts'

type Time = ColumnType<Date, Date, Date>
type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>
type Count = ColumnType<number, number | undefined, number>

export interface ReceiversTable {
  name: string
  target: JSONColumnType<{ kind: string }>
  secrets: Maybe<string>
  filter: JSONColumnType<Filter>
  enabled: boolean
  lag: number
  created: Time
}
export interface CursorsTable {
  receiver: string
  position: number
  delivered: Count
  skipped: Count
  dead: Count
  untold: Count
  trouble: Maybe<string>
  tried: Maybe<Date>
  owner: Maybe<string>
  owned_until: Maybe<Date>
}
export interface SourcesTable {
  name: string
  format: Source['format']
  role: Source['role']
  url: Maybe<string>
  file: Maybe<string>
  ca: Maybe<string>
  secrets: Maybe<string>
  every: number
  stale: number
  created: Time
  hash: Maybe<string>
  mark: Maybe<string>
  fetched: Maybe<Date>
  tried: Maybe<Date>
  trouble: Maybe<string>
}
export interface EntriesTable {
  source: string
  network: string
  ref: ColumnType<string, string | undefined, string>
  until: Maybe<Date>
}
export interface AllowedTable {
  id: string
  network: string
  reason: string
  by: string
  created: Time
}
export interface ObjectsTable {
  id: string
  version: Time
  type: string
  added: Time
  object: JSONColumnType<{ type: string; id: string; spec_version: string }>
}

export interface ExchangeTables {
  exchange_receivers: ReceiversTable
  exchange_cursors: CursorsTable
  exchange_sources: SourcesTable
  exchange_entries: EntriesTable
  exchange_allowed: AllowedTable
  exchange_objects: ObjectsTable
}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptExchange = {
  exchange_receivers: ['name'],
  exchange_cursors: ['receiver'],
  exchange_sources: ['name'],
  exchange_entries: ['network', 'source', 'ref'],
  exchange_allowed: ['id'],
  exchange_objects: ['id', 'version'],
} as const satisfies Record<keyof ExchangeTables, readonly string[]>

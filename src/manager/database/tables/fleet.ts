import type { ColumnType, Generated, JSONColumnType } from 'kysely'
import type { Digest, StateReport } from '#schema/link-frames.ts'
import type { StateStream } from '#schema/link-objects.ts'
import type { Scope } from '#schema/link-values.ts'

type Time = ColumnType<Date, Date, Date>
type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>

export interface SitesTable {
  name: string
  created: Time
}
export interface EdgesTable {
  id: Generated<number>
  site: string
  name: string
  created: Time
  public_key: Maybe<string>
  enrolled: Maybe<Date>
  revoked: Maybe<Date>
  svid_until: Maybe<Date>
  version: Maybe<string>
  manager: Maybe<string>
  connected: Maybe<Date>
  seen: Maybe<Date>
  digest: JSONColumnType<Digest, string | null | undefined, string | null> | null
  digest_at: Maybe<Date>
  /** When two machines were last seen to hold its key. */
  twice: Maybe<Date>
}
export interface EnrolmentsTable {
  id: string
  edge_id: number
  hash: string
  created: Time
  expires: Time
  used: Maybe<Date>
  public_key: Maybe<string>
}
export interface StateHeadsTable {
  stream: StateStream
  revision: number
  /** Up to where objects may be gone that ended long ago. */
  pruned: Generated<number>
}
export interface StateObjectsTable {
  stream: StateStream
  revision: number
  id: string
  level: Scope['level']
  site: string | null
  edge: string | null
  sets: boolean
  expires: Time
  body: string
  key: string
  signature: string
  superseded: Maybe<number>
}
export interface StateReportsTable {
  edge_id: number
  stream: StateStream
  id: string
  revision: number
  outcome: StateReport['outcome']
  text: string | null
  at: Time
  received: Time
  kernel_ms: number | null
}

export interface FleetTables {
  sites: SitesTable
  edges: EdgesTable
  enrolments: EnrolmentsTable
  state_heads: StateHeadsTable
  state_objects: StateObjectsTable
  state_reports: StateReportsTable
}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptFleet = {
  sites: ['name'],
  edges: ['id'],
  enrolments: ['id'],
  state_heads: ['stream'],
  state_objects: ['stream', 'revision'],
  state_reports: ['stream', 'id', 'edge_id'],
} as const satisfies Record<keyof FleetTables, readonly string[]>

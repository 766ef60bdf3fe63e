import type { ColumnType, JSONColumnType } from 'kysely'
import type { Blast, OrderState, PermitState } from '#schema/manager-orders.ts'
import type { Scope } from '#schema/link-values.ts'

type Time = ColumnType<Date, Date, Date>
type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>

export interface OrdersTable {
  id: string
  ip: string
  level: Scope['level']
  site: string | null
  edge: string | null
  state: OrderState
  automatic: boolean
  known: string[]
  said_known: boolean
  seconds: number
  reason: string
  why: Maybe<string>
  by: string
  author: string
  created: Time
  expires: Time
  decided: Maybe<Date>
  decided_by: Maybe<string>
  decision: Maybe<string>
  released: Maybe<Date>
  released_by: Maybe<string>
  release_reason: Maybe<string>
  revision: Maybe<number>
  newest: Maybe<number>
  published: Maybe<Date>
  cause_site: Maybe<string>
  cause_edge: Maybe<string>
  event: Maybe<string>
  detected: Maybe<Date>
  received: Maybe<Date>
  zone: Maybe<string>
  evidence: Maybe<string>
  agreed: Maybe<string>
  agreed_by: Maybe<string[]>
  blast: JSONColumnType<Blast, string | null | undefined, string | null> | null
}
export interface OrderTimesTable {
  order_id: string
  edge_id: number
  enforced: Time
  heard: Time
  kernel_ms: number | null
}
export interface OrderBreakerTable {
  one: ColumnType<boolean, boolean | undefined, never>
  per_minute: number
  wide: number
  opened: Maybe<Date>
  why: Maybe<string>
}
export interface PermitsTable {
  id: string
  state: PermitState
  site: string
  edge: string | null
  source: string
  destination: string
  service: string
  mac: string | null
  seconds: number
  reason: string
  by: string
  author: string
  created: Time
  expires: Time
  decided: Maybe<Date>
  decided_by: Maybe<string>
  decision: Maybe<string>
  revoked: Maybe<Date>
  revoked_by: Maybe<string>
  revision: Maybe<number>
}

export interface OrderTables {
  orders: OrdersTable
  order_times: OrderTimesTable
  order_breaker: OrderBreakerTable
  permits: PermitsTable
}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptOrder = {
  orders: ['id'],
  order_times: ['order_id', 'edge_id'],
  order_breaker: ['one'],
  permits: ['id'],
} as const satisfies Record<keyof OrderTables, readonly string[]>

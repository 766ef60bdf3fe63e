/** The tables as Kysely sees them; migrations/*.sql are what they are. */
import type { ColumnType, Generated } from 'kysely'
import type { Role } from '#schema/manager-api.ts'
import { type EventTables, keptEvent } from './tables/events.ts'
import { type ExchangeTables, keptExchange } from './tables/exchange.ts'
import { type FleetTables, keptFleet } from './tables/fleet.ts'
import { type OrderTables, keptOrder } from './tables/orders.ts'
import { type PolicyTables, keptPolicy } from './tables/policies.ts'
import { type RiskTables, keptRisk } from './tables/risk.ts'

/** PostgreSQL's bigint: all of ours stay far below 2^53, and the pool reads them as numbers. */
type Time = ColumnType<Date, Date, Date>

export interface UsersTable {
  id: string
  name: string
  role: Role
  password: string
  disabled: Generated<boolean>
  totp_secret: string | null
  totp_pending: string | null
  totp_step: Generated<number>
  created: Time
  changed: Time
}

export interface SessionsTable {
  id: string
  user_id: string
  hash: string
  address: string
  created: Time
  used: Time
}

export interface TokensTable {
  id: string
  user_id: string
  name: string
  hash: string
  scopes: string[]
  created: Time
  expires: Time
  used: ColumnType<Date | null, Date | null, Date | null>
}

export interface AttemptsTable {
  key: string
  count: number
  last: Time
  until: Time
}

export interface AuditTable {
  sequence: number
  time: Time
  actor: string
  action: string
  object: string
  body: string
  previous: string
  hash: string
  key: string
  signature: string
}

export interface AuditHeadTable {
  one: Generated<boolean>
  sequence: number
  hash: string
}

interface CoreTables {
  users: UsersTable
  sessions: SessionsTable
  tokens: TokensTable
  attempts: AttemptsTable
  audit: AuditTable
  audit_head: AuditHeadTable
}

export interface Tables
  extends CoreTables, FleetTables, EventTables, PolicyTables, OrderTables, RiskTables, ExchangeTables {}

/** What a backup holds, and the columns that order the rows of each; in an order in which foreign keys can be filled. */
export const keptTables = {
  users: ['id'],
  sessions: ['id'],
  tokens: ['id'],
  audit: ['sequence'],
  audit_head: ['one'],
  ...keptFleet,
  ...keptEvent,
  ...keptPolicy,
  ...keptOrder,
  ...keptRisk,
  ...keptExchange,
} as const satisfies Partial<Record<keyof Tables, readonly string[]>>
export type Kept = keyof typeof keptTables
export const keptNames = Object.keys(keptTables).filter((name): name is Kept => Object.hasOwn(keptTables, name))

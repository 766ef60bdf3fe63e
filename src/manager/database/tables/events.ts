import type { ColumnType } from 'kysely'
import type { EventClass } from '#schema/event-kinds.ts'

type Time = ColumnType<Date, Date, Date>

export interface EventsTable {
  class: EventClass
  at: Time
  id: number
  event: string
  edge_id: number
  received: Time
  kind: string
  source: string | null
  destination: string | null
  source_asset: string | null
  destination_asset: string | null
  conduit: string | null
  reason: string | null
  count: number
  n: number | null
  prev: string | null
  hash: string | null
  intact: boolean
  body: string
}
export interface EventCursorsTable {
  edge_id: number
  store: string
  class: EventClass
  seq: number
  n: number
  hash: string
  broken: boolean
}
export interface EventHeadTable {
  one: ColumnType<boolean, never, never>
  number: number
}
export interface EventFeedTable {
  number: number
  class: EventClass
  first_at: Time
  last_at: Time
  first_id: number
  last_id: number
  written: Time
}
export interface EventInboxTable {
  id: number
  reaction: string
  edge_id: number
  received: Time
  ids: number[]
  ats: (string | Date)[]
  due: Time
  tries: number
}
export interface EventHoursTable {
  hour: Time
  site: string
  edge: string
  kind: string
  reason: string
  conduit: string
  class: EventClass
  events: number
  packets: number
  bytes: number
  raw: number
}
export interface ConduitHoursTable {
  hour: Time
  site: string
  edge: string
  conduit: string
  mode: string
  packets: number
  bytes: number
  seconds: number
}
export interface ConversationDaysTable {
  day: Time
  site: string
  edge: string
  source: string
  destination: string
  protocol: string
  port: number
  packets: number
  first: Time
  last: Time
}
export interface EventJudgementsTable {
  event: string
  at: Time
  site: string
  edge: string
  kind: string
  conduit: string
  count: number
  verdict: 'false-positive' | 'confirmed'
  reason: string
  by: string
  judged: Time
}

export interface EventTables {
  events: EventsTable
  event_cursors: EventCursorsTable
  event_head: EventHeadTable
  event_feed: EventFeedTable
  event_inbox: EventInboxTable
  event_hours: EventHoursTable
  conduit_hours: ConduitHoursTable
  conversation_days: ConversationDaysTable
  event_judgements: EventJudgementsTable
}
/** Kept by a backup, with what orders the rows; in an order in which foreign keys can be filled. */
export const keptEvent = {
  events: ['class', 'at', 'id'],
  event_cursors: ['edge_id', 'store', 'class'],
  event_inbox: ['id', 'reaction'],
  event_hours: ['hour', 'site', 'edge', 'kind', 'reason', 'conduit', 'class'],
  conduit_hours: ['hour', 'site', 'edge', 'conduit', 'mode'],
  conversation_days: ['source', 'destination', 'day', 'protocol', 'port', 'site', 'edge'],
  event_judgements: ['event'],
} as const satisfies Partial<Record<keyof EventTables, readonly string[]>>

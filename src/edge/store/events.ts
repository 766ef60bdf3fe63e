/** Events as they come: numbered, chained where their class asks for it, findable. */
import { randomFillSync } from 'node:crypto'
import * as z from 'zod'
import { nextId } from '#core/id.ts'
import { eventKinds } from '#schema/event-kinds.ts'
import { Event, type EventDraft } from '#schema/event.ts'
import { canonical } from '#core/canonical.ts'
import type { ChainRecord } from '../audit/chain.ts'
import { addressKey } from './address-key.ts'
import type { ChainHead } from './chain-head.ts'
import type { Database } from '#sqlite/database.ts'
import { complete, type Identity } from './draft.ts'
import { corrupt } from '#sqlite/fault.ts'
import { keys, type Kv } from './kv.ts'
import { integer, json, type Input, type Row, text } from '#sqlite/row.ts'
import { type EventQuery, searchEvents } from './search.ts'

export interface StoredEvent {
  /** Grows by insertion; numbers can be missing where retention dropped events. */
  readonly seq: number
  readonly event: Event
}

export interface Events {
  /**
   * Adds events in one transaction. Durable on return when one of them is P0; the others survive the process, and a power
   * cut once a P0 event follows or the log is checkpointed.
   */
  append(...drafts: readonly EventDraft[]): readonly StoredEvent[]
  search(query?: EventQuery): readonly StoredEvent[]
  /** Events after a number, oldest first: for the outbox and for following. */
  after(seq: number, limit?: number): readonly StoredEvent[]
  /** Number of the newest event; 0 when there is none. */
  newest(): number
}

const isChained = (event: Pick<Event, 'class'>): boolean => event.class === 'P0'

/** Search columns of an event; verification compares them with the body. */
export const searchColumns = (event: Event): readonly Input[] => [
  Date.parse(event.time),
  event.class,
  event.kind,
  event.conduit ?? null,
  event.source?.ip === undefined ? null : (addressKey(event.source.ip) ?? null),
  event.source?.mac ?? null,
  event.source?.asset ?? null,
]
export const searchColumnNames = ['ms', 'class', 'kind', 'conduit', 'source_ip', 'source_mac', 'source_asset'] as const

const insert = `INSERT INTO events (id, ${searchColumnNames.join(', ')}, body, n, prev, hash)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const chainColumns = (record: ChainRecord | undefined): readonly Input[] =>
  record === undefined
    ? [null, null, null]
    : [record.n, Buffer.from(record.prev, 'hex'), Buffer.from(record.hash, 'hex')]

const storedEvent = (database: Database, row: Row): StoredEvent => {
  const event = Event.safeParse(json(row, 'body'))
  if (!event.success) throw corrupt(database.path, `event ${integer(row, 'seq')} cannot be read`)
  return { seq: integer(row, 'seq'), event: event.data }
}

const IdentityValue = z.strictObject({ site: z.string(), edge: z.string() })
const nobody: Identity = { site: 'unnamed', edge: 'unnamed' }

export const eventsOf = (database: Database, kv: Kv, chain: ChainHead, now: () => number): Events => {
  const lastId = (): string | undefined => {
    const row = database.statement('SELECT id FROM events ORDER BY seq DESC LIMIT 1').get()
    return row === undefined ? undefined : text(row, 'id')
  }
  const random = new Uint8Array(10)

  const append = (drafts: readonly EventDraft[], at: number): readonly StoredEvent[] => {
    const identity = kv.get(keys.identity, IdentityValue) ?? nobody
    let id = lastId()
    return drafts.map((draft) => {
      id = nextId(id, at, randomFillSync(random))
      const event = complete(draft, id, at, identity)
      const body = canonical(event)
      const record = isChained(event) ? chain.extend(body) : undefined
      const { rowid } = database.statement(insert).run(id, ...searchColumns(event), body, ...chainColumns(record))
      return { seq: rowid, event }
    })
  }

  return {
    append: (...drafts) => {
      if (drafts.length === 0) return []
      const durable = drafts.some((draft) => isChained({ class: draft.class ?? eventKinds[draft.kind].class }))
      return database.atomically(() => append(drafts, now()), { durable })
    },
    search: (query) => searchEvents(database, query ?? {}).map((row) => storedEvent(database, row)),
    after: (seq, limit = 1000) =>
      database
        .statement('SELECT seq, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?')
        .all(seq, limit)
        .map((row) => storedEvent(database, row)),
    newest: () => Number(database.statement('SELECT max(seq) AS seq FROM events').get()?.['seq'] ?? 0),
  }
}

/** What is dropped when: by age, and by size lowest class and oldest first. P0 stays. What is lost is on record. */
import * as z from 'zod'
import { type EventClass, eventClasses } from '#schema/event-kinds.ts'
import { timestamp } from '#schema/event.ts'
import type { Database } from '#sqlite/database.ts'
import type { Events } from './events.ts'
import { keys, type Kv } from './kv.ts'
import { cursorsOf } from './outbox.ts'
import { integer } from '#sqlite/row.ts'

export interface RetentionLimits {
  /** Bytes of the database that may be in use. */
  readonly maxBytes: number
  /** Milliseconds that events of a class are kept at least by age. */
  readonly maxAge: Readonly<Record<Exclude<EventClass, 'P0'>, number>>
}
const day = 86_400_000
export const defaultLimits: RetentionLimits = {
  maxBytes: 256 * 1024 * 1024,
  maxAge: { P1: 180 * day, P2: 60 * day, P3: 14 * day },
}

export interface Retained {
  /** Events dropped in this run. */
  readonly dropped: number
  /** False: there is more to drop; call again soon. */
  readonly done: boolean
  readonly usedBytes: number
  /** P0 alone fills the budget: export and start a new store. */
  readonly full: boolean
}

/** Rows per class and run, so that one run holds the process up for some 10 ms only. */
const batch = 5000
/** A run by size goes down to this share of the budget, so that gap records stay few. */
const target = 0.9
/** Released containments and ended permits beyond so many are dropped; their events stay. */
const keptRecords = 10_000
type DroppableClass = Exclude<EventClass, 'P0'>
const droppable = eventClasses.filter((name) => name !== 'P0').toReversed()

export const usedBytes = (database: Database): number => {
  const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
    Number(database.value(`PRAGMA ${name}`)),
  )
  return ((pages ?? 0) - (free ?? 0)) * (size ?? 0)
}

const oldest = `SELECT count(*) AS count, min(seq) AS low, max(seq) AS high, min(ms) AS first, max(ms) AS last,
     coalesce(sum(json_extract(body, '$.count')), 0) AS packets
   FROM (SELECT seq, ms, body FROM events WHERE class = ? AND seq <= ? AND ms < ? ORDER BY seq LIMIT ?)`

export const retentionOf = (database: Database, kv: Kv, events: Events, limits: RetentionLimits) => {
  /**
   * Drops the oldest of a class, at most a batch: such that a manager has all of, or has none of, so that a gap record can say which.
   * Returns how many.
   */
  const drop = (name: DroppableClass, why: 'age' | 'size', before = Number.MAX_SAFE_INTEGER): number => {
    const cursor = cursorsOf(kv)[name] ?? 0
    const sent = database.statement('SELECT 1 FROM events WHERE class = ? AND seq <= ? LIMIT 1').get(name, cursor)
    const most = sent === undefined ? Number.MAX_SAFE_INTEGER : cursor
    const row = database.statement(oldest).get(name, most, before, batch)
    const count = row === undefined ? 0 : integer(row, 'count')
    if (row === undefined || count === 0) return 0
    const [low, high] = [integer(row, 'low'), integer(row, 'high')]
    database
      .statement('DELETE FROM events WHERE class = ? AND seq BETWEEN ? AND ? AND ms < ?')
      .run(name, low, high, before)
    const packets = integer(row, 'packets')
    events.append({
      kind: 'gap',
      by: 'daemon',
      count: packets,
      first: timestamp(integer(row, 'first')),
      last: timestamp(integer(row, 'last')),
      text: `${count === 1 ? `1 event of class ${name} was dropped for ${why}; it` : `${count} events of class ${name} were dropped for ${why}; they`} stood for ${packets} ${packets === 1 ? 'packet' : 'packets'}.`,
      details: { class: name, why, events: count, packets, from: low, to: high, sent: sent !== undefined },
    })
    return count
  }

  const byAge = (now: number): { readonly dropped: number; readonly done: boolean } => {
    const last = kv.get(keys.retainedAt, z.number())
    if (last !== undefined && now - last < day) return { dropped: 0, done: true }
    // After a leap of the clock nothing is dropped for a day: it may be the clock that is wrong.
    const leapt = last === undefined || now - last > 7 * day
    const dropped = leapt ? [] : droppable.map((name) => drop(name, 'age', now - limits.maxAge[name]))
    const done = dropped.every((count) => count === 0)
    if (done) kv.set(keys.retainedAt, now)
    return { dropped: dropped.reduce((sum, count) => sum + count, 0), done }
  }

  const bySize = (): { readonly dropped: number; readonly done: boolean } => {
    const before = usedBytes(database)
    const aim = shrinking || before > limits.maxBytes ? limits.maxBytes * target : limits.maxBytes
    if (before <= aim) {
      shrinking = false
      return { dropped: 0, done: true }
    }
    const name = droppable.find((candidate) =>
      database.statement('SELECT 1 FROM events WHERE class = ? LIMIT 1').get(candidate),
    )
    shrinking = name !== undefined
    return { dropped: name === undefined ? 0 : drop(name, 'size'), done: name === undefined }
  }
  let shrinking = false

  const prune = (): void => {
    database
      .statement(
        'DELETE FROM containments WHERE released_at IS NOT NULL AND id <= (SELECT max(id) FROM containments) - ?',
      )
      .run(keptRecords)
    database
      .statement(
        `DELETE FROM permits WHERE revoked_at IS NOT NULL
         AND id < (SELECT id FROM permits ORDER BY id DESC LIMIT 1 OFFSET ?)`,
      )
      .run(keptRecords)
  }

  /** One bounded step. */
  return (now: number): Retained =>
    database.atomically(() => {
      const aged = byAge(now)
      const sized = bySize()
      prune()
      const used = usedBytes(database)
      return {
        dropped: aged.dropped + sized.dropped,
        done: aged.done && sized.done,
        usedBytes: used,
        full: used > limits.maxBytes && sized.done,
      }
    })
}

/** Events as they go up to the manager: where each class goes on, and what of it is next. The events table itself is the outbox. */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import { type EventClass, eventClasses } from '#schema/event-kinds.ts'
import type { SentEvent } from '#schema/link-frames.ts'
import type { Database } from '#sqlite/database.ts'
import { hex, integer, type Row, text } from '#sqlite/row.ts'
import { keys, type Kv } from './kv.ts'

const Cursors = z.partialRecord(z.enum(eventClasses), z.int().min(0))
export type Cursors = z.infer<typeof Cursors>

/** Highest seq of each class that a manager has stored for good. */
export const cursorsOf = (kv: Pick<Kv, 'get'>): Cursors => kv.get(keys.cursors, Cursors) ?? {}

/** Rows read at a time: a page of long events is some hundred kB. */
const page = 50
/** Waiting events are counted up to here: counting more takes longer than the figure is worth. */
const countLimit = 50_000
/** A manager that acknowledges what was never sent may move the numbering this far and no further. */
const leapLimit = 10_000_000

export interface Outbox {
  /** Identifies this store to a manager; made at first use. */
  id(): string
  /** The next events of a class after a number, oldest first: at most `count`, and about `size` bytes. */
  next(name: EventClass, after: number, limits: { readonly count: number; readonly size: number }): readonly SentEvent[]
  /**
   * Makes sure that events up to a number outlive a power cut, before anybody is told of them: a number that came back with another
   * event would be taken for the old one.
   */
  secure(seq: number): void
  /** Everything of a class up to `seq` is stored elsewhere. Goes forward only. */
  acknowledge(name: EventClass, seq: number): void
  /** What a file holds that is for a manager: so far {@link advance} may go. */
  exported(upTo: Cursors): void
  /** Where a manager says that it stands, for several classes; what no file held it cannot have. */
  advance(acknowledged: Cursors): void
  /**
   * Where a manager says that it stands. One that knows of later events than this store has means that the store went back (a restored
   * backup), or that somebody else sent under its key: then numbering goes on after them. Nothing is taken as stored for it: what
   * waits is sent, and the manager knows by its id what it has.
   * @returns how far this store is behind; 0 as it should be
   */
  resume(acknowledged: Cursors): number
  /** Events not acknowledged, counted to {@link countLimit} per class. */
  waiting(): number
}

const sentEvent = (row: Row): SentEvent => ({
  seq: integer(row, 'seq'),
  body: text(row, 'body'),
  ...(row['n'] === null ? {} : { n: integer(row, 'n'), prev: hex(row, 'prev'), hash: hex(row, 'hash') }),
})

export const outboxOf = (database: Database, kv: Kv): Outbox => {
  let secured = 0
  const newest = (): number =>
    Number(database.statement("SELECT seq FROM sqlite_sequence WHERE name = 'events'").get()?.['seq'] ?? 0)
  const acknowledge = (name: EventClass, seq: number): void => {
    const cursors = cursorsOf(kv)
    if (seq > (cursors[name] ?? 0)) kv.set(keys.cursors, { ...cursors, [name]: seq }, { durable: false })
  }
  return {
    id: () =>
      database.atomically(() => {
        const found = kv.get(keys.store, z.string())
        if (found !== undefined) return found
        const made = randomBytes(16).toString('hex')
        kv.set(keys.store, made)
        return made
      }),
    next: (name, after, { count, size }) => {
      const found: SentEvent[] = []
      let taken = 0
      for (let from = after; found.length < count;) {
        const rows = database
          .statement('SELECT seq, body, n, prev, hash FROM events WHERE class = ? AND seq > ? ORDER BY seq LIMIT ?')
          .all(name, from, Math.min(page, count - found.length))
        for (const row of rows) {
          const event = sentEvent(row)
          taken += event.body.length
          if (taken > size && found.length > 0) return found
          found.push(event)
          from = event.seq
        }
        if (rows.length === 0) break
      }
      return found
    },
    secure: (seq) => {
      if (seq <= secured) return
      const upTo = newest()
      kv.set(keys.secured, upTo)
      secured = upTo
    },
    acknowledge: (name, seq) => acknowledge(name, Math.min(seq, newest())),
    exported: (upTo) => {
      const before = kv.get(keys.exported, Cursors) ?? {}
      const most = eventClasses.map((name) => [name, Math.max(before[name] ?? 0, upTo[name] ?? 0)])
      kv.set(keys.exported, Object.fromEntries(most))
    },
    advance: (acknowledged) => {
      const upTo = kv.get(keys.exported, Cursors) ?? {}
      for (const name of eventClasses) acknowledge(name, Math.min(acknowledged[name] ?? 0, upTo[name] ?? 0, newest()))
    },
    resume: (acknowledged) =>
      database.atomically(() => {
        const most = Math.max(0, ...Object.values(acknowledged))
        const behind = Math.max(0, most - newest())
        if (behind > 0 && behind <= leapLimit) {
          const moved = database.statement("UPDATE sqlite_sequence SET seq = ? WHERE name = 'events'").run(most)
          if (moved.changes === 0)
            database.statement("INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)").run(most)
        }
        return behind
      }),
    waiting: () => {
      const cursors = cursorsOf(kv)
      return eventClasses.reduce((sum, name) => {
        const row = database
          .statement('SELECT count(*) AS count FROM (SELECT 1 FROM events WHERE class = ? AND seq > ? LIMIT ?)')
          .get(name, cursors[name] ?? 0, countLimit)
        return sum + (row === undefined ? 0 : integer(row, 'count'))
      }, 0)
    },
  }
}

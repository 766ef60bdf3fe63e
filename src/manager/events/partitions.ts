/** The tables that events are filed in: made before they are needed, and dropped when all in them is too old. */
import { sql } from 'kysely'
import { codeOf } from '#core/errors.ts'
import type { EventClass } from '#schema/event-kinds.ts'
import type { Tx } from '../audit/trail.ts'
import type { Database } from '../database/pool.ts'
import { dueSoon, isOver, type Piece, pieceNamed, pieceOf } from './spans.ts'

/** Managers, and a restore, make and drop one after another. */
const lock = 7_261_004
/** ms to wait for readers of a table before trying again later: who wants to write, waits behind this meanwhile */
const patienceMs = 200

export const existing = async (db: Database | Tx): Promise<Piece[]> => {
  const { rows } = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class
    WHERE relkind = 'r' AND relispartition AND relnamespace = current_schema()::regnamespace AND relname LIKE 'events\\_p%'`.execute(
    db,
  )
  return rows.flatMap(({ name }) => pieceNamed(name) ?? [])
}

/** Attaching, unlike making it a partition at once, does not wait for readers, nor they for it. */
const make = async (tx: Tx, { class: of, name, from, to }: Piece): Promise<void> => {
  const parent = sql.table(`events_${of.toLowerCase()}`)
  const bound = (ms: number) => sql.lit(new Date(ms).toISOString())
  await sql`CREATE TABLE ${sql.table(name)} (LIKE ${parent} INCLUDING ALL)`.execute(tx)
  await sql`ALTER TABLE ${parent} ATTACH PARTITION ${sql.table(name)} FOR VALUES FROM (${bound(from)}) TO (${bound(to)})`.execute(
    tx,
  )
}

/** Makes those that are missing. */
export const ensure = async (tx: Tx, wanted: readonly Piece[]): Promise<void> => {
  await sql`SELECT pg_advisory_xact_lock(${lock})`.execute(tx)
  const there = new Set((await existing(tx)).map(({ name }) => name))
  for (const piece of new Map(wanted.map((one) => [one.name, one])).values())
    if (!there.has(piece.name)) await make(tx, piece)
}

/** Drops what is over; a table that somebody reads is left for the next time. @returns names of what went */
const dropOver = async (db: Database, now: number): Promise<string[]> => {
  const dropped: string[] = []
  for (const { class: of, name } of (await existing(db)).filter((piece) => isOver(piece, now)))
    await db
      .transaction()
      .execute(async (tx) => {
        await sql`SELECT set_config('lock_timeout', ${String(patienceMs)}, true)`.execute(tx)
        await sql`SELECT pg_advisory_xact_lock(${lock})`.execute(tx)
        await sql`ALTER TABLE ${sql.table(`events_${of.toLowerCase()}`)} DETACH PARTITION ${sql.table(name)}`.execute(
          tx,
        )
        await sql`DROP TABLE ${sql.table(name)}`.execute(tx)
        dropped.push(name)
      })
      .catch((error: unknown) => {
        // 55P03: somebody reads it. 42P01: another manager was first.
        if (!['55P03', '42P01'].includes(codeOf(error) ?? '')) throw error
      })
  return dropped
}

/** Remembers what is there, so that an insert asks the database only when a table may be missing. */
export const openPartitions = (db: Database) => {
  let known = new Set<string>()
  const makeAll = async (wanted: readonly Piece[]): Promise<void> => {
    await db.transaction().execute((tx) => ensure(tx, wanted))
    for (const { name } of wanted) known.add(name)
  }
  return {
    /** Makes what these need and is not known to be there. */
    need: async (moments: Iterable<{ readonly class: EventClass; readonly at: number }>): Promise<void> => {
      const missing = new Map<string, Piece>()
      let last: Piece | undefined
      for (const { class: of, at } of moments) {
        if (last !== undefined && last.class === of && at >= last.from && at < last.to) continue
        last = pieceOf(of, at)
        if (!known.has(last.name)) missing.set(last.name, last)
      }
      if (missing.size > 0) await makeAll([...missing.values()])
    },
    ahead: (now: number): Promise<void> => makeAll(dueSoon(now)),
    /** What another manager dropped is not known any more. */
    forget: (): void => void (known = new Set()),
    drop: async (now: number): Promise<string[]> => {
      known = new Set()
      return dropOver(db, now)
    },
  }
}
export type Partitions = ReturnType<typeof openPartitions>

/** Packets and last use per kernel counter, added up over generations: evidence that a conduit is needed, or is not. */
import type { Database } from './database.ts'
import { integer, optional, type Row, text } from './row.ts'

export interface Hits {
  readonly name: string
  readonly packets: number
  readonly bytes: number
  /** Milliseconds since 1970; absent: never. */
  readonly last?: number
}

export interface HitsTable {
  /** Adds what was counted since the last time. Not durable against a power cut. */
  add(counted: readonly Hits[]): void
  get(name: string): Hits | undefined
  list(): readonly Hits[]
}

const hitsOfRow = (row: Row): Hits => ({
  name: text(row, 'name'),
  packets: integer(row, 'packets'),
  bytes: integer(row, 'bytes'),
  ...optional(row, 'last', 'last', integer),
})

export const hitsOf = (database: Database): HitsTable => ({
  add: (counted) => {
    const upsert = database.statement(
      `INSERT INTO hits (name, packets, bytes, last) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET packets = packets + excluded.packets, bytes = bytes + excluded.bytes,
         last = max(coalesce(last, excluded.last), coalesce(excluded.last, last))`,
    )
    database.atomically(
      () => {
        for (const { name, packets, bytes, last } of counted) upsert.run(name, packets, bytes, last ?? null)
      },
      { durable: false },
    )
  },
  get: (name) => {
    const row = database.statement('SELECT * FROM hits WHERE name = ?').get(name)
    return row === undefined ? undefined : hitsOfRow(row)
  },
  list: () => database.statement('SELECT * FROM hits ORDER BY name').all().map(hitsOfRow),
})

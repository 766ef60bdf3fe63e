/** Packets and last use per kernel counter, added up over generations: evidence that a conduit is needed, or is not. */
import type { Database } from '#sqlite/database.ts'
import { integer, optional, type Row, text } from '#sqlite/row.ts'

export interface Hits {
  readonly name: string
  readonly packets: number
  readonly bytes: number
  /** Milliseconds since 1970; absent: never. */
  readonly last?: number
  /** What the kernel's counter stood at when this was added: only what comes after is new. */
  readonly seen?: Seen
}
export interface Seen {
  readonly packets: number
  readonly bytes: number
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
  ...(row['seen_packets'] === null
    ? {}
    : { seen: { packets: integer(row, 'seen_packets'), bytes: integer(row, 'seen_bytes') } }),
})

export const hitsOf = (database: Database): HitsTable => ({
  add: (counted) => {
    const upsert = database.statement(
      `INSERT INTO hits (name, packets, bytes, last, seen_packets, seen_bytes) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET packets = packets + excluded.packets, bytes = bytes + excluded.bytes,
         last = max(coalesce(last, excluded.last), coalesce(excluded.last, last)),
         seen_packets = excluded.seen_packets, seen_bytes = excluded.seen_bytes`,
    )
    database.atomically(
      () => {
        for (const { name, packets, bytes, last, seen } of counted)
          upsert.run(name, packets, bytes, last ?? null, seen?.packets ?? null, seen?.bytes ?? null)
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

/** What edges recorded, in the tables of the room events; made as far as needed where this manager does not have them. */
import { sql } from 'kysely'
import type { Database } from '#manager/database/pool.ts'
import type { EdgeRef } from '#manager/events/reaction.ts'

const makeTables = async (db: Database): Promise<void> => {
  await sql`CREATE TABLE IF NOT EXISTS conversation_days (day date, site text, edge text, source inet, destination inet,
    protocol text, port integer, packets bigint, first timestamptz, last timestamptz)`.execute(db)
  const { rows } = await sql<{ partitioned: boolean | null }>`
    SELECT (SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass('events')) AS partitioned`.execute(db)
  if (rows[0]?.partitioned === true)
    for (const part of ['events_p1', 'events_p2'])
      await sql`CREATE TABLE IF NOT EXISTS ${sql.table(`${part}_test`)} PARTITION OF ${sql.table(part)} DEFAULT`.execute(
        db,
      )
  else
    await sql`CREATE TABLE IF NOT EXISTS events (class text, at timestamptz, id bigint, event text, edge_id bigint,
      received timestamptz, kind text, source inet, destination inet, source_asset text, destination_asset text, conduit text,
      reason text, count bigint, intact boolean, body text)`.execute(db)
}

/** The panel speaks Modbus with the PLC 9000 times and the engineering station S7 480 times; in shadow there were 14 packets and 7 commands. */
export const record = async (db: Database, { id, site, edge }: EdgeRef, at: number): Promise<void> => {
  await makeTables(db)
  const day = new Date(at)
  for (const [source, port, packets] of [
    ['198.18.10.20', 502, 9000],
    ['198.18.10.30', 102, 480],
  ] as const)
    await sql`INSERT INTO conversation_days (day, site, edge, source, destination, protocol, port, packets, first, last)
      VALUES (${day}::date, ${site}, ${edge}, ${source}::inet, '198.18.11.10', 'tcp', ${port}, ${packets}, ${day}, ${day})`.execute(
      db,
    )
  // What a device said may have what no jsonb has; it is kept as it was hashed.
  const text = 'NUL \0, half of one \uD83C, all of one \\u0000'
  const body = JSON.stringify({ zone: 'line', protocol: 'tcp', port: 22, text })
  for (const [row, kind] of ['would-deny', 'would-deny', 'would-deny-command'].entries())
    await sql`INSERT INTO events (class, at, id, event, edge_id, received, kind, source, destination, count, intact, body)
      VALUES ('P2', ${day}, ${row}, ${`E${row}`}, ${id}, ${day}, ${kind}, '198.18.10.30', '198.18.11.10', 7, true, ${body})`.execute(
      db,
    )
}

/**
 * A backup is a text file of JSON lines: a head, each table's rows, and a manifest with the count and SHA-256 of every table,
 * signed with the key of the audit. All of it is one snapshot of the database.
 */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { canonical } from '#core/canonical.ts'
import { migrations } from '../database/migrate.ts'
import { type Kept, keptNames, keptTables } from '../database/tables.ts'
import type { Tx } from '../audit/trail.ts'
import type { Opened } from '../open.ts'
import { type Claim, claimText, format, Sums, type TableSum } from './format.ts'

const batch = 500

/**
 * Rows as JSON text, in order. PostgreSQL writes them and reads them back itself, to the microsecond. A cursor goes through the table
 * once, however big it is, and only a batch of it is here.
 */
export async function* rowsOf(tx: Tx, table: Kept): AsyncGenerator<string> {
  const order = sql.join(keptTables[table].map((column) => sql.ref(column)))
  await sql`DECLARE kept NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM ${sql.table(table)} t ORDER BY ${order}`.execute(
    tx,
  )
  for (;;) {
    const { rows } = await sql<{ row: string }>`FETCH ${sql.lit(batch)} FROM kept`.execute(tx)
    for (const { row } of rows) yield row
    if (rows.length < batch) break
  }
  await sql`CLOSE kept`.execute(tx)
}

/** A whole table takes as long as it takes. */
export const withoutHurry = (tx: Tx) => sql`SELECT set_config('statement_timeout', '0', true)`.execute(tx)

export const sumOf = async (tx: Tx, table: Kept, each: (row: string) => void = () => undefined): Promise<TableSum> => {
  const digest = createHash('sha256')
  let rows = 0
  for await (const row of rowsOf(tx, table)) {
    digest.update(`${row}\n`)
    rows++
    each(row)
  }
  return { rows, sha256: digest.digest('hex') }
}

/**
 * Writes a backup, line by line.
 * @returns what the manifest says
 */
export const backUp = (opened: Opened, now: number, write: (line: string) => void): Promise<Claim> =>
  opened.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      await withoutHurry(tx)
      const migration = migrations().length
      write(canonical({ format, created: new Date(now).toISOString(), migration }))
      const dump = (table: Kept): Promise<TableSum> => {
        write(canonical({ table }))
        return sumOf(tx, table, write)
      }
      // In the order of keptTables: a foreign key finds its row when this is read again.
      const sums: [Kept, TableSum][] = []
      for (const table of keptNames) sums.push([table, await dump(table)])
      const tables = Sums.parse(Object.fromEntries(sums))
      const claim: Claim = {
        created: new Date(now).toISOString(),
        migration,
        tables,
        key: opened.keys.signer.fingerprint,
        keys: [...opened.keys.pems],
      }
      write(JSON.stringify({ manifest: claim, signature: opened.keys.signer.sign(claimText(claim)) }))
      return claim
    })

/** Restoring into an empty database, in one transaction that is only kept when all of it was verified. */
import { sql } from 'kysely'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { eventClasses } from '#schema/event-kinds.ts'
import { verifierOf, trustEarlier } from '../audit/keys.ts'
import type { Tx } from '../audit/trail.ts'
import { auditVerifier } from '../audit/verify.ts'
import { type Kept, keptNames } from '../database/tables.ts'
import type { Opened } from '../open.ts'
import { ensure } from '../events/partitions.ts'
import { pieceOf } from '../events/spans.ts'
import { sumOf, withoutHurry } from './backup.ts'
import type { Claim } from './format.ts'
import { compareSum, invalid, json, readBackup } from './read.ts'

const batch = 200
/** Characters of rows that are inserted with one statement. */
const mostText = 4 << 20
const Filed = z.object({ class: z.enum(eventClasses), at: z.iso.datetime({ offset: true }) })

/** The tables that rows of `events` are filed in. */
const makeRoom = async (tx: Tx, rows: readonly string[]): Promise<void> => {
  const pieces = rows.map((row) => {
    const filed = Filed.safeParse(json(row))
    if (!filed.success) throw invalid('A row of events cannot be filed.')
    return pieceOf(filed.data.class, Date.parse(filed.data.at))
  })
  await ensure(tx, pieces)
}

const insert = async (tx: Tx, table: Kept, rows: readonly string[]): Promise<void> => {
  if (rows.length === 0) return
  if (table === 'events') await makeRoom(tx, rows)
  try {
    // Numbers that the database gave out once stay what they were.
    await sql`INSERT INTO ${sql.table(table)} OVERRIDING SYSTEM VALUE
      SELECT * FROM json_populate_recordset(NULL::${sql.table(table)}, ${`[${rows.join(',')}]`}::json)`.execute(tx)
  } catch (error) {
    throw new Fault('backup-invalid', `The rows of ${table} cannot be restored.`, { cause: error })
  }
}

/** What gives out numbers goes on behind those that are there. */
const goOn = async (tx: Tx): Promise<void> => {
  const { rows } = await sql<{ table: Kept; column: string; sequence: string }>`
    SELECT c.relname AS table, a.attname AS column, s.oid::regclass::text AS sequence
    FROM pg_class s JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
      AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_class c ON c.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
    WHERE s.relkind = 'S' AND c.relnamespace = current_schema()::regnamespace`.execute(tx)
  for (const { table, column, sequence } of rows)
    await sql`
      SELECT setval(${sequence}::regclass, greatest((SELECT max(${sql.ref(column)}) FROM ${sql.table(table)}), 1))`.execute(
      tx,
    )
}

const refuseFull = async (tx: Tx): Promise<void> => {
  for (const table of ['users', 'audit'] as const) {
    const { rows } = await sql`SELECT 1 FROM ${sql.table(table)} LIMIT 1`.execute(tx)
    if (rows.length > 0)
      throw new Fault('refused', 'The database is not empty; nothing was restored.', {
        advice: 'Choose an empty --state.',
      })
  }
}

/** Reads the lines into the tables; answers the manifest, whose signature holds. */
const load = async (tx: Tx, lines: AsyncIterable<string>): Promise<Claim> => {
  let of: Kept | undefined
  let rows: string[] = []
  let text = 0
  const flush = async (): Promise<void> => {
    if (of !== undefined) await insert(tx, of, rows)
    rows = []
    text = 0
  }
  return readBackup(lines, {
    row: async (table, line) => {
      of = table
      rows.push(line)
      text += line.length
      if (rows.length >= batch || text >= mostText) await flush()
    },
    flush,
  })
}

/** Tables that a new database has rows in. */
const seeded = ['audit_head', 'state_heads'] as const

const verifyTables = async (tx: Tx, claim: Claim): Promise<void> => {
  for (const table of keptNames) compareSum(table, await sumOf(tx, table), claim)
}

const verifyAudit = async (tx: Tx, claim: Claim): Promise<void> => {
  const verifier = auditVerifier(claim.keys.map(verifierOf))
  for (let last = 0; ;) {
    const rows = await tx
      .selectFrom('audit')
      .selectAll()
      .where('sequence', '>', last)
      .orderBy('sequence')
      .limit(500)
      .execute()
    for (const row of rows) verifier.row(row)
    if (rows.length < 500) break
    last = rows.at(-1)!.sequence
  }
  const head = await tx.selectFrom('audit_head').selectAll().executeTakeFirst()
  verifier.witness({ what: 'the head of the chain', sequence: head?.sequence ?? 0, hash: head?.hash ?? '' }, true)
  const report = verifier.report()
  if (!report.ok)
    throw new Fault('backup-invalid', 'The audit in the backup does not hold.', {
      details: report.findings.slice(0, 10).map(({ what }) => what),
    })
}

/**
 * Restores a backup and verifies it: signature, counts and hashes of what is in the database now, and the chain of the audit.
 * Sessions end: who has the backup must not be somebody who is logged in.
 * @throws Fault `backup-invalid` or `refused`; then nothing is kept
 */
export const restore = async (opened: Opened, state: string, lines: AsyncIterable<string>): Promise<Claim> => {
  const claim = await opened.db.transaction().execute(async (tx) => {
    await withoutHurry(tx)
    await refuseFull(tx)
    for (const table of seeded) await tx.deleteFrom(table).execute()
    const found = await load(tx, lines)
    await verifyTables(tx, found)
    await verifyAudit(tx, found)
    await goOn(tx)
    await tx.deleteFrom('sessions').execute()
    // Before the rows are kept: a state directory that has them must know their keys.
    trustEarlier(state, found.keys)
    return found
  })
  await opened.trail.change((_, write) =>
    write({
      actor: 'local administrator',
      action: 'restore',
      object: `backup of ${claim.created} signed by ${claim.key}`,
    }),
  )
  return claim
}

/** Changing anything and saying so, in one transaction. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EventEmitter } from 'node:events'
import type { Transaction } from 'kysely'
import * as z from 'zod'
import type { Json } from '#core/canonical.ts'
import { Fault } from '#core/errors.ts'
import type { AuditReport } from '#schema/manager-api.ts'
import type { Database } from '../database/pool.ts'
import type { Tables } from '../database/tables.ts'
import { nextRecord, objectHash } from './chain.ts'
import { type AuditKeys, auditKeys } from './keys.ts'
import { auditVerifier } from './verify.ts'

export interface Entry {
  readonly actor: string
  readonly action: string
  readonly object: string
  /** What a person may see of the object; absent where there was, or is, none. */
  readonly before?: Json
  readonly after?: Json
}
export type Tx = Transaction<Tables>
/** Writes the row of one change; returns its number. */
export type Write = (entry: Entry) => Promise<number>

const batch = 500
const Head = z.object({ sequence: z.int(), hash: z.string() })

const append = async (tx: Tx, keys: AuditKeys, entry: Entry, now: number): Promise<z.output<typeof Head>> => {
  const head = await tx.selectFrom('audit_head').select(['sequence', 'hash']).forUpdate().executeTakeFirstOrThrow()
  const { actor, action, object } = entry
  const before = objectHash(entry.before)
  const after = objectHash(entry.after)
  const record = nextRecord(
    head,
    {
      time: new Date(now).toISOString(),
      actor,
      action,
      object,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
    keys.signer,
  )
  await tx.insertInto('audit').values(record).execute()
  const next = { sequence: record.sequence, hash: record.hash }
  await tx.updateTable('audit_head').set(next).execute()
  return next
}

export const openTrail = (db: Database, keys: AuditKeys, state: string, now: () => number) => {
  const written = new EventEmitter<{ row: [number] }>()
  written.setMaxListeners(0)
  const witnessFile = join(state, 'audit.head')
  let told = 0

  /** The newest end, outside the database: who cuts rows off there does not reach this. Not synced: it may lag, never lead. */
  const remember = (head: z.output<typeof Head>): void => {
    if (head.sequence <= told) return
    try {
      writeFileSync(`${witnessFile}.new`, JSON.stringify(head), { mode: 0o600 })
      renameSync(`${witnessFile}.new`, witnessFile)
      told = head.sequence
    } catch {
      // The change is done and must not be called failed; the next one brings the file up to date.
    }
  }
  const remembered = (): z.output<typeof Head> | undefined => {
    if (!existsSync(witnessFile)) return undefined
    try {
      return Head.parse(JSON.parse(readFileSync(witnessFile, 'utf8')))
    } catch {
      return undefined
    }
  }

  /**
   * Carries out a change together with its audit row.
   * @throws what `work` throws, and then nothing is changed; Fault `internal` when it writes no row
   */
  const change = async <T>(work: (tx: Tx, write: Write) => Promise<T>): Promise<T> => {
    let head: z.output<typeof Head> | undefined
    const result = await db.transaction().execute(async (tx) => {
      const value = await work(tx, async (entry) => (head = await append(tx, keys, entry, now())).sequence)
      if (head === undefined) throw new Fault('internal', 'A change left no trace in the audit.')
      return value
    })
    if (head !== undefined) {
      remember(head)
      written.emit('row', head.sequence)
    }
    return result
  }

  /** Reads the whole audit in one snapshot. */
  const verify = (): Promise<AuditReport> =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => {
        const witness = remembered()
        // Read anew: a restore adds keys.
        const verifier = auditVerifier(auditKeys(state).verifiers)
        const watched = new Set(witness === undefined ? [] : [witness.sequence])
        for (let last = 0; ;) {
          const rows = await tx
            .selectFrom('audit')
            .selectAll()
            .where('sequence', '>', last)
            .orderBy('sequence')
            .limit(batch)
            .execute()
          for (const row of rows) verifier.row(row, watched)
          if (rows.length < batch) break
          last = rows.at(-1)!.sequence
        }
        const head = await tx.selectFrom('audit_head').select(['sequence', 'hash']).executeTakeFirst()
        verifier.witness({ what: 'the head of the chain', sequence: head?.sequence ?? 0, hash: head?.hash ?? '' }, true)
        if (witness !== undefined) verifier.witness({ what: 'the file audit.head', ...witness })
        return verifier.report()
      })

  return { change, verify, written }
}
export type Trail = ReturnType<typeof openTrail>

/** The audit trail of a store: for verification and for export. */
import { Event, timestamp } from '#schema/event.ts'
import type { ChainRecord, Checkpoint } from '../audit/chain.ts'
import { CheckpointBody, exportLines } from '../audit/jsonl.ts'
import type { SigningKey } from '../audit/key.ts'
import type { AuditReport } from '../audit/report.ts'
import { verifier, type VerifyOptions } from '../audit/verify.ts'
import { chainOf } from './chain-head.ts'
import { readWitness } from './checkpoints.ts'
import { Database } from '#sqlite/database.ts'
import { searchColumnNames, searchColumns } from './events.ts'
import { inspectFile, checkWhole } from './file.ts'
import { kvOf } from './kv.ts'
import { hex, integer, type Row, text } from '#sqlite/row.ts'

const recordOf = (row: Row): ChainRecord => ({
  n: integer(row, 'n'),
  prev: hex(row, 'prev'),
  hash: hex(row, 'hash'),
  body: text(row, 'body'),
})

export interface Trail {
  readonly head: { readonly n: number; readonly hash: string }
  /** Undefined where one cannot be read. */
  checkpoints(): Generator<Checkpoint | undefined, void>
  records(): Generator<{ readonly record: ChainRecord; readonly row: Row }, void>
  /** P0 events that carry no chain number. */
  readonly unchained: number
}

/**
 * Gives the trail of a database file as it was at one moment; the daemon may go on writing.
 * @throws Fault store-corrupt, store-unreadable
 */
const withTrail = <T>(path: string, read: (trail: Trail) => T): T => {
  inspectFile(path)
  const database = new Database(path, { readonly: true })
  try {
    checkWhole(database)
    return database.snapshot(() =>
      database.guarded(() =>
        read({
          head: chainOf(database, kvOf(database)).head(),
          *checkpoints() {
            for (const row of database.rows('SELECT body FROM checkpoints ORDER BY k'))
              yield checkpointOf(text(row, 'body'))
          },
          *records() {
            const sql = `SELECT n, prev, hash, body, ${searchColumnNames.join(', ')} FROM events WHERE n IS NOT NULL ORDER BY n`
            for (const row of database.rows(sql)) yield { record: recordOf(row), row }
          },
          unchained: Number(database.value("SELECT count(*) FROM events WHERE class = 'P0' AND n IS NULL")),
        }),
      ),
    )
  } finally {
    database.close()
  }
}

const checkpointOf = (body: string): Checkpoint | undefined => {
  try {
    return CheckpointBody.parse(JSON.parse(body))
  } catch {
    return undefined
  }
}

// Searching trusts these columns, so they must say what the event says.
const differing = (record: ChainRecord, row: Row): readonly string[] => {
  const event = Event.safeParse(JSON.parse(record.body))
  if (!event.success) return []
  const right = searchColumns(event.data)
  return searchColumnNames.filter((name, at) => {
    const [a, b] = [row[name] ?? null, right[at] ?? null]
    return a instanceof Uint8Array && b instanceof Uint8Array ? !Buffer.from(a).equals(b) : a !== b
  })
}

/** Checks the trail of a store. */
export const verifyStore = (path: string, options: VerifyOptions): AuditReport =>
  withTrail(path, (trail) => {
    const check = verifier(options)
    let at = 0
    for (const checkpoint of trail.checkpoints()) {
      at++
      if (checkpoint === undefined)
        check.integrity.add('checkpoint-unreadable', `Checkpoint ${at} is not readable.`, at)
      else check.checkpoint(checkpoint)
    }
    const witness = readWitness(path)
    if (witness !== undefined) check.witness({ what: 'the witness file', n: witness.n, hash: witness.hash })
    check.witness({ what: 'the head of the chain', ...trail.head })
    for (const { record, row } of trail.records()) {
      const before = check.integrity.verdict().found
      check.record(record)
      if (check.integrity.verdict().found > before) continue
      for (const column of differing(record, row)) {
        check.integrity.add(
          'index-altered',
          `Record ${record.n} is filed under another ${column} than the event says.`,
          record.n,
        )
      }
    }
    if (trail.unchained > 0) {
      check.integrity.add('index-altered', `${trail.unchained} P0 events were taken out of the chain.`)
    }
    return check.report()
  })

/**
 * Writes the trail of a store as JSON lines (audit/jsonl.ts).
 * @param key signs the end line; without it a reader cannot tell that the end was not cut
 */
export const exportStore = (
  path: string,
  key: SigningKey | undefined,
  now: number,
  write: (line: string) => void,
): number =>
  withTrail(path, (trail) => {
    const records = function* () {
      for (const { record } of trail.records()) yield record
    }
    const checkpoints = function* () {
      for (const checkpoint of trail.checkpoints()) if (checkpoint !== undefined) yield checkpoint
    }
    for (const line of exportLines({
      head: trail.head,
      checkpoints: checkpoints(),
      records: records(),
      exported: timestamp(now),
      ...(key && { key }),
    })) {
      write(line)
    }
    return trail.head.n
  })

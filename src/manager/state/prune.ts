/** Objects that ended long ago, and what edges reported about them, are not kept for good. The audit has what was decided. */
import { sql } from 'kysely'
import { type StateStream, stateStreams } from '#schema/link-objects.ts'
import type { Database } from '../database/pool.ts'

/** ms after its end. Whoever was away for longer is given a snapshot of what is in force. */
export const keptStateMs = 90 * 86_400_000
/** Objects of one transaction, for which writers of the stream wait. */
const most = 1000
/** Reports of one statement: an object has one of each edge. */
const mostReports = 10_000
/** Transactions of one pass; the next one goes on. */
const mostTurns = 50

/** Of objects that are over as a whole; one that somebody sends afterwards is one row too many. */
const dropReports = async (db: Database, stream: StateStream, ids: readonly string[], old: Date): Promise<void> => {
  for (;;) {
    const { numAffectedRows } = await sql`
      DELETE FROM state_reports WHERE ctid = ANY(ARRAY(
        SELECT report.ctid FROM state_reports AS report WHERE report.stream = ${stream} AND report.id = ANY(${ids}::text[])
          AND NOT EXISTS (SELECT 1 FROM state_objects AS one
            WHERE one.stream = report.stream AND one.id = report.id AND one.expires >= ${old})
        LIMIT ${mostReports}))`.execute(db)
    if (Number(numAffectedRows ?? 0) < mostReports) return
  }
}

/** The head first, as whoever publishes takes it: an edge that asks meanwhile has less than `pruned` or finds everything. */
const dropObjects = (db: Database, stream: StateStream, revisions: readonly number[]): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const upTo = revisions.reduce((newest, revision) => Math.max(newest, revision), 0)
    await sql`UPDATE state_heads SET pruned = greatest(pruned, ${upTo}) WHERE stream = ${stream}`.execute(tx)
    await sql`DELETE FROM state_objects WHERE stream = ${stream} AND revision = ANY(${revisions}::bigint[])`.execute(tx)
  })

/**
 * One pass over all streams.
 * @param before ms since 1970: what ended then or later stays
 * @returns how many objects went
 */
export const pruneState = async (db: Database, before: number): Promise<number> => {
  const old = new Date(before)
  let count = 0
  for (const stream of stateStreams)
    for (let turn = 0; turn < mostTurns; turn++) {
      const rows = await db
        .selectFrom('state_objects')
        .select(['id', 'revision'])
        .where('stream', '=', stream)
        .where('expires', '<', old)
        .orderBy('expires')
        .limit(most)
        .execute()
      if (rows.length === 0) break
      await dropReports(db, stream, [...new Set(rows.map(({ id }) => id))], old)
      await dropObjects(
        db,
        stream,
        rows.map(({ revision }) => revision),
      )
      count += rows.length
      if (rows.length < most) break
    }
  return count
}

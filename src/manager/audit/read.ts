import type { AuditRow } from '#schema/manager-api.ts'
import type { Database } from '../database/pool.ts'
import { readBody } from './verify.ts'

/** Rows after a number, in order, as the API shows them. */
export const readAudit = async (db: Database, after: number, limit: number): Promise<AuditRow[]> => {
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute()
  return rows.map(({ sequence, time, actor, action, object, body, hash }) => {
    const said = readBody(body)
    return {
      sequence,
      time: time.toISOString(),
      actor,
      action,
      object,
      ...(said?.before === undefined ? {} : { before: said.before }),
      ...(said?.after === undefined ? {} : { after: said.after }),
      hash,
    }
  })
}

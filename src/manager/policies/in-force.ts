/** The policy in force of each site, as other rooms need it: whose an address is, what was agreed, which risks are asked for. */
import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'

export interface PolicyReader {
  /** Revision in force by site; of all sites when none is named. */
  newest(site?: string): Promise<ReadonlyMap<string, number>>
  text(site: string, revision: number): Promise<string | undefined>
}

export const policiesInForce = ({ db }: { readonly db: Database }): PolicyReader => ({
  newest: async (site) => {
    const { rows } = await sql<{ site: string; revision: number }>`
      SELECT site, revision FROM policies_in_force
      WHERE ${site ?? null}::text IS NULL OR site = ${site ?? null} ORDER BY site`.execute(db)
    return new Map(rows.map((row) => [row.site, row.revision]))
  },
  text: async (site, revision) => {
    const { rows } = await sql<{ text: string }>`
      SELECT text FROM policy_revisions WHERE site = ${site} AND revision = ${revision}`.execute(db)
    return rows[0]?.text
  },
})

/** Evidence in the database. */
import { type Selectable, sql } from 'kysely'
import type { IngestedEvent } from '../events/reaction.ts'
import type { Database } from '../database/pool.ts'
import type { RiskEvidenceTable } from '../database/tables/risk.ts'
import type { Tx } from '../audit/trail.ts'
import { evidenceOf } from './evidence-of.ts'
import { familyNames, longestKeptMs } from './families.ts'
import type { Evidence } from './score.ts'

export interface Source {
  readonly site: string
  readonly ip: string
}

/** What a person is shown of a piece of evidence. */
export interface Shown extends Evidence {
  readonly text: string
  readonly edge?: string
  readonly zone?: string
  readonly technique?: string
}

/** Newest pieces of one family and site that count: with so many of them the family is at its cap. */
const most = 200

const shown = (row: Selectable<RiskEvidenceTable>): Shown => ({
  family: row.family,
  key: row.key,
  weight: row.weight,
  at: row.at.getTime(),
  text: row.text,
  ...(row.edge === null ? {} : { edge: row.edge }),
  ...(row.zone === null ? {} : { zone: row.zone }),
  ...(row.technique === null ? {} : { technique: row.technique }),
})

/** Evidence against an address, at every site that has any. */
export const evidenceAgainst = async (
  db: Database | Tx,
  ip: string,
  now: number,
): Promise<ReadonlyMap<string, readonly Shown[]>> => {
  // By family and site, so that much of little worth hides nothing, and no site hides what another has seen.
  const { rows } = await sql<Selectable<RiskEvidenceTable>>`
    SELECT e.* FROM risk_sources AS s CROSS JOIN unnest(${[...familyNames]}::text[]) AS f (family) CROSS JOIN LATERAL (
      SELECT * FROM risk_evidence WHERE ip = ${ip} AND site = s.site AND family = f.family
        AND at > ${new Date(now - longestKeptMs)} ORDER BY at DESC LIMIT ${most}) AS e
    WHERE s.ip = ${ip} ORDER BY e.at DESC`.execute(db)
  const sites = new Map<string, Shown[]>()
  for (const row of rows) {
    const list = sites.get(row.site)
    if (list === undefined) sites.set(row.site, [shown(row)])
    else list.push(shown(row))
  }
  return sites
}

/** Stores what events say, each once. @returns the sources they are about, each once */
export const keepEvidence = async (
  tx: Tx,
  events: readonly IngestedEvent[],
  now: number,
): Promise<readonly Source[]> => {
  const rows = events.flatMap(({ edge, event, received }) =>
    evidenceOf(event, received).map(({ ip, family, weight, key, at, text, technique }) => ({
      site: edge.site,
      ip,
      family,
      key,
      edge: edge.edge,
      zone: event.zone ?? null,
      weight,
      at: new Date(at),
      text,
      technique: technique ?? null,
    })),
  )
  if (rows.length === 0) return []
  await tx
    .insertInto('risk_evidence')
    .values(rows)
    .onConflict((row) => row.doNothing())
    .execute()
  const sources = new Map(rows.map(({ site, ip }) => [`${site} ${ip}`, { site, ip }]))
  // In one order, so that two managers never wait for each other.
  const sorted = [...sources].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source)
  const due = new Date(now)
  await tx
    .insertInto('risk_sources')
    .values(sorted.map((source) => ({ ...source, scored: due, due })))
    .onConflict((row) => row.columns(['site', 'ip']).doUpdateSet({ due }))
    .execute()
  return sorted
}

/** Takes away what no longer counts, and sources of which nothing is left. */
export const forget = async (db: Database, now: number): Promise<void> => {
  await db
    .deleteFrom('risk_evidence')
    .where('at', '<', new Date(now - longestKeptMs))
    .execute()
  await db
    .deleteFrom('risk_sources')
    .where('score', '=', 0)
    .where('told', '=', 0)
    .where('tell', '=', false)
    .where((row) =>
      row.not(
        row.exists(
          row
            .selectFrom('risk_evidence')
            .select('risk_evidence.key')
            .whereRef('risk_evidence.site', '=', 'risk_sources.site')
            .whereRef('risk_evidence.ip', '=', 'risk_sources.ip'),
        ),
      ),
    )
    .execute()
}

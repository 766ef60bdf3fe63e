/** What there is against an address: for people piece by piece, for a score in sums. */
import { type Selectable, sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { RiskEvidenceTable } from '../database/tables/risk.ts'
import type { Tx } from '../audit/trail.ts'
import { families, familyNames, halfLivesKept, longestKeptMs } from './families.ts'
import type { Source } from './rows.ts'
import type { Evidence } from './score.ts'

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

/**
 * What all evidence against some addresses adds now, by address and site: as much and as long as each piece by itself, since what halves
 * with time does so in sum.
 */
export const sumsAgainst = async (
  tx: Tx,
  ips: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, ReadonlyMap<string, readonly Shown[]>>> => {
  const lives = familyNames.map((family) => families[family].halfLife * 3600)
  const { rows } = await sql<Pick<Shown, 'family' | 'weight'> & Source & { readonly pieces: number }>`
    SELECT s.ip, s.site, f.family, count(*) AS pieces,
      sum(e.weight * 2 ^ (-greatest(0, extract(epoch FROM ${new Date(now)}::timestamptz - e.at)::float8) / f.life)) AS weight
    FROM risk_sources AS s CROSS JOIN unnest(${[...familyNames]}::text[], ${lives}::float8[]) AS f (family, life)
    CROSS JOIN LATERAL (
      SELECT weight, at FROM risk_evidence WHERE ip = s.ip AND site = s.site AND family = f.family
        AND at > ${new Date(now)}::timestamptz - make_interval(secs => f.life * ${halfLivesKept}) ORDER BY at DESC LIMIT ${most}) AS e
    WHERE s.ip = ANY(${ips}::text[]) GROUP BY s.ip, s.site, f.family`.execute(tx)
  const found = new Map<string, Map<string, Shown[]>>()
  for (const { ip, site, family, weight, pieces } of rows) {
    const sites = found.get(ip) ?? new Map<string, Shown[]>()
    found.set(ip, sites)
    const list = sites.get(site) ?? []
    sites.set(site, list)
    list.push({ family, key: family, weight, at: now, text: `${pieces} pieces of evidence` })
  }
  return found
}

/** Evidence in the database. */
import { sql } from 'kysely'
import type { IngestedEvent } from '../events/reaction.ts'
import type { Database } from '../database/pool.ts'
import type { Tx } from '../audit/trail.ts'
import type { Placed } from './enough.ts'
import { evidenceOf, type Found } from './evidence-of.ts'
import { columnText } from '../database/text.ts'
import { longestKeptMs } from './families.ts'

export interface Source {
  readonly site: string
  readonly ip: string
}

/** Evidence with the event that it is from. */
export interface Piece extends Placed {
  readonly found: Found
}

/** What events say about their sources. */
export const piecesOf = (events: readonly IngestedEvent[]): Piece[] =>
  events.flatMap(({ edge: { site, edge }, event, received }) =>
    evidenceOf(event, received).map((found) => ({ site, edge, zone: event.zone, found })),
  )

/** Stores them, each once. @returns the sources they are about, each once */
export const keepEvidence = async (tx: Tx, pieces: readonly Piece[], now: number): Promise<readonly Source[]> => {
  const rows = pieces.map(({ site, edge, zone, found: { ip, family, weight, key, at, text, technique } }) => ({
    site,
    ip,
    family,
    key,
    edge,
    zone: zone === undefined ? null : columnText(zone),
    weight,
    at: new Date(at).toISOString(),
    text: columnText(text),
    technique: technique ?? null,
  }))
  if (rows.length === 0) return []
  // One parameter: ten for each of a thousand rows cost more than the rows.
  await sql`
    INSERT INTO risk_evidence (site, ip, family, key, edge, zone, weight, at, text, technique)
    SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::json) AS row (site text, ip text, family text, key text, edge text,
      zone text, weight float8, at timestamptz, text text, technique text)
    ON CONFLICT DO NOTHING`.execute(tx)
  const sources = new Map(rows.map(({ site, ip }) => [`${site} ${ip}`, { site, ip }]))
  // In one order, so that two managers never wait for each other.
  const sorted = [...sources].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, source]) => source)
  await sql`
    INSERT INTO risk_sources (site, ip, scored, due)
    SELECT site, ip, ${new Date(now)}, ${new Date(now)} FROM unnest(
      ${sorted.map(({ site }) => site)}::text[], ${sorted.map(({ ip }) => ip)}::text[]) AS source (site, ip)
    ON CONFLICT (site, ip) DO UPDATE SET due = excluded.due`.execute(tx)
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

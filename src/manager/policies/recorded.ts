/**
 * What edges recorded, as simulation needs it: conversations by day, and what was denied or, in shadow, would have been. The tables
 * belong to the room events.
 */
import { sql } from 'kysely'
import { canonicalIp } from '#core/address.ts'
import type { Database } from '../database/pool.ts'
import { mostFlows, type RecordedFlow } from './simulate.ts'

/** Days back. */
const days = 30
/** Newest events that are looked at: older ones are not needed where there are so many. */
const mostEvents = 50_000
const dayMs = 86_400_000

export interface Shadowed {
  readonly zone: string
  readonly command: boolean
  readonly packets: number
  readonly flows: number
  readonly first: number
  readonly last: number
}

export interface Recorded {
  readonly flows: readonly RecordedFlow[]
  readonly left: number
  readonly shadow: readonly Shadowed[]
}

interface FlowRow {
  edge: string
  kind: string
  source: string
  destination: string
  protocol: string | null
  port: number | null
  packets: string | number
  first: Date
  last: Date
}

/** NUL, and the halves of surrogate pairs, in JSON (RFC 8259, 7), as an expression of PostgreSQL. */
const escapes = String.raw`\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})`

const flowOf = (row: FlowRow): RecordedFlow[] => {
  // An inet shows its prefix; ports count from 1, and 0 stands for none.
  const [source, destination] = [row.source, row.destination].map((text) => canonicalIp(text.split('/')[0] ?? ''))
  if (source === undefined || destination === undefined || row.protocol === null) return []
  return [
    {
      edge: row.edge,
      kind: row.kind,
      source,
      destination,
      protocol: row.protocol,
      ...(row.port === null || row.port === 0 ? {} : { port: row.port }),
      packets: Number(row.packets),
      first: row.first.getTime(),
      last: row.last.getTime(),
    },
  ]
}

const conversations = (db: Database, site: string, since: Date) =>
  sql<FlowRow>`
    SELECT edge, 'conversation' AS kind, source::text, destination::text, protocol, port,
      sum(packets) AS packets, min(first) AS first, max(last) AS last
    FROM conversation_days WHERE site = ${site} AND day >= ${since}::date
    GROUP BY edge, source, destination, protocol, port ORDER BY sum(packets) DESC LIMIT ${mostFlows + 1}`.execute(db)

/**
 * A body as jsonb. It is kept as it was hashed, and may have escapes that jsonb has not: one such event would stop every review of its
 * site. Of those the letters are others, which nothing here reads.
 */
const readable = sql`(CASE WHEN v.body ~ ${escapes}
  THEN regexp_replace(v.body, ${escapes}, ${String.raw`\\ufffd`}, 'g') ELSE v.body END)::jsonb`

/** The newest events of some kinds at the edges of a site. */
const newest = (site: string, kinds: readonly string[], since: Date) => sql`
  SELECT e.name AS edge, v.kind, v.source::text AS source, v.destination::text AS destination, v.count, v.at, ${readable} AS body
  FROM events v JOIN edges e ON e.id = v.edge_id
  WHERE e.site = ${site} AND v.class IN ('P1', 'P2') AND v.kind IN (${sql.join(kinds)}) AND v.at >= ${since}
  ORDER BY v.at DESC LIMIT ${mostEvents}`

const refusals = (db: Database, site: string, since: Date) =>
  sql<FlowRow>`
    SELECT edge, kind, source, destination, body->>'protocol' AS protocol, (body->>'port')::int AS port,
      sum(count) AS packets, min(at) AS first, max(at) AS last
    FROM (${newest(site, ['denial', 'would-deny'], since)}) AS found
    WHERE source IS NOT NULL AND destination IS NOT NULL AND body->>'protocol' IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 7 DESC LIMIT ${mostFlows + 1}`.execute(db)

const shadowed = (db: Database, site: string, since: Date) =>
  sql<{ zone: string; command: boolean; packets: string | number; flows: string | number; first: Date; last: Date }>`
    SELECT coalesce(body->>'zone', body->>'conduit', '') AS zone, kind = 'would-deny-command' AS command,
      sum(count) AS packets, count(DISTINCT (edge, source, destination, body->>'protocol', body->>'port')) AS flows,
      min(at) AS first, max(at) AS last
    FROM (${newest(site, ['would-deny', 'would-deny-command'], since)}) AS found
    GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 500`.execute(db)

/** @param now ms since 1970 */
export const recordedAt = async (db: Database, site: string, now: number): Promise<Recorded> => {
  const since = new Date(now - days * dayMs)
  const [spoken, refused, shadow] = await Promise.all([
    conversations(db, site, since),
    refusals(db, site, since),
    shadowed(db, site, since),
  ])
  const flows = [...spoken.rows, ...refused.rows].flatMap(flowOf).toSorted((a, b) => b.packets - a.packets)
  return {
    flows: flows.slice(0, mostFlows),
    left: Math.max(0, flows.length - mostFlows),
    shadow: shadow.rows.map((row) => ({
      zone: row.zone,
      command: row.command,
      packets: Number(row.packets),
      flows: Number(row.flows),
      first: row.first.getTime(),
      last: row.last.getTime(),
    })),
  }
}

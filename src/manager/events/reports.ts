/** What the sums by the hour say. */
import { type RawBuilder, sql } from 'kysely'
import { Fault } from '#core/errors.ts'
import { eventKinds } from '#schema/event-kinds.ts'
import type { ConduitLedger, FirewallLoad, NoiseReport, ReportQuery } from '#schema/manager-events.ts'
import type { Manager } from '../context.ts'
import { dayMs, hourMs } from './spans.ts'
import { usageKinds } from './sums.ts'

const mostDays = 800
const mostKinds = 5000

interface Span {
  readonly from: string
  readonly to: string
  /** For a table with hour, site and edge. */
  readonly where: RawBuilder<unknown>
}

/** Whole hours, from the beginning of the first to the end of the last. */
const spanOf = (now: number, { from, to, site, edge }: ReportQuery): Span => {
  const end = Math.ceil((to === undefined ? now : Date.parse(to)) / hourMs) * hourMs
  const begin = Math.floor((from === undefined ? end - 7 * dayMs : Date.parse(from)) / hourMs) * hourMs
  if (begin >= end) throw new Fault('usage', 'The report ends before it begins.')
  if (end - begin > mostDays * dayMs) throw new Fault('usage', `A report covers ${mostDays} days at most.`)
  const where = sql`hour >= ${new Date(begin)} AND hour < ${new Date(end)}
    AND (${site ?? null}::text IS NULL OR site = ${site ?? null}) AND (${edge ?? null}::text IS NULL OR edge = ${edge ?? null})`
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString(), where }
}

/** A person has to look at it: warning and above, as syslog has it. */
const alerting = Object.entries(eventKinds)
  .filter(([, { severity }]) => severity >= 5)
  .map(([kind]) => kind)
const usage = Object.values(usageKinds)
const big = (column: string) => sql`least(9007199254740991, coalesce(sum(${sql.ref(column)}), 0))::bigint`

/** Counters of permitted traffic are no noise: nobody would have told each of its packets. */
export const noise = async ({ db, now }: Manager, query: ReportQuery): Promise<NoiseReport> => {
  const { where, from, to } = spanOf(now(), query)
  const { rows: kinds } = await sql<NoiseReport['kinds'][number]>`
    SELECT kind, ${big('packets')} AS packets, ${big('events')} AS events,
      (count(*) FILTER (WHERE kind = ANY(${alerting}::text[]) AND class IN ('P0', 'P1')))::bigint AS alerts,
      ${big('raw')} AS "rawBytes", ${big('bytes')} AS "storedBytes"
    FROM event_hours WHERE ${where} AND kind <> ALL(${usage}::text[])
    GROUP BY kind ORDER BY 3 DESC, kind LIMIT ${mostKinds}`.execute(db)
  const total = { packets: 0, events: 0, alerts: 0, rawBytes: 0, storedBytes: 0 }
  for (const one of kinds)
    for (const name of ['packets', 'events', 'alerts', 'rawBytes', 'storedBytes'] as const)
      total[name] = Math.min(Number.MAX_SAFE_INTEGER, total[name] + one[name])
  return { from, to, total, kinds: kinds.slice(0, query.limit) }
}

export const firewallLoad = async ({ db, now }: Manager, query: ReportQuery): Promise<FirewallLoad> => {
  const { where, from, to } = spanOf(now(), query)
  const { rows: conduits } = await sql<FirewallLoad['conduits'][number]>`
    SELECT site, edge, conduit, ${big('packets')} AS packets, ${big('bytes')} AS bytes FROM conduit_hours
    WHERE ${where} GROUP BY site, edge, conduit ORDER BY 4 DESC, site, edge, conduit LIMIT ${query.limit}`.execute(db)
  const { rows: edges } = await sql<FirewallLoad['edges'][number]>`
    SELECT site, edge, ${big('packets')} AS packets, ${big('bytes')} AS bytes,
      (max(packets) / 3600)::float8 AS "peakPacketsPerSecond"
    FROM (SELECT hour, site, edge, sum(packets) AS packets, sum(bytes) AS bytes FROM conduit_hours
      WHERE ${where} GROUP BY hour, site, edge) AS hours
    GROUP BY site, edge ORDER BY 3 DESC, site, edge LIMIT ${query.limit}`.execute(db)
  return { from, to, conduits, edges }
}

export const ledger = async ({ db, now }: Manager, query: ReportQuery): Promise<ConduitLedger> => {
  const { where, from, to } = spanOf(now(), query)
  const { rows: conduits } = await sql<ConduitLedger['conduits'][number]>`
    WITH use AS (
      SELECT site, conduit, coalesce(sum(seconds) FILTER (WHERE mode IN ('enforce', 'contain')), 0) / 3600.0 AS enforced,
        coalesce(sum(seconds) FILTER (WHERE mode NOT IN ('enforce', 'contain')), 0) / 3600.0 AS watched
      FROM conduit_hours WHERE ${where} GROUP BY site, conduit
    ), denied AS (
      SELECT site, conduit, ${big('packets')} AS packets, ${big('events')} AS events FROM event_hours
      WHERE ${where} AND conduit <> '' AND kind IN ('denial', 'command-denied') GROUP BY site, conduit
    ), wrong AS (
      SELECT site, conduit, ${big('count')} AS packets, count(*) AS events
      FROM (SELECT *, date_trunc('hour', at, 'UTC') AS hour FROM event_judgements) AS judged
      WHERE ${where} AND conduit <> '' AND verdict = 'false-positive' AND kind IN ('denial', 'command-denied')
      GROUP BY site, conduit
    )
    SELECT site, conduit, coalesce(enforced, 0)::float8 AS "hoursEnforced", coalesce(watched, 0)::float8 AS "hoursWatched",
      coalesce(denied.packets, 0) AS denials, coalesce(denied.events, 0) AS "denialEvents",
      coalesce(wrong.packets, 0) AS "falsePackets", coalesce(wrong.events, 0) AS "falseEvents"
    FROM use FULL JOIN denied USING (site, conduit) FULL JOIN wrong USING (site, conduit)
    ORDER BY denials DESC, site, conduit LIMIT ${query.limit}`.execute(db)
  return { from, to, conduits }
}

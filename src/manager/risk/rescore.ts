/** Works out scores anew, and remembers what has to follow; who carries it out is tell.ts and act.ts. */
import { type Selectable, sql } from 'kysely'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { databaseFault } from '../database/pool.ts'
import type { RiskSourcesTable } from '../database/tables/risk.ts'
import { assess, consequence } from './assess.ts'
import type { RiskPorts } from './ports.ts'
import { isPublic } from './public.ts'
import { sumsAgainst } from './against.ts'
import type { Source } from './rows.ts'
import { judged, outsideOf, type Judged, type Outside } from './situation.ts'

interface Limits {
  readonly asked: readonly number[]
  readonly thresholds: readonly number[]
}

/** By site. */
const limitsOf = async (tx: Tx, sites: readonly string[]): Promise<ReadonlyMap<string, Limits>> => {
  const rows = await tx.selectFrom('risk_sites').select(['site', 'asked']).where('site', 'in', sites).execute()
  const thresholds = await tx
    .selectFrom('risk_thresholds')
    .select(['site', 'score'])
    .where('site', 'in', sites)
    .execute()
  return new Map(
    sites.map((site) => [
      site,
      {
        asked: rows.find((row) => row.site === site)?.asked ?? [],
        thresholds: thresholds.filter((row) => row.site === site).map(({ score }) => score),
      },
    ]),
  )
}

/** Sources of one transaction. */
const most = 100

/** Locked in one order, so that two managers never wait for each other. */
const hold = async (tx: Tx, sources: readonly Source[]): Promise<Selectable<RiskSourcesTable>[]> => {
  const given = sql`unnest(${sources.map(({ site }) => site)}::text[], ${sources.map(({ ip }) => ip)}::text[])`
  const { rows } = await sql<Selectable<RiskSourcesTable>>`
    SELECT risk_sources.* FROM risk_sources JOIN ${given} AS given (site, ip) USING (site, ip)
    ORDER BY site, ip FOR UPDATE OF risk_sources`.execute(tx)
  return rows
}

const some = async (
  tx: Tx,
  sources: readonly Source[],
  known: Judged,
  outside: ReadonlyMap<string, Outside>,
  now: number,
): Promise<void> => {
  const rows = await hold(tx, sources)
  if (rows.length === 0) return
  const evidence = await sumsAgainst(tx, [...new Set(rows.map(({ ip }) => ip))], now)
  const limits = await limitsOf(tx, [...new Set(rows.map(({ site }) => site))])
  const found = rows.map((before) => {
    const { site, ip } = before
    const situation = { site, ip, now, evidence: evidence.get(ip) ?? new Map(), ...known, ...outside.get(ip)! }
    const told = { ...before, toldUntil: before.told_until?.getTime() }
    return { site, ip, ...consequence(situation, assess(situation), limits.get(site)!, told) }
  })
  const of = <T>(pick: (one: (typeof found)[number]) => T): T[] => found.map(pick)
  const date = (at: number | undefined) => (at === undefined ? null : new Date(at))
  await sql`
    UPDATE risk_sources SET scored = ${new Date(now)}, score = new.score, band = new.band, until = new.until, tell = new.tell,
      alarm = new.alarm, acted = new.acted, due = new.due
    FROM unnest(${of(({ site }) => site)}::text[], ${of(({ ip }) => ip)}::text[], ${of(({ score }) => score)}::int[],
      ${of(({ band }) => band)}::int[], ${of(({ until }) => date(until))}::timestamptz[], ${of(({ tell }) => tell)}::boolean[],
      ${of(({ alarm }) => alarm)}::int[], ${of(({ acted }) => acted)}::int[], ${of(({ due }) => date(due))}::timestamptz[])
      AS new (site, ip, score, band, until, tell, alarm, acted, due)
    WHERE risk_sources.site = new.site AND risk_sources.ip = new.ip`.execute(tx)
}

/** The same source where it is noticed too: what one site learns counts at the others. */
const elsewhere = async ({ db }: Manager, sources: readonly Source[]): Promise<Source[]> => {
  const ips = [...new Set(sources.map(({ ip }) => ip).filter(isPublic))]
  if (ips.length === 0) return []
  const given = new Set(sources.map(({ site, ip }) => `${site} ${ip}`))
  const found = await db.selectFrom('risk_sources').select(['site', 'ip']).where('ip', 'in', ips).execute()
  return found.filter(({ site, ip }) => !given.has(`${site} ${ip}`))
}

/** Together, and each by itself where that fails: what fails for one source is due again, and holds up no other. */
export const rescore = async (manager: Manager, ports: RiskPorts, sources: readonly Source[]): Promise<void> => {
  if (sources.length === 0) return
  const now = manager.now()
  const known = await judged(manager.db, now)
  const failures: unknown[] = []
  for (let at = 0; at < sources.length; at += most) {
    const part = sources.slice(at, at + most)
    const outside = await outsideOf(manager, ports, [...new Set(part.map(({ ip }) => ip))])
    const write = (these: readonly Source[]) =>
      manager.db.transaction().execute((tx) => some(tx, these, known, outside, now))
    await write(part).catch(async (error: unknown) => {
      if (databaseFault(error) !== undefined || part.length === 1) throw error
      for (const one of part) await write([one]).catch((own: unknown) => failures.push(own))
    })
  }
  if (failures.length > 0) throw failures[0]
}

/** The same, with the other sites that know the source. */
export const rescoreEverywhere = async (
  manager: Manager,
  ports: RiskPorts,
  sources: readonly Source[],
): Promise<void> => rescore(manager, ports, [...sources, ...(await elsewhere(manager, sources))])

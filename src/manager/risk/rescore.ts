/** Works out scores anew, and remembers what has to follow; who carries it out is tell.ts and act.ts. */
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { assess, consequence } from './assess.ts'
import type { RiskPorts } from './ports.ts'
import { isPublic } from './public.ts'
import type { Source } from './rows.ts'
import { judged, outsideOf, situationOf, type Judged, type Outside } from './situation.ts'

interface Limits {
  readonly asked: readonly number[]
  readonly thresholds: readonly number[]
}

const limitsOf = async (tx: Tx, site: string): Promise<Limits> => {
  const row = await tx.selectFrom('risk_sites').select('asked').where('site', '=', site).executeTakeFirst()
  const thresholds = await tx.selectFrom('risk_thresholds').select('score').where('site', '=', site).execute()
  return { asked: row?.asked ?? [], thresholds: thresholds.map(({ score }) => score) }
}

const one = async (tx: Tx, source: Source, known: Judged & Outside, now: number): Promise<void> => {
  const { site, ip } = source
  const before = await tx
    .selectFrom('risk_sources')
    .selectAll()
    .where('site', '=', site)
    .where('ip', '=', ip)
    .forUpdate()
    .executeTakeFirst()
  if (before === undefined) return
  const situation = await situationOf(tx, source, known, now)
  const { score, band, until, tell, alarm, acted, due } = consequence(
    situation,
    assess(situation),
    await limitsOf(tx, site),
    { ...before, toldUntil: before.told_until?.getTime() },
  )
  const date = (at: number | undefined) => (at === undefined ? null : new Date(at))
  await tx
    .updateTable('risk_sources')
    .set({ score, scored: new Date(now), band, until: date(until), tell, alarm, acted, due: date(due) })
    .where('site', '=', site)
    .where('ip', '=', ip)
    .execute()
}

/** The same source where it is noticed too: what one site learns counts at the others. */
const elsewhere = async ({ db }: Manager, sources: readonly Source[]): Promise<Source[]> => {
  const ips = [...new Set(sources.map(({ ip }) => ip).filter(isPublic))]
  if (ips.length === 0) return []
  const given = new Set(sources.map(({ site, ip }) => `${site} ${ip}`))
  const found = await db.selectFrom('risk_sources').select(['site', 'ip']).where('ip', 'in', ips).execute()
  return found.filter(({ site, ip }) => !given.has(`${site} ${ip}`))
}

/** Each in a transaction of its own: what fails for one source is due again, and holds up no other. */
export const rescore = async (manager: Manager, ports: RiskPorts, sources: readonly Source[]): Promise<void> => {
  if (sources.length === 0) return
  const now = manager.now()
  const known = await judged(manager.db, now)
  for (const source of sources) {
    const outside = await outsideOf(manager, ports, source.ip)
    await manager.db.transaction().execute((tx) => one(tx, source, { ...known, ...outside }, now))
  }
}

/** The same, with the other sites that know the source. */
export const rescoreEverywhere = async (
  manager: Manager,
  ports: RiskPorts,
  sources: readonly Source[],
): Promise<void> => rescore(manager, ports, [...sources, ...(await elsewhere(manager, sources))])

/** Risk as people are shown it. */
import type * as z from 'zod'
import type { EvidenceQuery, RiskDetail, RiskQuery, RiskSource } from '#schema/manager-risk.ts'
import type { Manager } from '../context.ts'
import type { Assessed } from './assess.ts'
import { families } from './families.ts'
import type { RiskPorts } from './ports.ts'
import { plainAddress } from './public.ts'
import { assessed } from './situation.ts'

export const listSources = async (
  { db }: Manager,
  { site, min, limit }: z.output<typeof RiskQuery>,
): Promise<RiskSource[]> => {
  const all = db.selectFrom('risk_sources').selectAll().where('score', '>=', min)
  const rows = await (site === undefined ? all : all.where('site', '=', site))
    .orderBy('score', 'desc')
    .orderBy('site')
    .orderBy('ip')
    .limit(limit)
    .execute()
  return rows.map(({ site: at, ip, score, scored, told, alarm }) => ({
    site: at,
    ip,
    score,
    scored: scored.toISOString(),
    told,
    threshold: alarm,
  }))
}

const rounded = (value: number): number => Math.round(value * 100) / 100

const pointsOf = ({ points }: Assessed, limit: number): RiskDetail['evidence'] =>
  points.slice(0, limit).map(({ evidence, age, adds, points: part }) => ({
    family: evidence.family,
    label: families[evidence.family].label,
    key: evidence.key,
    text: evidence.text,
    ...(evidence.edge === undefined ? {} : { edge: evidence.edge }),
    ...(evidence.zone === undefined ? {} : { zone: evidence.zone }),
    ...(evidence.technique === undefined ? {} : { technique: evidence.technique }),
    at: new Date(evidence.at).toISOString(),
    age: Math.round(age / 1000),
    weight: rounded(evidence.weight),
    adds: rounded(adds),
    points: rounded(part),
  }))

/** As it is now, at every site that has evidence against it, or at one. */
export const describe = async (
  manager: Manager,
  ports: RiskPorts,
  { ip: given, site: wanted, limit }: z.output<typeof EvidenceQuery>,
): Promise<RiskDetail[]> => {
  if (given === undefined) return []
  const ip = plainAddress(given) ?? given
  const rows = await manager.db.selectFrom('risk_sources').select('site').where('ip', '=', ip).orderBy('site').execute()
  const details: RiskDetail[] = []
  for (const { site } of rows) {
    if (wanted !== undefined && site !== wanted) continue
    const { situation, assessed: now } = await assessed(manager, ports, { site, ip })
    const techniques = now.points.flatMap(({ evidence: { technique } }) => technique ?? [])
    details.push({
      site,
      ip,
      score: now.score,
      ...(now.veto === undefined ? {} : { veto: now.veto }),
      origin: situation.origin,
      techniques: [...new Set(techniques)].toSorted(),
      evidence: pointsOf(now, limit),
    })
  }
  return details
}

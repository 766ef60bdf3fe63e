/** Everything that is known of a source, read from where it is. */
import type { Database } from '../database/pool.ts'
import type { Tx } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { assess, type Assessed, type Situation } from './assess.ts'
import { originOf, type Origin } from './origin.ts'
import type { ListMatch, RiskPorts } from './ports.ts'
import { isPublic } from './public.ts'
import { evidenceAgainst } from './against.ts'
import type { Source } from './rows.ts'

/** What persons said, the same for every source. */
export interface Judged extends Pick<Situation, 'vetoes' | 'foreign'> {}

const mostVetoes = 10_000

export const judged = async (db: Database | Tx, now: number): Promise<Judged> => {
  const vetoes = await db
    .selectFrom('risk_vetoes')
    .select(['id', 'network', 'site', 'reason', 'until'])
    .where((row) => row.or([row('until', 'is', null), row('until', '>', new Date(now))]))
    .limit(mostVetoes)
    .execute()
  const foreign = await db.selectFrom('risk_origins').select(['kind', 'value']).execute()
  return { vetoes: vetoes.map(({ until, ...veto }) => ({ ...veto, until: until?.getTime() ?? null })), foreign }
}

/** What is asked of others about an address: not within a transaction. */
export interface Outside {
  readonly lists: readonly ListMatch[]
  readonly origin: Origin
}
export const outsideOf = async (
  manager: Manager,
  ports: RiskPorts,
  ips: readonly string[],
): Promise<ReadonlyMap<string, Outside>> => {
  const lists = await ports.listsMatching?.(manager, ips)
  const found = new Map<string, Outside>()
  for (const ip of ips)
    found.set(ip, { lists: lists?.get(ip) ?? [], origin: isPublic(ip) ? await originOf(manager, ip) : {} })
  return found
}

/** Of one source, as it is now. */
export const assessed = async (
  manager: Manager,
  ports: RiskPorts,
  source: Source,
): Promise<{ situation: Situation; assessed: Assessed }> => {
  const now = manager.now()
  const { site, ip } = source
  const outside = await outsideOf(manager, ports, [ip])
  const evidence = await evidenceAgainst(manager.db, ip, now)
  const situation = { site, ip, now, evidence, ...(await judged(manager.db, now)), ...outside.get(ip)! }
  return { situation, assessed: assess(situation) }
}

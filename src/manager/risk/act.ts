/** What a site agreed to do about a source that reaches a threshold. */
import type { Selectable } from 'kysely'
import type { Manager } from '../context.ts'
import type { RiskSourcesTable } from '../database/tables/risk.ts'
import type { Containment } from '../orders/propose.ts'
import type { Assessed } from './assess.ts'
import type { FamilyName } from './families.ts'
import type { RiskPorts } from './ports.ts'
import { assessed } from './situation.ts'

const most = 100
type Row = Selectable<RiskSourcesTable>

/** The event of `responses:` that evidence of a family is. */
const eventOf: Partial<Record<FamilyName, NonNullable<Containment['response']>['event']>> = {
  decoy: 'decoy',
  'decoy-login': 'decoy',
  scan: 'scan',
  'out-of-scope': 'out-of-scope',
  port: 'out-of-scope',
  command: 'out-of-scope',
  'off-hours': 'off-hours',
  'first-seen': 'first-seen',
}

/** What to propose; nothing when no edge of the site saw the source. */
export const containmentOf = ({ site, ip, alarm }: Row, { score, points }: Assessed): Containment | undefined => {
  const seen = points.filter(({ evidence }) => evidence.edge !== undefined)
  const [strongest] = seen
  const newest = seen.toSorted((a, b) => a.age - b.age || (a.evidence.key < b.evidence.key ? 1 : -1))[0]
  if (strongest === undefined || newest === undefined) return undefined
  const { family, zone } = strongest.evidence
  const event = eventOf[family]
  return {
    site,
    edge: newest.evidence.edge ?? '',
    ip,
    key: `risk ${site} ${alarm} ${newest.evidence.key}`.slice(0, 128),
    detected: newest.evidence.at,
    text: `The risk of ${ip} is ${score}, at or above ${alarm}: ${strongest.evidence.text}`.slice(0, 500),
    ...(event === undefined || zone === undefined ? {} : { response: { event, zone } }),
  }
}

/** Another manager was faster. */
const isDone = Symbol('done')

const done = async (manager: Manager, row: Row, action: string, { score, points }: Assessed): Promise<void> => {
  const object = `${row.site} ${row.ip}`
  const change = manager.trail.change(async (tx, write) => {
    const after = {
      score,
      threshold: row.alarm,
      evidence: points.slice(0, 10).map(({ evidence }) => `${evidence.family} ${evidence.key}`),
    }
    await write({ actor: 'risk', action, object, after })
    const { numUpdatedRows } = await tx
      .updateTable('risk_sources')
      .set({ acted: row.alarm })
      .where('site', '=', row.site)
      .where('ip', '=', row.ip)
      .where('acted', '<', row.alarm)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw isDone
  })
  await change.catch((error: unknown) => {
    if (error !== isDone) throw error
  })
  manager.bus.publish('changed', { kind: 'risk', id: object })
}

const actOn = async (manager: Manager, ports: RiskPorts, row: Row): Promise<void> => {
  const threshold = await manager.db
    .selectFrom('risk_thresholds')
    .select('response')
    .where('site', '=', row.site)
    .where('score', '=', row.alarm)
    .executeTakeFirst()
  const { assessed: now } = await assessed(manager, ports, row)
  const containment = threshold?.response === 'contain' ? containmentOf(row, now) : undefined
  if (containment === undefined || ports.propose === undefined) return done(manager, row, 'risk.alert', now)
  // Proposed first: who is killed in between proposes it again under the same key.
  await ports.propose(manager, containment)
  await done(manager, row, 'risk.propose', now)
}

/** @returns how many sources were acted upon */
export const act = async (manager: Manager, ports: RiskPorts): Promise<number> => {
  const rows = await manager.db
    .selectFrom('risk_sources')
    .selectAll()
    .whereRef('alarm', '>', 'acted')
    .orderBy('site')
    .orderBy('ip')
    .limit(most)
    .execute()
  for (const row of rows) await actOn(manager, ports, row)
  return rows.length
}

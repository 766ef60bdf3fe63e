/** What risk does by the clock: falls, policies that ask for something else, and forgetting. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Manager } from '../context.ts'
import { act } from './act.ts'
import { policiesInForce, type PolicyReader } from '../policies/in-force.ts'
import { followPolicies } from './asked.ts'
import { ports, type RiskPorts } from './ports.ts'
import { rescore } from './rescore.ts'
import { forget } from './rows.ts'
import { tell } from './tell.ts'

/** Sources at a time; what is left comes the next time. */
const most = 500
const forgetMs = 3_600_000

/** One round. Managers of one database may do it at the same time: each source is locked while it is looked at. */
export const round = async (
  manager: Manager,
  given: RiskPorts = ports,
  policies: PolicyReader = policiesInForce(manager),
): Promise<void> => {
  await followPolicies(manager, policies)
  const due = await manager.db
    .selectFrom('risk_sources')
    .select(['site', 'ip'])
    .where('due', '<=', new Date(manager.now()))
    .orderBy('due')
    .limit(most)
    .execute()
  await rescore(manager, given, due)
  await tell(manager)
  await act(manager, given)
}

/**
 * Runs until the manager ends.
 * @param everyMs between two rounds
 * @param trouble told what went wrong; the next round tries again
 */
export const startRisk = async (
  manager: Manager,
  trouble: (error: unknown) => void,
  {
    everyMs = 2000,
    given = ports,
    policies = policiesInForce(manager),
  }: { readonly everyMs?: number; readonly given?: RiskPorts; readonly policies?: PolicyReader } = {},
): Promise<void> => {
  let forgot = 0
  while (!manager.ending.aborted) {
    try {
      await round(manager, given, policies)
      if (manager.now() - forgot > forgetMs) {
        forgot = manager.now()
        await forget(manager.db, forgot)
      }
    } catch (error) {
      if (!manager.ending.aborted) trouble(error)
    }
    await sleep(everyMs, undefined, { signal: manager.ending }).catch(() => undefined)
  }
}

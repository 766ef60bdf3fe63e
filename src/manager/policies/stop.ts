import { Fault } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import type { Acting } from './person.ts'
import { restoreDue } from './rollback.ts'
import { stepRollout } from './rollout/step.ts'

/** A person stops a roll-out. @throws Fault `not-found`, or `conflict` when it has ended */
export const stopRollout = async (manager: Manager, who: Acting, id: string, reason: string): Promise<void> => {
  const why = `${who.name}: ${reason}`
  const before = await manager.db.selectFrom('policy_rollouts').select('state').where('id', '=', id).executeTakeFirst()
  if (before === undefined) throw new Fault('not-found', 'There is no such roll-out.')
  if (before.state !== 'running') throw new Fault('conflict', `The roll-out is ${before.state}.`)
  const after = await stepRollout(manager, id, () => ({ type: 'stop', why }), who.actor)
  if (after?.why !== why) throw new Fault('conflict', `The roll-out is ${after?.state ?? 'gone'}.`)
  await restoreDue(manager, id)
}

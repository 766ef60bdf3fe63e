/** Events that are evidence, and what follows from it. */
import type { Reaction } from '../events/reaction.ts'
import { act } from './act.ts'
import { evidenceKinds } from './evidence-of.ts'
import { ports, type RiskPorts } from './ports.ts'
import { rescoreEverywhere } from './rescore.ts'
import { keepEvidence } from './rows.ts'
import { tell } from './tell.ts'

export const riskReactionWith = (given: RiskPorts): Reaction => ({
  name: 'risk',
  kinds: evidenceKinds,
  react: async (manager, events) => {
    const sources = await manager.db.transaction().execute((tx) => keepEvidence(tx, events, manager.now()))
    await rescoreEverywhere(manager, given, sources)
    await tell(manager)
    await act(manager, given)
  },
})

export const riskReaction = riskReactionWith(ports)

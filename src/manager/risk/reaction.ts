/** Events that are evidence, and what follows from it. */
import type { Manager } from '../context.ts'
import type { Reaction } from '../events/reaction.ts'
import { act } from './act.ts'
import { type Enough, openEnough } from './enough.ts'
import { evidenceKinds } from './evidence-of.ts'
import { ports, type RiskPorts } from './ports.ts'
import { rescoreEverywhere } from './rescore.ts'
import { keepEvidence, piecesOf } from './rows.ts'
import { tell } from './tell.ts'

const known = new WeakMap<Manager, Enough>()
const enoughOf = (manager: Manager): Enough => {
  const found = known.get(manager) ?? openEnough()
  known.set(manager, found)
  return found
}

export const riskReactionWith = (given: RiskPorts): Reaction => ({
  name: 'risk',
  kinds: evidenceKinds,
  react: async (manager, events) => {
    const enough = enoughOf(manager)
    const pieces = enough.matters(piecesOf(events))
    // Without new evidence a score only falls, which the clock sees to.
    if (pieces.length === 0) return
    const sources = await manager.db.transaction().execute((tx) => keepEvidence(tx, pieces, manager.now()))
    await rescoreEverywhere(manager, given, sources)
    await tell(manager)
    await act(manager, given)
    // What fails is tried again with the same events: counted then, once.
    enough.kept(pieces)
  },
})

export const riskReaction = riskReactionWith(ports)

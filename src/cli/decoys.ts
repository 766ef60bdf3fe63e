import { examples, type Register } from './command.ts'
import { registerHash } from './decoys/hash.ts'
import { registerList } from './decoys/list.ts'
import { registerOpen } from './decoys/open.ts'
import { registerPlan } from './decoys/plan.ts'
import { registerReplay } from './decoys/replay.ts'
import { registerReturn } from './decoys/return.ts'
import { registerSessions } from './decoys/sessions.ts'
import { registerShuffle } from './decoys/shuffle.ts'

export const register: Register = (program) => {
  const decoys = program.command('decoys').description('plan decoys, and look at those of a running edge')
  examples(
    decoys,
    ['bulkhead decoys plan site.yaml', 'where would decoys stand, and are they enough?'],
    ['bulkhead decoys list', 'which were touched?'],
    ['bulkhead decoys sessions', 'what was said to them?'],
  )
  registerList(decoys)
  registerPlan(decoys)
  registerShuffle(decoys)
  registerReturn(decoys)
  registerSessions(decoys)
  registerReplay(decoys)
  registerOpen(decoys)
  registerHash(decoys)
}

/** Picked up in the middle, and no message found: what comes passes where the conduit fails open. */
import type { Outcome } from './changes.ts'
import type { Counts } from './counts.ts'
import type { Direction, Flow } from './flow.ts'
import type { Told } from './told.ts'

/** Segments let pass while no message is found, before that is told. */
const blindLimit = 16
/** Times that a segment is held back, in a conduit that is closed, before the connection is reset. */
const patience = 3

export const blind = (flow: Flow, dir: Direction, counts: Counts, told: Told): Outcome => {
  const { codec, closedOn, passive, rules } = flow.terms
  const notice = (what: string) =>
    told.noticed(flow, rules[0]?.conduit.id ?? '', `no message of ${codec.vocabulary.title} was found in ${what}`)
  counts.unsynchronised++
  if (++dir.blind === blindLimit) {
    dir.sync = 'lost'
    notice(`${blindLimit} segments of a connection that was open before`)
  }
  if (passive || !closedOn.has('unsynchronised')) return 'pass'
  // It comes again.
  dir.heldLength = 0
  if (dir.blind < patience) return 'drop'
  notice('a connection that was open before: it was reset, since the conduit is closed to what is not synchronised')
  counts.resets++
  return 'reset'
}

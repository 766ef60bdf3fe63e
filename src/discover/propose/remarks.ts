/** Why a proposal has less in it than there was on the wire: what the recordings could not show. */
import { Fault } from '#core/errors.ts'
import type { Conversation, Inventory, Observed } from '../model.ts'
import type { Excluded } from './proposal.ts'

/** An edge records what it denied, or would have: the packets of one end, never an answer. */
export const isRecordOfEdge = ({ evidence, bytes: [there, back] }: Conversation): boolean =>
  evidence.packet === 0 && there === 0 && back === 0

const isEdgeAlone = ({ captures, conversations }: Observed): boolean =>
  captures.length > 0 &&
  captures.every(({ packets, bytes }) => packets > 0 && bytes === 0) &&
  conversations.every(isRecordOfEdge)

const edgeAlone =
  'From records of an edge alone, which never show that a connection was accepted: listen to the wire (`bulkhead discover iface:NAME`) for what is to be permitted.'

const isUnanswered = ({ why }: Excluded): boolean => why === 'unanswered' || why === 'unknown-device'

/** Conversations were seen, and of those that are no sign of an attack nobody answered one. */
const nobodyAnswered = (excluded: readonly Excluded[]): boolean => {
  const left = excluded.filter(({ why }) => why !== 'sign')
  return left.length > 0 && left.every(isUnanswered)
}

/** Sentences for whoever reads a proposal. @param permitted conversations that something is proposed of */
export const remarksOf = (observed: Observed, excluded: readonly Excluded[], permitted: number): readonly string[] => {
  if (isEdgeAlone(observed)) return [edgeAlone]
  if (permitted > 0 || !nobodyAnswered(excluded)) return []
  return [
    'Nothing that was asked was answered in what was recorded: mirror both directions, and every way between the ends.',
  ]
}

const faultOf = (reason: string, advice: string): Fault =>
  new Fault('not-found', `Nothing was seen that a policy could permit: ${reason}.`, { advice })

/** For a policy without anybody in it. */
export const nobody = (observed: Observed, { devices }: Inventory, excluded: readonly Excluded[]): Fault => {
  if (isEdgeAlone(observed))
    return faultOf(
      'records of an edge alone never show that a connection was accepted',
      'Listen to the wire (`bulkhead discover iface:NAME`) for what is to be permitted.',
    )
  if (!devices.some(({ silent, ips }) => !silent && ips.length > 0))
    return faultOf(
      'no device with an IP address spoke',
      'Capture where IP traffic passes, for longer, and run `bulkhead discover` on it.',
    )
  if (nobodyAnswered(excluded))
    return faultOf(
      'nothing that was asked was answered',
      'Mirror both directions of the port, and every way between the two ends, and run `bulkhead discover` again.',
    )
  return faultOf(
    'whoever spoke did nothing but what was excluded',
    'Look at the signs (`bulkhead assess`), say who belongs there (`bulkhead assets set`), and listen for longer.',
  )
}

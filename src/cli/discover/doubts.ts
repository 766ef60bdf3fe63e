/** Signs that a recording shows less than was on the wire: a switch that mirrors one direction, a way that leads past it. */
import type { Conversation, Observed } from '#discover/model.ts'

/** Packets of one end without one of the other from which on it was there, and was not recorded: TCP gives up before. */
const leastPackets = 20
/** Share of the conversations that are looked at from which on it is more than a device that does not answer. */
const share = 0.1

/** Records of an edge have no packets, and say nothing of answers. */
const isRecorded = ({ evidence }: Conversation): boolean => evidence.packet > 0

const isOneWay = ({ packets: [there, back] }: Conversation): boolean => there === 0 || back === 0

/** Sentences for a person; none where the recordings look whole. */
export const doubtsOf = ({ conversations }: Pick<Observed, 'conversations'>): readonly string[] => {
  const looked = conversations.filter(
    (one) =>
      one.transport === 'tcp' && one.cast === 'unicast' && Math.max(...one.packets) >= leastPackets && isRecorded(one),
  )
  const oneWay = looked.filter(isOneWay)
  if (oneWay.length === 0 || oneWay.length < looked.length * share) return []
  const [first] = oneWay
  const example = first === undefined ? '' : `, such as ${first.client} to ${first.server} port ${first.port ?? ''}`
  return [
    `Of ${oneWay.length} of ${looked.length} TCP connections only one direction was recorded${example}. Mirror both directions, and every way between the two ends: what is not answered is not proposed.`,
  ]
}

/** One client reads object after object once, beside others that poll a device regularly. */
import { sortedUnique } from '#core/order.ts'
import type { Command, Conversation, Sign } from '../model.ts'
import { about, count, isRegular, technique } from './sign.ts'

/** Different objects read once from which on it is a search, and no page of a screen that an operator opened. */
const manyObjects = 24
/** Times that one object may be read and still count as once: a request may be repeated when its answer is lost. */
const once = 2

/** How many different objects a row stands for: one, unless more than are told apart were put together. */
const objectsIn = ({ folded, spans, count: times }: Command): number => {
  if (!folded) return 1
  const sizes = Object.values(spans).map((ranges) => ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0))
  return Math.min(times, Math.max(1, ...sizes))
}

const isOnce = (command: Command): boolean =>
  (command.risk === 'read' || command.risk === 'discover') &&
  command.from === 'client' &&
  !isRegular(command.rhythm) &&
  command.count <= objectsIn(command) * once

const polls = ({ commands }: Conversation): boolean =>
  commands.some(({ risk, rhythm }) => risk === 'read' && isRegular(rhythm))

/** Sweeps over registers, points or units. Without a regular poll of the device nothing tells a sweep from a start. */
export const sweeps = (conversations: readonly Conversation[]): readonly Sign[] =>
  [
    ...Map.groupBy(conversations, ({ vlan, server, protocol }) => `${vlan} ${server} ${protocol ?? ''}`).values(),
  ].flatMap((all) => {
    const polling = all.filter(polls)
    if (polling.length === 0) return []
    return all.flatMap((conversation): readonly Sign[] => {
      const reads = conversation.commands.filter(isOnce)
      const objects = reads.reduce((sum, each) => sum + objectsIn(each), 0)
      if (objects < manyObjects) return []
      const { vlan, client, server, protocol = '', id } = conversation
      const own = polls(conversation)
      return [
        {
          kind: 'sweep',
          techniques: [technique.pointAndTagIdentification, technique.remoteSystemInformationDiscovery],
          vlan,
          source: client,
          targets: [server],
          // Its regular polls stay normal where it has some.
          conversations: own ? [] : [id],
          commands: sortedUnique(reads.map((each) => each.id)),
          text: `${client} read ${count(objects, 'object')} of ${server} with ${protocol} once each, while ${own ? 'it' : (polling[0]?.client ?? '')} polls regularly`,
          confidence: 0.75,
          ...about(reads),
        },
      ]
    })
  })

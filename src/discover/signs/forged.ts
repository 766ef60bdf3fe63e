/** Writes that are not what a client is there for, or not its own. */
import { sortedUnique } from '#core/order.ts'
import type { Command, Conversation, Sign } from '../model.ts'
import { acts } from './masters.ts'
import { about, count, isRegular, messagesOf, some, technique } from './sign.ts'
import { isRange, manyWrites, rareWrites, usualOf, type Values } from './usual.ts'

/** Share of its conversation's messages up to which a write is rare. */
const rareShare = 0.01

const hull = (commands: readonly Command[]): Values | undefined => {
  const all = commands.flatMap((command) =>
    [usualOf(command)?.usual ?? command.values].filter((one) => one !== undefined),
  )
  return all.length === 0 ? undefined : [Math.min(...all.map(([low]) => low)), Math.max(...all.map(([, high]) => high))]
}

/** Further away from the usual values than these are wide. */
const isFar = (values: Values | undefined, regular: Values | undefined): boolean => {
  if (values === undefined || regular === undefined) return false
  const width = Math.max(1, regular[1] - regular[0])
  return values[1] > regular[1] + width || values[0] < regular[0] - width
}

const forgedSign = (
  { vlan, client, server }: Conversation,
  commands: readonly Command[],
  more: Pick<Sign, 'text' | 'confidence' | 'values'>,
): Sign => ({
  kind: 'forged-write',
  techniques: [technique.unauthorizedCommandMessage, technique.manipulationOfControl],
  vlan,
  source: client,
  targets: [server],
  conversations: [],
  commands: sortedUnique(commands.map(({ id }) => id)),
  ...more,
  ...about(commands),
})

const rangeText = ([low, high]: Values) => (low === high ? String(low) : `${low} to ${high}`)

/** Values that one place never has otherwise: its command is normal but for them. */
const strangeValues = (conversation: Conversation): readonly Sign[] =>
  conversation.commands.filter(acts).flatMap((command) => {
    const found = usualOf(command)
    if (found === undefined) return []
    const { usual, strange, times } = found
    return [
      forgedSign(conversation, [command], {
        values: strange.map((value) => [value, value]),
        text: `${command.op} to ${conversation.server} from ${conversation.client} with ${some(strange.map(String))}, ${count(times, 'time')}: otherwise it writes ${rangeText(usual)} there`,
        confidence: 0.6,
      }),
    ]
  })

/** Rare commands, far from what is written otherwise with the same one, or of a client whose address is claimed twice. */
const strangeCommands = (conversation: Conversation, twice: boolean): readonly Sign[] => {
  const { commands, clientMacs, client, server } = conversation
  const total = messagesOf(commands)
  const forged = commands.filter((each) => {
    if (!acts(each) || isRegular(each.rhythm)) return false
    if (each.count > rareWrites || each.count > Math.max(1, total * rareShare)) return false
    const usual = commands.filter(
      (other) => other.op === each.op && ((other.count >= manyWrites && isRegular(other.rhythm)) || isRange(other)),
    )
    return twice || isFar(each.values, hull(usual))
  })
  if (forged.length === 0) return []
  const ops = sortedUnique(forged.map(({ op }) => op))
  return [
    forgedSign(conversation, forged, {
      text: `${some(ops)} to ${server} in the polls of ${client}, ${count(messagesOf(forged), 'time')}: ${twice ? `two Ethernet addresses (${some(clientMacs)}) speak as this client` : 'far from what it usually writes'}`,
      confidence: twice ? 0.8 : 0.6,
    }),
  ]
}

/**
 * Writes in a conversation of regular polls that are not its own.
 * @param disputed `vlan address` of clients that two Ethernet addresses claim
 */
export const forgedWrites = (conversations: readonly Conversation[], disputed: ReadonlySet<string>): readonly Sign[] =>
  conversations.flatMap((conversation): readonly Sign[] => {
    const { commands, clientMacs, client, vlan } = conversation
    if (!commands.some(({ risk, rhythm }) => risk === 'read' && isRegular(rhythm))) return []
    const twice = clientMacs.length > 1 && disputed.has(`${vlan} ${client}`)
    return [...strangeCommands(conversation, twice), ...strangeValues(conversation)]
  })

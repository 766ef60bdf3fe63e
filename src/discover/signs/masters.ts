/** Commands from who is not the master of a device. */
import { sortedUnique } from '#core/order.ts'
import type { Command, Conversation, Sign } from '../model.ts'
import { about, count, isRegular, messagesOf, some, technique } from './sign.ts'

/** Messages of a master below which it is no baseline that others could be measured by. */
const baseline = 50
/** Share of the master's messages that a further client stays below. */
const fewMessages = 0.05
/** Share of the master's time after which a client is late. A capture that begins in the middle shows all at once. */
const late = 0.1

/** It changes something. */
export const acts = ({ risk, from }: Command): boolean =>
  from === 'client' && (risk === 'write' || risk === 'control' || risk === 'program')

interface Party {
  readonly client: string
  readonly conversations: readonly Conversation[]
  readonly commands: readonly Command[]
  readonly first: number
  readonly last: number
  readonly regular: boolean
}

const partyOf = (client: string, conversations: readonly Conversation[]): Party => {
  const commands = conversations.flatMap((each) => each.commands)
  return {
    client,
    conversations,
    commands,
    first: conversations.reduce((best, { first }) => Math.min(best, first), Number.POSITIVE_INFINITY),
    last: conversations.reduce((best, { last }) => Math.max(best, last), 0),
    regular: commands.some(({ rhythm, risk }) => risk !== 'session' && isRegular(rhythm)),
  }
}

const isNew = (party: Party, master: Party): boolean =>
  !party.regular &&
  party.commands.some(acts) &&
  messagesOf(party.commands) <= messagesOf(master.commands) * fewMessages &&
  party.first > master.first + (master.last - master.first) * late

/** A further client that writes or controls beside a regular master: late, irregular, and with few messages. */
export const newMasters = (conversations: readonly Conversation[]): readonly Sign[] =>
  [
    ...Map.groupBy(
      conversations.filter(({ commands, cast }) => cast === 'unicast' && commands.length > 0),
      ({ vlan, server, protocol }) => `${vlan} ${server} ${protocol ?? ''}`,
    ).values(),
  ].flatMap((all) => {
    const parties = [...Map.groupBy(all, ({ client }) => client)].map(([client, list]) => partyOf(client, list))
    const masters = parties.filter(({ regular, commands }) => regular && messagesOf(commands) >= baseline)
    const master = masters.toSorted((a, b) => messagesOf(b.commands) - messagesOf(a.commands))[0]
    const [one] = all
    if (master === undefined || one === undefined) return []
    return parties
      .filter((party) => isNew(party, master))
      .map((party): Sign => {
        const acting = party.commands.filter(acts)
        const ops = sortedUnique(acting.map(({ op }) => op))
        return {
          kind: 'new-master',
          techniques: [technique.unauthorizedCommandMessage, technique.modifyParameter],
          vlan: one.vlan,
          source: party.client,
          targets: [one.server],
          conversations: sortedUnique(party.conversations.map(({ id }) => id)),
          commands: sortedUnique(acting.map(({ id }) => id)),
          text: `${party.client} sent ${some(ops)} to ${one.server} ${count(messagesOf(acting), 'time')}, whose regular master is ${master.client}`,
          confidence: 0.7,
          ...about(party.conversations),
        }
      })
  })

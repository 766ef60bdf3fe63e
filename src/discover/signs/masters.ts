/** Commands from who is not the master of a device, or who only says so. */
import type { Command, Conversation, Sign } from '../model.ts'
import { about, count, isRegular, messagesOf, some, sortedUnique, technique } from './sign.ts'

/** Messages of a master below which it is no baseline that others could be measured by. */
const baseline = 50
/** Share of the master's messages that a further client stays below. */
const fewMessages = 0.05
/** Share of the master's time after which a client is late. A capture that begins in the middle shows all at once. */
const late = 0.1
/** Writes that are rare beside regular ones: this many, and this share of the messages. */
const rareWrites = 3
const rareShare = 0.01
/** Regular writes that make a range of values. */
const manyWrites = 20

const acts = ({ risk, from }: Command): boolean =>
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

const hull = (commands: readonly Command[]): readonly [number, number] | undefined =>
  commands.reduce<readonly [number, number] | undefined>(
    (best, { values }) =>
      values === undefined
        ? best
        : best === undefined
          ? values
          : [Math.min(best[0], values[0]), Math.max(best[1], values[1])],
    undefined,
  )

/** Further away from the regular values than these are wide. */
const isFar = (
  values: readonly [number, number] | undefined,
  regular: readonly [number, number] | undefined,
): boolean => {
  if (values === undefined || regular === undefined) return false
  const width = Math.max(1, regular[1] - regular[0])
  return values[1] > regular[1] + width || values[0] < regular[0] - width
}

/**
 * Writes in a conversation of regular polls that are not its own: rare, and far from what is regularly written with the same
 * command, or of a client whose address another Ethernet address claims too.
 * @param disputed `vlan address` of clients that two Ethernet addresses claim
 */
export const forgedWrites = (conversations: readonly Conversation[], disputed: ReadonlySet<string>): readonly Sign[] =>
  conversations.flatMap((conversation): readonly Sign[] => {
    const { commands, clientMacs, client, server, vlan } = conversation
    if (!commands.some(({ risk, rhythm }) => risk === 'read' && isRegular(rhythm))) return []
    const total = messagesOf(commands)
    const rare = commands.filter(
      (each) =>
        acts(each) &&
        !isRegular(each.rhythm) &&
        each.count <= rareWrites &&
        each.count <= Math.max(1, total * rareShare),
    )
    const twice = clientMacs.length > 1 && disputed.has(`${vlan} ${client}`)
    const forged = rare.filter((each) => {
      const regular = commands.filter(
        (other) => other.op === each.op && other.count >= manyWrites && isRegular(other.rhythm),
      )
      return twice || isFar(each.values, hull(regular))
    })
    if (forged.length === 0) return []
    const ops = sortedUnique(forged.map(({ op }) => op))
    return [
      {
        kind: 'forged-write',
        techniques: [technique.unauthorizedCommandMessage, technique.manipulationOfControl],
        vlan,
        source: client,
        targets: [server],
        conversations: [],
        commands: sortedUnique(forged.map(({ id }) => id)),
        text: `${some(ops)} to ${server} in the polls of ${client}, ${count(messagesOf(forged), 'time')}: ${twice ? `two Ethernet addresses (${some(clientMacs)}) speak as this client` : 'far from what it regularly writes'}`,
        confidence: twice ? 0.8 : 0.6,
        ...about(forged),
      },
    ]
  })

/** The plant as the rules of an assessment look at it: conversations with the devices at both ends, without what is a sign of attack. */
import type { Kind, Command, Conversation, Device, Evidence, Inventory, Observed, Sign } from '../model.ts'

/** A conversation that took place, and who had it. */
export interface Talk {
  readonly conversation: Conversation
  readonly client: Device
  readonly server: Device
  /** Without those that a sign names. */
  readonly commands: readonly Command[]
}

export interface View {
  readonly observed: Observed
  readonly inventory: Inventory
  readonly signs: readonly Sign[]
  /** Unicast and answered, both ends known, named by no sign. */
  readonly talks: readonly Talk[]
  readonly byClient: ReadonlyMap<Device, readonly Talk[]>
  readonly byServer: ReadonlyMap<Device, readonly Talk[]>
  /** The first packet of any conversation that an address has a part in; else the one that told something of it. */
  readonly firstOf: (vlan: number, address: string) => readonly Evidence[]
}

/** Devices that act on the process or measure it, or decide about it without a person. */
const fieldKinds: ReadonlySet<Kind> = new Set(['plc', 'rtu', 'sis', 'drive', 'io', 'sensor', 'robot', 'meter', 'relay'])
/** What connects others: it has a part in nobody's level. */
export const networkKinds: ReadonlySet<Kind> = new Set(['switch', 'router', 'firewall'])

export const isField = ({ kind }: Device): boolean => fieldKinds.has(kind.value)
/** On the levels where a wrong packet moves something: process, control and supervision. */
export const isInPlant = ({ level, kind }: Device): boolean => level.value < 3 && !networkKinds.has(kind.value)

/** The zone that a person gave it; else its level stands for one. */
export const zoneOf = ({ told, level }: Device): string => told?.zone ?? `level-${level.value}`

/** A command that its protocol does not list: it counts as the worst in a policy, and nobody can say what it did. */
export const isUnlisted = ({ op }: Command): boolean => op.split('-').includes('unlisted')

/** Somebody answered: a packet back that is more than the refusal of a TCP opening. */
const isAnswered = ({ packets, accepted, opened, transport }: Conversation): boolean =>
  transport === 'tcp' && opened > 0 ? accepted > 0 : packets[1] > 0

/** Items in groups, in the order of their first. */
export const grouped = <T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> => {
  const found = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const list = found.get(key)
    if (list === undefined) found.set(key, [item])
    else list.push(item)
  }
  return found
}

export const distinct = <T>(items: readonly T[]): readonly T[] => [...new Set(items)]

export const viewOf = (observed: Observed, inventory: Inventory, signs: readonly Sign[]): View => {
  const named = new Set(signs.flatMap(({ conversations }) => conversations))
  const namedCommands = new Set(signs.flatMap(({ commands }) => commands))
  const talks = observed.conversations.flatMap((conversation): readonly Talk[] => {
    if (conversation.cast !== 'unicast' || named.has(conversation.id)) return []
    const client = inventory.at(conversation.vlan, conversation.client)
    const server = inventory.at(conversation.vlan, conversation.server)
    if (client === undefined || server === undefined || client === server) return []
    const commands = conversation.commands.filter(({ id }) => !namedCommands.has(id))
    return isAnswered(conversation) || commands.length > 0 ? [{ conversation, client, server, commands }] : []
  })
  const first = new Map<string, Evidence>()
  for (const { vlan, client, server, evidence } of observed.conversations)
    for (const address of [client, server]) {
      const key = `${vlan} ${address}`
      const before = first.get(key)
      if (before === undefined || evidence.at < before.at) first.set(key, evidence)
    }
  for (const { vlan, address, evidence } of observed.facts) {
    const key = `${vlan} ${address}`
    if (!first.has(key)) first.set(key, evidence)
  }
  return {
    observed,
    inventory,
    signs,
    talks,
    byClient: grouped(talks, ({ client }) => client),
    byServer: grouped(talks, ({ server }) => server),
    firstOf: (vlan, address) => {
      const evidence = first.get(`${vlan} ${address}`)
      return evidence === undefined ? [] : [evidence]
    },
  }
}

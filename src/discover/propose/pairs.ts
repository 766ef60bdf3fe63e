/** Who talks to whom with which service: what conduits are made of. */
import { isProtocolName, vocabularies, type ProtocolName } from '#protocols/index.ts'
import type { Vocabulary } from '#core/protocol.ts'
import type { Command, Conversation, Device } from '../model.ts'
import type { Kept } from './kept.ts'
import { isCompanion, isReport, protocolAt, servedOf } from './services.ts'

export interface Pair {
  readonly client: Device
  readonly server: Device
  readonly service: string
  readonly protocol?: ProtocolName
  readonly commands: readonly Command[]
  readonly engineering: readonly Command[]
  readonly conversations: readonly Conversation[]
  /** Nothing was taken out of it; where commands are told apart, of one of its conversations. */
  readonly whole: boolean
}

const pairKey = (a: Device, b: Device, service: string) => `${a.vlan} ${a.id} ${b.id} ${service}`

const combined = (kept: readonly Kept[], client: Device, server: Device, service: string): Pair => {
  const protocol = isProtocolName(service) ? service : undefined
  return {
    client,
    server,
    service,
    ...(protocol === undefined ? {} : { protocol }),
    commands: kept.flatMap(({ commands }) => (protocol === undefined ? [] : commands)),
    engineering: kept.flatMap(({ engineering }) => engineering),
    conversations: kept.map(({ conversation }) => conversation),
    whole:
      protocol === undefined
        ? kept.every(({ whole }) => whole)
        : kept.some(({ whole, commands }) => whole && commands.length > 0),
  }
}

const messages = ({ commands }: Kept) => commands.reduce((all, { count }) => all + count, 0)

/** Two directions of one protocol whose other end only reports are one conduit; the busier end is the client. */
const folded = (kept: readonly Kept[], protocol: ProtocolName): ReadonlyMap<Kept, Kept> => {
  const main = new Map(kept.map((each) => [pairKey(each.client, each.server, protocol), each]))
  const into = new Map<Kept, Kept>()
  for (const each of kept) {
    const other = main.get(pairKey(each.server, each.client, protocol))
    if (other === undefined || into.has(other) || !isReport(protocol, each)) continue
    if (!isCompanion(protocol, other.conversation, each.conversation)) continue
    const both = isReport(protocol, other)
    const later =
      messages(each) < messages(other) || (messages(each) === messages(other) && each.client.id > other.client.id)
    if (!both || later) into.set(each, other)
  }
  return into
}

/**
 * Conversations as pairs. What a protocol's own companion flows cover is part of it, and what was emptied of its commands is
 * nothing to permit, but may be something to decide about.
 */
export const pairsOf = (unicast: readonly Kept[]): readonly Pair[] => {
  const served = unicast.flatMap((kept) => {
    const of = servedOf(kept)
    return of === undefined ? [] : [{ kept, ...of }]
  })
  const redirected = new Map<Kept, Kept>()
  for (const [protocol, list] of Map.groupBy(served, (each) => each.protocol))
    if (protocol !== undefined)
      for (const [from, to] of folded(
        list.map(({ kept }) => kept),
        protocol,
      ))
        redirected.set(from, to)
  const groups = Map.groupBy(served, ({ kept, service }) => {
    const { client, server } = redirected.get(kept) ?? kept
    return pairKey(client, server, service)
  })
  const pairs = [...groups.values()].flatMap((list): Pair[] => {
    const first = list.find(({ kept }) => !redirected.has(kept)) ?? list[0]
    if (first === undefined) return []
    const { client, server } = first.kept
    return [
      combined(
        list.map(({ kept }) => kept),
        client,
        server,
        first.service,
      ),
    ]
  })
  return withoutCompanions(withoutUnread(pairs))
}

/**
 * A device with several addresses may be asked at one of them and only connected to at another. A conduit for the bare port would permit
 * every command at all of them, so what was read of the protocol stands for both.
 */
const withoutUnread = (pairs: readonly Pair[]): readonly Pair[] => {
  const keyOf = ({ client, server }: Pair, protocol = '') => pairKey(client, server, protocol)
  const bare = Map.groupBy(pairs, (pair) => keyOf(pair, pair.protocol === undefined ? protocolAt(pair.service) : ''))
  const isRead = ({ protocol, commands, engineering }: Pair) =>
    protocol !== undefined && commands.length + engineering.length > 0
  const read = new Set(pairs.filter(isRead).map((pair) => keyOf(pair, pair.protocol)))
  return pairs.flatMap((pair) => {
    if (pair.protocol === undefined) return read.has(keyOf(pair, protocolAt(pair.service))) ? [] : [pair]
    if (!isRead(pair)) return [pair]
    const more = (bare.get(keyOf(pair, pair.protocol)) ?? []).flatMap(({ conversations }) => conversations)
    return [more.length === 0 ? pair : { ...pair, conversations: [...pair.conversations, ...more] }]
  })
}

const ports = (service: string) => /^(tcp|udp)\/\d+$/.test(service)

const withoutCompanions = (pairs: readonly Pair[]): readonly Pair[] => {
  const between = Map.groupBy(pairs, ({ client, server }) => [client.id, server.id].toSorted().join(' '))
  return pairs.filter((pair) => {
    if (!ports(pair.service)) return true
    const others = between.get([pair.client.id, pair.server.id].toSorted().join(' ')) ?? []
    return !pair.conversations.every((conversation) =>
      others.some(
        ({ protocol, conversations, commands }) =>
          protocol !== undefined &&
          commands.length > 0 &&
          conversations.some((main) => isCompanion(protocol, main, conversation)),
      ),
    )
  })
}

/** Whether there is anything to permit in a pair: a service as such, or commands that are more than a session around what is not. */
export const isPermittable = ({ protocol, commands, whole }: Pair): boolean => {
  if (protocol === undefined) return whole
  const vocabulary: Vocabulary = vocabularies[protocol]
  return commands.length > 0 && (whole || commands.some(({ op }) => vocabulary.ops[op]?.risk !== 'session'))
}

/** Pairs of devices with the same profile as one conduit between groups. */
import { byText } from '#core/order.ts'
import type { ProtocolName } from '#protocols/index.ts'
import type { Command, Conversation, Device } from '../model.ts'
import type { Pair } from './pairs.ts'
import { profileOf, type Permit, type Profile } from './profile.ts'
import { together, type Shared } from './values.ts'

/** One conduit to be: every client may ask every server for all of the profile. */
export interface Block {
  readonly clients: readonly Device[]
  readonly servers: readonly Device[]
  readonly service: string
  readonly protocol?: ProtocolName
  /** Empty: the whole service. */
  readonly profile: Profile
  readonly commands: readonly Command[]
  readonly conversations: readonly Conversation[]
}

const byId = (a: Device, b: Device) => byText(a.id, b.id)
const orderOf = ({ clients, servers, service }: Block) => `${idsOf(clients)} ${idsOf(servers)} ${service}`
const idsOf = (devices: readonly Device[]) => devices.map(({ id }) => id).join(' ')

/** A profile without the values written, which need only be alike. */
const shapeOf = (profile: Profile): string =>
  JSON.stringify(profile.map(({ op, numbers, names, values }) => [op, numbers, names, values === undefined]))

/** Values of both profiles of one shape, entry by entry, when all are alike; else undefined. */
const unite = (a: readonly Shared[], b: readonly Shared[]): readonly Shared[] | undefined => {
  const united = a.map((range, i): Shared => together(range, b[i] ?? {}) ?? {})
  return united.every(({ values }, i) => values !== undefined || a[i]?.values === undefined) ? united : undefined
}

const unique = (devices: readonly Device[]): readonly Device[] => [...new Set(devices)].toSorted(byId)

const joinedBlock = (members: readonly Block[], ranges: readonly Shared[]): readonly Block[] => {
  const [first] = members
  if (first === undefined || members.length === 1) return members
  const permits = first.profile.map(({ values: _own, narrowest: _narrowest, ...permit }, i): Permit => {
    const same = members.flatMap(({ profile }) => profile[i] ?? [])
    return {
      ...permit,
      ...ranges[i],
      count: same.reduce((sum, { count }) => sum + count, 0),
      commands: same.flatMap(({ commands }) => commands),
    }
  })
  return [
    {
      ...first,
      clients: unique(members.flatMap(({ clients }) => clients)),
      servers: unique(members.flatMap(({ servers }) => servers)),
      profile: permits,
      commands: members.flatMap(({ commands }) => commands),
      conversations: members.flatMap(({ conversations }) => conversations),
    },
  ]
}

/** Blocks that `key` puts together become one as far as their values are alike. */
const merge = (blocks: readonly Block[], key: (block: Block) => string): readonly Block[] =>
  [...Map.groupBy(blocks, (block) => `${block.service}\n${shapeOf(block.profile)}\n${key(block)}`).values()].flatMap(
    (alike) => {
      const groups: { members: Block[]; ranges: readonly Shared[] }[] = []
      for (const block of alike) {
        const last = groups.at(-1)
        const ranges = last === undefined ? undefined : unite(last.ranges, block.profile)
        if (last === undefined || ranges === undefined) groups.push({ members: [block], ranges: block.profile })
        else {
          last.members.push(block)
          last.ranges = ranges
        }
      }
      return groups.flatMap(({ members, ranges }) => joinedBlock(members, ranges))
    },
  )

/** Safety systems are kept from others: what reaches one is read alone. */
const safety = ({ servers }: Block) => String(servers.some(({ kind }) => kind.value === 'sis'))

/**
 * The conduits for these pairs. No client gains a server by being put into a group: clients are joined that have the same
 * servers, and servers that have the same clients, with the same profile.
 */
export const blocksOf = (pairs: readonly Pair[]): readonly Block[] => {
  const single = pairs
    .map((pair): Block => {
      const { client, server, service, protocol, commands, conversations } = pair
      const isSafety = server.kind.value === 'sis'
      return {
        clients: [client],
        servers: [server],
        service,
        ...(protocol === undefined ? {} : { protocol }),
        profile: protocol === undefined ? [] : profileOf(protocol, commands, isSafety),
        commands,
        conversations,
      }
    })
    .toSorted((a, b) => byText(orderOf(a), orderOf(b)))
  const bySource = merge(single, (block) => `${safety(block)} ${idsOf(block.clients)}`)
  const byTarget = merge(single, (block) => `${safety(block)} ${idsOf(block.servers)}`)
  const first = merge(bySource, (block) => `${safety(block)} ${idsOf(block.servers)}`)
  const second = merge(byTarget, (block) => `${safety(block)} ${idsOf(block.clients)}`)
  return first.length <= second.length ? first : second
}

/** Which service of a policy a conversation is, and which conversations only go along with another. */
import type { Companion, Vocabulary } from '#core/protocol.ts'
import { cidrContains } from '#core/address.ts'
import { isProtocolName, vocabularies, type ProtocolName } from '#protocols/index.ts'
import { etherTypes } from '#protocols/layer2.ts'
import type { Conversation } from '../model.ts'
import type { Kept } from './kept.ts'
import { isIp } from './wire-type.ts'

export interface Served {
  readonly service: string
  /** Its commands can be judged. */
  readonly protocol?: ProtocolName
}

/** Of its messages, the share that is not this protocol or encrypted beyond which it is taken for a mere port. */
const foreignShare = 0.1
const foreign: readonly string[] = ['not-protocol', 'opaque']

/** IP protocol numbers: IANA. */
const icmp = [1, 58]
/** ICMP messages that ask: echo, timestamp, address mask; RFC 792, RFC 4443. */
const asking = new Set([8, 13, 17, 128])

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)

/** Whether most of what was said can be read as the protocol. */
const isReadable = ({ conversation: { commands, faults } }: Kept): boolean => {
  const read = sum(commands.map(({ count }) => count))
  const strange = sum(foreign.map((why) => faults[why] ?? 0))
  return read > 0 && strange <= (read + strange) * foreignShare
}

export const etherTypeName = (etherType: number): string =>
  Object.entries(etherTypes).find(([, value]) => value === etherType)?.[0] ??
  `ethertype/0x${etherType.toString(16).padStart(4, '0')}`

/** The service of a unicast conversation; undefined where policy needs none, as for errors and infrastructure. */
export const servedOf = (kept: Kept): Served | undefined => {
  const { conversation } = kept
  const { proto, port, transport, protocol, etherType } = conversation
  if (!isIp(conversation)) return etherType < 0x600 ? undefined : { service: etherTypeName(etherType) }
  if (proto !== undefined && icmp.includes(proto)) return asking.has(port ?? 0) ? { service: 'icmp' } : undefined
  if (transport === undefined || port === undefined)
    return proto === undefined || proto === 6 || proto === 17 ? undefined : { service: `ip/${proto}` }
  // DHCP passes in every mode.
  if (transport === 'udp' && [67, 68, 546, 547].includes(port)) return undefined
  if (port < 1 || port > 65_535) return undefined
  if (protocol !== undefined && isProtocolName(protocol) && isReadable(kept)) {
    const vocabulary: Vocabulary = vocabularies[protocol]
    const own = vocabulary.ports.some((one) => one.transport === transport && one.port === port)
    if (own) return { service: protocol, protocol }
  }
  return { service: `${transport}/${port}` }
}

/** The protocol whose own port a service such as `tcp/502` is. */
export const protocolAt = (service: string): string | undefined =>
  Object.values<Vocabulary>(vocabularies).find(({ ports }) =>
    ports.some(({ transport, port }) => service === `${transport}/${port}`),
  )?.name

const matches = ({ transport, port }: Companion, conversation: Conversation) =>
  conversation.transport === transport && conversation.port === port

/** Whether the service of `main` permits a further conversation between the same two. */
export const isCompanion = (
  protocol: ProtocolName,
  main: Pick<Conversation, 'client' | 'server'>,
  other: Conversation,
): boolean =>
  vocabularies[protocol].companions.some((companion: Companion) => {
    const [from, to] = companion.from === 'client' ? [main.client, main.server] : [main.server, main.client]
    return (
      matches(companion, other) &&
      other.client === from &&
      (companion.multicast === undefined ? other.server === to : cidrContains(companion.multicast, other.server))
    )
  })

/** Whether everything said in a conversation may be said by the server of the other direction. */
export const isReport = (protocol: ProtocolName, { commands, engineering }: Kept): boolean => {
  const vocabulary: Vocabulary = vocabularies[protocol]
  return [...commands, ...engineering].every(
    ({ op, from }) => from === 'server' || vocabulary.ops[op]?.from !== undefined,
  )
}

/** What a conduit's `service:` text stands for on the wire. */
import { etherTypes } from '#protocols/layer2.ts'
import { vocabularies, type ProtocolName } from '#protocols/index.ts'
import type { Vocabulary } from '#core/protocol.ts'
import type { Site } from '#schema/site.ts'
import { protocolNumbers, type Family, type Ports } from './plan.ts'

/** One direction of a service: who sends its first packet, with what. */
export interface Flow {
  readonly from: 'client' | 'server'
  /** IP protocol number; absent: any. */
  readonly proto?: number
  /** Absent: any port, or a protocol without ports. */
  readonly ports?: Ports
  readonly family?: Family
  /** Destination network when the flow is multicast. */
  readonly multicast?: string
  /** Who opens it answers in it: the other end asks. */
  readonly reversed?: true
  /** It only goes along with what the service is about. */
  readonly companion?: true
}

export interface Service {
  readonly flows: readonly Flow[]
  readonly etherTypes: readonly number[]
  /** Name of the protocol whose commands can be judged. */
  readonly protocol?: ProtocolName
}

const numberOf = (transport: 'tcp' | 'udp') => protocolNumbers[transport]
const isProtocol = (name: string): name is ProtocolName => Object.hasOwn(vocabularies, name)

const familyOf = (network: string): Family => (network.includes(':') ? 6 : 4)

const fromVocabulary = (protocol: ProtocolName): Service => {
  const vocabulary: Vocabulary = vocabularies[protocol]
  const requests = vocabulary.ports.map(({ transport, port }): Flow => ({
    from: 'client',
    proto: numberOf(transport),
    ports: [[port, port]],
  }))
  const companions = vocabulary.companions.map(({ transport, port, from, multicast, reversed }): Flow => ({
    from,
    proto: numberOf(transport),
    ports: [[port, port]],
    ...(multicast === undefined ? {} : { multicast, family: familyOf(multicast) }),
    ...(reversed === undefined ? {} : { reversed }),
    companion: true,
  }))
  return { flows: [...requests, ...companions], etherTypes: [], protocol }
}

/** `tcp/502`, `udp/5000-5010`; undefined when it is something else or out of range. */
export const parsePortText = (text: string): { readonly proto: number; readonly ports: Ports } | undefined => {
  const match = /^(tcp|udp)\/(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  if (match === null) return undefined
  const from = Number(match[2])
  const to = Number(match[3] ?? match[2])
  if (from < 1 || to > 65535 || from > to) return undefined
  return { proto: match[1] === 'tcp' ? 6 : 17, ports: [[from, to]] }
}

/**
 * Reads a service: a protocol name, `tcp/1234`, `udp/1000-1010`, `tcp/any`, `icmp`, `ip/89`, `any`, `ethertype/0x8892`, the name of
 * an EtherType (`profinet`) or a group of ports.
 * @returns undefined when it names nothing known
 */
export const parseService = (text: string, groups: Site['groups']): Service | undefined => {
  if (isProtocol(text)) return fromVocabulary(text)
  if (text === 'any') return { flows: [{ from: 'client' }], etherTypes: [] }
  if (text === 'tcp/any' || text === 'udp/any')
    return { flows: [{ from: 'client', proto: text === 'tcp/any' ? 6 : 17 }], etherTypes: [] }
  if (text === 'icmp')
    return {
      flows: [
        { from: 'client', proto: protocolNumbers.icmp, family: 4 },
        { from: 'client', proto: protocolNumbers.icmpv6, family: 6 },
      ],
      etherTypes: [],
    }
  const port = parsePortText(text)
  if (port !== undefined) return { flows: [{ from: 'client', ...port }], etherTypes: [] }
  const ip = /^ip\/(\d{1,3})$/.exec(text)
  if (ip !== null && Number(ip[1]) < 256) return { flows: [{ from: 'client', proto: Number(ip[1]) }], etherTypes: [] }
  const etherType = /^ethertype\/0x([0-9a-f]{4})$/i.exec(text)
  if (etherType !== null) {
    const value = Number.parseInt(etherType[1] ?? '', 16)
    return value >= 0x600 ? { flows: [], etherTypes: [value] } : undefined
  }
  const named = Object.entries(etherTypes).find(([name]) => name === text)
  if (named !== undefined) return { flows: [], etherTypes: [named[1]] }
  const group = Object.hasOwn(groups, text) ? groups[text] : undefined
  if (group?.ports !== undefined) {
    const flows = group.ports.map(parsePortText)
    return flows.every((flow) => flow !== undefined)
      ? { flows: flows.map((flow) => ({ from: 'client', ...flow })), etherTypes: [] }
      : undefined
  }
  return undefined
}

/** What a running edge recorded, as a recording: who tried what, or would have been denied it. Packets that it permits are not in it. */
import { Services } from '#discover/observe/orientation.ts'
import { conversationKey, type ConversationSum, type Recording } from '#discover/observe/recording.ts'
import { Summary } from '#discover/observe/summary.ts'
import { ipProtocols } from '#packet/numbers.ts'
import type { Event, EventEnd } from '#schema/event.ts'

const noSums = { count: 0, sum: 0, squares: 0 } as const

const transports: Readonly<Record<string, number>> = {
  tcp: ipProtocols.tcp,
  udp: ipProtocols.udp,
  icmp: ipProtocols.icmp,
}

const addressOf = (end: EventEnd | undefined): string | undefined => end?.ip ?? end?.mac

interface Place {
  readonly etherType: number
  readonly proto?: number
  readonly transport?: 'tcp' | 'udp'
  readonly port?: number
}

/** Of events without a service nothing is known but the ends. */
const placeOf = ({ protocol = '', port }: Event, isIp6: boolean): Place | undefined => {
  if (protocol.startsWith('0x')) return { etherType: Number.parseInt(protocol, 16) }
  const proto = transports[protocol] ?? Number(protocol)
  if (protocol === '' || !Number.isInteger(proto)) return undefined
  const transport = protocol === 'tcp' || protocol === 'udp' ? protocol : undefined
  return {
    etherType: isIp6 ? 0x86dd : 0x0800,
    proto,
    ...(transport === undefined ? {} : { transport }),
    ...(port === undefined ? {} : { port }),
  }
}

const none = { sentBytes: 0, receivedBytes: 0 } as const

const add = (event: Event, capture: string, summary: Summary, conversations: Map<string, ConversationSum>): void => {
  const { source, destination, count } = event
  const [client, server] = [addressOf(source), addressOf(destination)]
  const [first, last] = [Date.parse(event.first), Date.parse(event.last)]
  const vlan = source?.vlan ?? 0
  const sends = { ...none, sent: count, received: 0 }
  if (client !== undefined) summary.endpoint(vlan, client, sends, first, last)
  if (source?.mac !== undefined && source.ip !== undefined) {
    summary.endpoint(vlan, source.mac, sends, first, last)
    summary.bind(vlan, source.mac, source.ip, { packets: count, claims: 0 }, first, last)
  }
  if (client === undefined || server === undefined) return
  summary.endpoint(vlan, server, { ...none, sent: 0, received: count }, first, last)
  const place = placeOf(event, client.includes(':') && source?.ip !== undefined)
  if (place === undefined) return
  const ends = { vlan, client, server, ...place }
  const key = conversationKey(ends)
  const known = conversations.get(key)
  if (known !== undefined) {
    known.packets = [known.packets[0] + count, known.packets[1]]
    known.first = Math.min(known.first, first)
    known.last = Math.max(known.last, last)
    return
  }
  conversations.set(key, {
    ...ends,
    clientMacs: source?.mac === undefined ? [] : [source.mac],
    serverMacs: destination?.mac === undefined ? [] : [destination.mac],
    cast: 'unicast',
    certain: true,
    packets: [count, 0],
    bytes: [0, 0],
    opened: place.proto === ipProtocols.tcp ? count : 0,
    accepted: 0,
    rejected: 0,
    clientPorts: 1,
    pace: noSums,
    faults: {},
    first,
    last,
    evidence: { capture, packet: 0, at: first },
  })
}

/** Kinds of events that stand for packets. */
export const packetKinds = [
  'denial',
  'containment',
  'would-deny',
  'would-contain',
  'spoof',
  'layer2',
  'first-seen',
] as const

/**
 * @param events in the order of happening, none of them in the state already
 * @param name of the edge, with its site
 */
export const recordingOf = (events: readonly Event[], name: string): Recording => {
  const summary = new Summary(name, new Services({ has: () => false }))
  const conversations = new Map<string, ConversationSum>()
  for (const event of events) add(event, name, summary, conversations)
  const times = events.flatMap(({ first, last }) => [Date.parse(first), Date.parse(last)])
  return {
    capture: {
      name,
      digest: `${name} ${events.at(-1)?.id ?? ''}`,
      packets: events.reduce((sum, { count }) => sum + count, 0),
      bytes: 0,
      first: times.reduce((a, b) => Math.min(a, b), Infinity),
      last: times.reduce((a, b) => Math.max(a, b), 0),
      skipped: [],
    },
    endpoints: summary.endpoints,
    bindings: summary.bindings,
    facts: new Map(),
    conversations,
    commands: new Map(),
    limits: summary.limits,
  }
}

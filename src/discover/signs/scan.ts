/** One source that tries many addresses or ports, and hardly anybody answers. */
import { sortedUnique } from '#core/order.ts'
import type { Conversation, Sign } from '../model.ts'
import { about, count, serviceText, some, technique } from './sign.ts'

/** Addresses tried in vain from which on it is no longer a list of devices that are switched off. */
const manyHosts = 8
/** Ports of one address tried in vain: no client of a device tries this many services. */
const manyPorts = 10
/** Share of what it tried that must have been in vain. */
const inVainShare = 0.5
/** Packets to one service up to which it was tried and not used. A client that waits for a device tries again and again. */
const probePackets = 6
/** ARP requests, and requests in a second, from which on it is a sweep: a host that starts asks for its neighbours, not for the subnet. */
const manyArp = 64
const arpPerSecond = 4

const arp = 0x0806
const isEcho = ({ proto, port }: Conversation) => (proto === 1 && port === 8) || (proto === 58 && port === 128)

const isProbe = ({ packets: [there], commands }: Conversation): boolean =>
  there <= probePackets &&
  commands.every(({ risk, count: times }) => times <= 2 && (risk === 'discover' || risk === 'session'))

/** Nobody took it up: no answer, or a refusal. */
const isInVain = (conversation: Conversation): boolean => {
  const { transport, opened, accepted, rejected, packets, commands } = conversation
  if (commands.some(({ answered }) => answered > 0)) return false
  if (transport === 'tcp') return accepted === 0 && opened > 0 && (rejected > 0 || packets[1] === 0)
  return packets[1] === 0
}

interface Found {
  readonly targets: readonly string[]
  readonly conversations: readonly Conversation[]
  readonly text: string
}

const hostScan = (probes: readonly Conversation[], all: readonly Conversation[]): Found | undefined => {
  const inVain = probes.filter(isInVain)
  const hosts = sortedUnique(inVain.map(({ server }) => server))
  if (hosts.length < manyHosts || inVain.length < all.length * inVainShare) return undefined
  const services = sortedUnique(inVain.map(serviceText))
  return {
    targets: sortedUnique(probes.map(({ server }) => server)),
    conversations: probes,
    text: `tried ${count(hosts.length, 'address', 'addresses')} (${some(hosts)}) on ${some(services)} and was not answered`,
  }
}

const portScans = (probes: readonly Conversation[]): readonly Found[] =>
  [...Map.groupBy(probes, ({ server }) => server)].flatMap(([server, tried]) => {
    const inVain = tried.filter(isInVain)
    const ports = sortedUnique(inVain.map(serviceText))
    return ports.length < manyPorts || inVain.length < tried.length * inVainShare
      ? []
      : [
          {
            targets: [server],
            conversations: tried,
            text: `tried ${count(ports.length, 'port')} of ${server} (${some(ports)}) that nobody serves`,
          },
        ]
  })

/** Echo requests to many: who is there is what they are for, so that being answered does not make it less of a sweep. */
const pingSweep = (probes: readonly Conversation[]): Found | undefined => {
  const echoes = probes.filter(isEcho)
  const hosts = sortedUnique(echoes.map(({ server }) => server))
  return hosts.length < manyHosts || !echoes.some(isInVain)
    ? undefined
    : {
        targets: hosts,
        conversations: echoes,
        text: `sent echo requests to ${count(hosts.length, 'address', 'addresses')} (${some(hosts)})`,
      }
}

/**
 * ARP requests are broadcast, so that whom they ask for is not known of each: many of them in little time are a sweep, since what
 * was answered is remembered and not asked for again.
 */
const arpSweep = (all: readonly Conversation[]): Found | undefined => {
  const asked = all.filter(
    ({ etherType, cast, packets: [there], first, last }) =>
      etherType === arp && cast === 'broadcast' && there >= manyArp && there >= ((last - first) / 1000) * arpPerSecond,
  )
  const requests = asked.reduce((sum, { packets }) => sum + packets[0], 0)
  return asked.length === 0
    ? undefined
    : {
        targets: [],
        conversations: asked,
        text: `asked by ARP for ${count(requests, 'address', 'addresses')} in a row`,
      }
}

/** Scans of hosts and ports, and sweeps with ARP and echo requests. */
export const scans = (conversations: readonly Conversation[]): readonly Sign[] =>
  [...Map.groupBy(conversations, ({ vlan, client }) => `${vlan} ${client}`).values()].flatMap((all) => {
    const [first] = all
    if (first === undefined) return []
    const unicast = all.filter(({ cast, etherType }) => cast === 'unicast' && etherType !== arp)
    const probes = unicast.filter(isProbe)
    const others = unicast.filter((each) => !isEcho(each))
    const tried = others.filter(isProbe)
    const found = [hostScan(tried, others), ...portScans(tried), pingSweep(probes), arpSweep(all)]
    return found.flatMap((each): readonly Sign[] =>
      each === undefined
        ? []
        : [
            {
              kind: 'scan',
              techniques: [technique.remoteSystemDiscovery],
              vlan: first.vlan,
              source: first.client,
              targets: each.targets,
              conversations: sortedUnique(each.conversations.map(({ id }) => id)),
              commands: [],
              text: `${first.client} ${each.text}`,
              confidence: 0.9,
              ...about(each.conversations),
            },
          ],
    )
  })

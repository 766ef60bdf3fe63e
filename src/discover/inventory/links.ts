/** Which Ethernet address carried which IP address, on one VLAN. */
import type { Binding, Conversation, Endpoint, Observed } from '../model.ts'
import { isLinkLocal4, isMac, isUnicast } from './addresses.ts'

export interface Link {
  readonly mac: string
  readonly ip: string
  packets: number
  claims: number
  first: number
  last: number
  /** Only sent to: nothing with both as its source was seen. */
  readonly weak: boolean
}

/** All of one VLAN: a device is on one VLAN, since policies tell devices apart by it. */
export interface Segment {
  readonly vlan: number
  /** Addresses that a device can have, of IP and Ethernet. */
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly byMac: ReadonlyMap<string, readonly Link[]>
  readonly byIp: ReadonlyMap<string, readonly Link[]>
}

interface Growing {
  readonly vlan: number
  readonly endpoints: Map<string, Endpoint>
  readonly byMac: Map<string, Link[]>
  readonly byIp: Map<string, Link[]>
}

export const listIn = <K, V>(map: Map<K, V[]>, key: K): V[] => {
  let list = map.get(key)
  if (list === undefined) map.set(key, (list = []))
  return list
}

/** Two rows about one address are one row, so that it does not matter how a state was put together. */
const addEndpoint = (segment: Growing, endpoint: Endpoint): void => {
  const known = segment.endpoints.get(endpoint.address)
  segment.endpoints.set(
    endpoint.address,
    known === undefined
      ? endpoint
      : {
          ...known,
          first: Math.min(known.first, endpoint.first),
          last: Math.max(known.last, endpoint.last),
          sent: known.sent + endpoint.sent,
          received: known.received + endpoint.received,
          sentBytes: known.sentBytes + endpoint.sentBytes,
          receivedBytes: known.receivedBytes + endpoint.receivedBytes,
        },
  )
}

const addLink = (segment: Growing, link: Link): void => {
  const known = segment.byIp.get(link.ip)?.find(({ mac }) => mac === link.mac)
  if (known === undefined) {
    listIn(segment.byMac, link.mac).push(link)
    listIn(segment.byIp, link.ip).push(link)
    return
  }
  known.packets += link.packets
  known.claims += link.claims
  known.first = Math.min(known.first, link.first)
  known.last = Math.max(known.last, link.last)
}

/** A probe for 169.254.0.0/16 claims an address that nobody has yet. */
const isReal = ({ mac, ip, packets }: Binding): boolean =>
  isMac(mac) && isUnicast(mac) && isUnicast(ip) && !(packets === 0 && isLinkLocal4(ip))

/** Where an address never was a source, the Ethernet addresses it was sent to at say where it is. */
function* weakLinks(
  { server, serverMacs, client, clientMacs, first, last }: Conversation,
  bound: ReadonlySet<string> | undefined,
): Iterable<Link> {
  for (const [ip, macs] of [
    [server, serverMacs],
    [client, clientMacs],
  ] as const) {
    if (bound?.has(ip) === true || isMac(ip) || !isUnicast(ip)) continue
    for (const mac of macs)
      if (isMac(mac) && isUnicast(mac)) yield { mac, ip, packets: 0, claims: 0, first, last, weak: true }
  }
}

/** All bits of the host set, in a network of four addresses or more. Some send to everybody's Ethernet address and to one IP. */
const mayBeBroadcast = (address: string): boolean => (Number(address.slice(address.lastIndexOf('.') + 1)) & 3) === 3

/** @returns the VLANs by number */
export const segmentsOf = ({ endpoints, bindings, conversations }: Observed): readonly Segment[] => {
  const segments = new Map<number, Growing>()
  const segmentOf = (vlan: number): Growing => {
    const known = segments.get(vlan)
    if (known !== undefined) return known
    const made = { vlan, endpoints: new Map(), byMac: new Map(), byIp: new Map() }
    segments.set(vlan, made)
    return made
  }
  const groups = new Set<string>()
  for (const { vlan, server, cast } of conversations)
    if (cast !== 'unicast' && mayBeBroadcast(server)) groups.add(`${vlan} ${server}`)
  for (const endpoint of endpoints) {
    const { vlan, address, sent } = endpoint
    // The last address of a network only is a broadcast address when it was used as one.
    if (isUnicast(address) && !(sent === 0 && groups.has(`${vlan} ${address}`))) addEndpoint(segmentOf(vlan), endpoint)
  }
  for (const binding of bindings)
    if (isReal(binding)) {
      const { vlan, mac, ip, packets, claims, first, last } = binding
      addLink(segmentOf(vlan), { mac, ip, packets, claims, first, last, weak: false })
    }
  const bound = new Map([...segments].map(([vlan, { byIp }]) => [vlan, new Set(byIp.keys())]))
  for (const conversation of conversations) {
    if (conversation.cast !== 'unicast') continue
    const { vlan } = conversation
    for (const link of weakLinks(conversation, bound.get(vlan))) addLink(segmentOf(vlan), link)
  }
  return [...segments.values()].toSorted((a, b) => a.vlan - b.vlan)
}

/** What each device does, as far as its conversations show it: whom it serves, whom it asks, and for what. */
import type { Risk } from '#core/protocol.ts'
import type { Conversation } from '../model.ts'

/** One service that a device serves, or asks others for. */
export interface Part {
  readonly service: string
  readonly protocol?: string
  /** Devices at the other end. */
  readonly peers: Set<number>
  /** Addresses at the other end, which may be groups. */
  readonly addresses: Set<string>
  readonly counts: Record<Risk, number>
  /** Commands that change a program, by name. */
  readonly programOps: Set<string>
  /** Something came back. */
  answered: boolean
  /** Shortest mean distance of what is asked regularly, ms. */
  cycleMs: number
}

export interface Activity {
  readonly serves: Map<string, Part>
  readonly asks: Map<string, Part>
  readonly peers: Set<number>
}

const noCounts = (): Record<Risk, number> => ({
  read: 0,
  write: 0,
  control: 0,
  program: 0,
  discover: 0,
  session: 0,
  file: 0,
})

/** Opaque, unlisted and reserved commands may be anything: they show no engineer at work. */
const isUnknownOp = /opaque|unlisted|reserved|signed|secure|authenticat/

/** 802.1D bridges send to this address; with EtherType 0 it is the spanning tree. */
const bridgeGroup = '01:80:c2:00:00:00'
const ciscoGroup = '01:00:0c:cc:cc:cc'

/** The name of what a conversation is about: a protocol, `tcp/80`, `ip/89`, `ethertype/0x88b8`, `stp`, `cdp`. */
export const serviceOf = (one: Conversation): string => {
  const { protocol, transport, port, proto, etherType, server } = one
  if (transport === 'udp' && port === 2222) return 'enip-io'
  if (protocol !== undefined) return protocol
  if (transport !== undefined && port !== undefined) return `${transport}/${port}`
  if (proto !== undefined) return `ip/${proto}`
  if (server === bridgeGroup) return 'stp'
  if (server === ciscoGroup) return 'cdp'
  return `ethertype/0x${etherType.toString(16).padStart(4, '0')}`
}

const partIn = (parts: Map<string, Part>, service: string, protocol: string | undefined): Part => {
  const known = parts.get(service)
  if (known !== undefined) return known
  const made: Part = {
    service,
    ...(protocol !== undefined && { protocol }),
    peers: new Set(),
    addresses: new Set(),
    counts: noCounts(),
    programOps: new Set(),
    answered: false,
    cycleMs: Infinity,
  }
  parts.set(service, made)
  return made
}

/** Distances between packets that are this regular, as deviation by mean, are a cycle. */
const regular = 0.25
const minCycles = 10

const addTo = (part: Part, one: Conversation, other: number | undefined, address: string, back: boolean): void => {
  if (other !== undefined) part.peers.add(other)
  part.addresses.add(address)
  if (back) part.answered = true
  const { rhythm } = one
  if (rhythm !== undefined && rhythm.count >= minCycles && rhythm.deviationMs <= rhythm.meanMs * regular)
    part.cycleMs = Math.min(part.cycleMs, rhythm.meanMs)
  for (const { from, risk, op, count } of one.commands) {
    // What a server reports was asked for by its client, whoever sends it.
    if (from === 'server' && risk !== 'read') continue
    if (risk === 'program' && isUnknownOp.test(op)) continue
    part.counts[risk] += count
    if (risk === 'program') part.programOps.add(op)
  }
}

/** A TCP connection whose beginning was not seen is taken to have been accepted. */
const wasAnswered = ({ proto, packets, opened, accepted, commands }: Conversation): boolean =>
  packets[1] > 0 &&
  (proto !== 6 || accepted > 0 || opened === 0 || commands.some(({ answered, refused }) => answered + refused > 0))

/** Connections that were opened and never accepted are nothing that two devices do with each other. */
const isRefused = ({ proto, accepted, opened, rejected, commands }: Conversation): boolean =>
  proto === 6 && commands.length === 0 && accepted === 0 && (rejected > 0 || opened > 0)

/**
 * @param find the index of the device that has an address, or undefined
 * @returns for each device by its index
 */
export const activitiesOf = (
  conversations: readonly Conversation[],
  count: number,
  find: (vlan: number, address: string) => number | undefined,
): readonly Activity[] => {
  const all = Array.from({ length: count }, (): Activity => ({ serves: new Map(), asks: new Map(), peers: new Set() }))
  for (const one of conversations) {
    if (isRefused(one)) continue
    const [client, server] = [find(one.vlan, one.client), find(one.vlan, one.server)]
    const [asker, asked] = [all[client ?? -1], all[server ?? -1]]
    const [service, back] = [serviceOf(one), wasAnswered(one)]
    if (asker !== undefined) addTo(partIn(asker.asks, service, one.protocol), one, server, one.server, back)
    if (asked !== undefined) addTo(partIn(asked.serves, service, one.protocol), one, client, one.client, back)
    if (client === undefined || server === undefined || client === server) continue
    asker?.peers.add(server)
    asked?.peers.add(client)
  }
  return all
}

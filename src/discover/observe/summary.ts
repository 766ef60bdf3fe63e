/** From conversations by their exact ends to those of a client with a service: sums of one recording. */
import { isMulticast } from '#core/address.ts'
import type { Transport } from '#core/protocol.ts'
import { ipProtocols } from '#packet/numbers.ts'
import type { Connection } from './connection.ts'
import type { Evidence } from '../model.ts'
import { addSums } from './pace.ts'
import {
  cutShort,
  conversationKey,
  earlier,
  mostMacs,
  type BindingSum,
  type ConversationSum,
  type EndpointSum,
} from './recording.ts'
import { destinationOf, orientationOf, sourceOf, type Services } from './orientation.ts'

/** Rows of one kind that are told apart in one recording: more than a site has, and little enough for any machine. */
const mostRows = 50_000
/** Where there is no room, those go of which no more packets than this were seen: they may be forged, and the others are not. */
const few = 4

const noSums = { count: 0, sum: 0, squares: 0 } as const
const broadcast = 'ff:ff:ff:ff:ff:ff'

export class Summary {
  readonly endpoints = new Map<string, EndpointSum>()
  readonly bindings = new Map<string, BindingSum>()
  readonly conversations = new Map<string, ConversationSum>()
  readonly limits = new Set<string>()
  /** Of which kinds little could be swept, and in which turn. */
  readonly #swept = new Map<string, number>()
  #sweep = 0
  readonly #capture: string
  readonly #services: Services

  constructor(capture: string, services: Services) {
    this.#capture = capture
    this.#services = services
  }

  add(connection: Connection): void {
    const { sides, names, vlan, first, last } = connection
    const macs: [string[], string[]] = [[], []]
    for (const side of [0, 1] as const) {
      const [mine, others] = side === 0 ? sides : [sides[1], sides[0]]
      const name = names[side]
      const sends = { sent: mine.packets, sentBytes: mine.bytes }
      const receives = { received: others.packets, receivedBytes: others.bytes }
      this.endpoint(vlan, name, { ...sends, ...receives }, first, last)
      const from = sourceOf(mine)
      const to = destinationOf(others)
      macs[side] = [...new Set([from, to, ...(mine.macs ?? [])])].filter((mac) => mac !== '')
      if (from !== '' && from !== name) {
        this.endpoint(vlan, from, { ...sends, received: 0, receivedBytes: 0 }, first, last)
        this.bind(vlan, from, name, { packets: mine.packets, claims: 0 }, first, last)
      }
      if (to !== '' && to !== name) this.endpoint(vlan, to, { ...receives, sent: 0, sentBytes: 0 }, first, last)
    }
    this.#conversation(connection, macs)
  }

  bind(
    vlan: number,
    mac: string,
    ip: string,
    { packets, claims }: { readonly packets: number; readonly claims: number },
    first: number,
    last: number,
  ): void {
    const key = `${vlan} ${mac} ${ip}`
    const known = this.bindings.get(key)
    if (known === undefined) {
      if (this.#hasRoom('pairs of Ethernet and IP addresses', this.bindings, (row) => row.packets + row.claims))
        this.bindings.set(key, { vlan, mac, ip, packets, claims, first, last })
      return
    }
    known.packets += packets
    known.claims += claims
    known.first = Math.min(known.first, first)
    known.last = Math.max(known.last, last)
  }

  endpoint(
    vlan: number,
    address: string,
    traffic: { sent: number; received: number; sentBytes: number; receivedBytes: number },
    first: number,
    last: number,
  ): void {
    const key = `${vlan} ${address}`
    const known = this.endpoints.get(key)
    if (known === undefined) {
      if (this.#hasRoom('addresses', this.endpoints, (row) => row.sent + row.received))
        this.endpoints.set(key, { vlan, address, ...traffic, first, last })
      return
    }
    known.sent += traffic.sent
    known.received += traffic.received
    known.sentBytes += traffic.sentBytes
    known.receivedBytes += traffic.receivedBytes
    known.first = Math.min(known.first, first)
    known.last = Math.max(known.last, last)
  }

  #conversation(connection: Connection, macs: readonly [readonly string[], readonly string[]]): void {
    const { vlan, names, sides, first, last } = connection
    const { client, port, certain } = orientationOf(connection, this.#services)
    const server = client === 0 ? 1 : 0
    const etherType = connection.etherType
    const proto = connection.protocol < 0 ? {} : { proto: connection.protocol }
    const place = {
      vlan,
      etherType,
      ...proto,
      client: names[client],
      server: names[server],
      ...(port < 0 ? {} : { port }),
    }
    const key = conversationKey(place)
    const evidence: Evidence = { capture: this.#capture, packet: connection.packet, at: first }
    const [there, back] = [sides[client], sides[server]]
    let sum = this.conversations.get(key)
    if (sum === undefined) {
      if (!this.#hasRoom('conversations', this.conversations, ({ packets: [asked, answered] }) => asked + answered))
        return
      sum = {
        ...place,
        ...transportOf(connection.protocol),
        clientMacs: [],
        serverMacs: [],
        cast: castOf(names[server], macs[server]),
        certain: false,
        packets: [0, 0],
        bytes: [0, 0],
        opened: 0,
        accepted: 0,
        rejected: 0,
        clientPorts: 0,
        pace: noSums,
        faults: {},
        first,
        last,
        evidence,
      }
      this.conversations.set(key, sum)
    }
    for (const mac of macs[client]) addMac(sum.clientMacs, mac)
    for (const mac of macs[server]) addMac(sum.serverMacs, mac)
    sum.certain ||= certain
    sum.packets = [sum.packets[0] + there.packets, sum.packets[1] + back.packets]
    sum.bytes = [sum.bytes[0] + there.bytes, sum.bytes[1] + back.bytes]
    sum.opened += connection.opened
    sum.accepted += connection.accepted
    sum.rejected += connection.rejected
    if (connection.cut > 0) sum.faults[cutShort] = (sum.faults[cutShort] ?? 0) + connection.cut
    sum.clientPorts++
    sum.pace = addSums(sum.pace, there.pace.sums)
    sum.first = Math.min(sum.first, first)
    sum.last = Math.max(sum.last, last)
    sum.evidence = earlier(sum.evidence, evidence)
  }

  #hasRoom<T>(what: string, rows: Map<string, T>, packetsOf: (row: T) => number): boolean {
    if (rows.size < mostRows) return true
    this.limits.add(
      `${this.#capture} has more than ${mostRows} ${what}: of those that are left out at most ${few} packets were seen, or they came last.`,
    )
    const before = rows.size
    if (this.#swept.get(what) === this.#sweep) return false
    for (const [key, row] of rows) if (packetsOf(row) <= few) rows.delete(key)
    // What is told of often cannot be swept for every row that is new.
    if (before - rows.size < mostRows / 16) this.#swept.set(what, this.#sweep)
    return rows.size < mostRows
  }

  /** All connections of a while are summed up: what had no room before may have it now. */
  begin(): void {
    this.#sweep++
  }
}

const addMac = (macs: string[], mac: string): void => {
  if (macs.length < mostMacs && !macs.includes(mac)) macs.push(mac)
}

const transportOf = (protocol: number): { readonly transport?: Transport } =>
  protocol === ipProtocols.tcp ? { transport: 'tcp' } : protocol === ipProtocols.udp ? { transport: 'udp' } : {}

const isMac = (address: string): boolean => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address)
const isGroupMac = (mac: string): boolean => /^[0-9a-f][13579bdf]:/.test(mac)

const castOf = (address: string, macs: readonly string[]): 'unicast' | 'multicast' | 'broadcast' => {
  if (macs.includes(broadcast) || address === broadcast || address === '255.255.255.255') return 'broadcast'
  if (macs.some(isGroupMac)) return 'multicast'
  return (isMac(address) ? isGroupMac(address) : isMulticast(address)) ? 'multicast' : 'unicast'
}

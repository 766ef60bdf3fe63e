/** Conversations of a recording, told apart by client, server and service: who opened it is seen, told by the policy, or follows from ports. */
import { isFirstSegment, isGroupMac, type Packet } from '#policy/packet.ts'
import { ipProtocols } from '#packet/numbers.ts'
import { serviceOf } from './service-name.ts'
import { Tally } from './tally.ts'

/** Told apart at most: beyond them they are counted together, and services of one pair beyond the second. */
const maxConversations = 20_000
const maxServices = 128

export class Conversation {
  readonly vlan: number
  readonly client: string
  readonly server: string
  readonly service: string
  readonly cast: 'unicast' | 'multicast' | 'broadcast'
  readonly proto: number | undefined
  readonly port: number | undefined
  /** More of them than are told apart are in this row. */
  readonly folded: boolean
  /** By the policy, and by the one it is compared with. */
  readonly tallies: readonly Tally[]
  there = 0
  back = 0
  first = 0
  last = 0
  /** An opening was seen, or there is none. */
  beginningSeen = false
  /** Packets whose outcome differs between the two policies. */
  newlyDenied = 0
  newlyPermitted = 0

  constructor(
    ends: Pick<Conversation, 'vlan' | 'client' | 'server' | 'service' | 'cast' | 'proto' | 'port' | 'folded'>,
    policies: number,
  ) {
    this.vlan = ends.vlan
    this.client = ends.client
    this.server = ends.server
    this.service = ends.service
    this.cast = ends.cast
    this.proto = ends.proto
    this.port = ends.port
    this.folded = ends.folded
    this.tallies = Array.from({ length: policies }, () => new Tally())
  }
}

export interface Part {
  readonly conversation: Conversation
  readonly fromClient: boolean
}

const hasPorts = ({ proto }: { readonly proto: number }) => proto === ipProtocols.tcp || proto === ipProtocols.udp

const castOf = ({ dstMac, ip }: Packet): Conversation['cast'] => {
  const dst = ip?.dst ?? ''
  if (dstMac === 'ff:ff:ff:ff:ff:ff' || dst === '255.255.255.255') return 'broadcast'
  const first = Number.parseInt(dst, 10)
  const isGroup = dst.includes(':') ? dst.startsWith('ff') : first >= 224 && first < 240
  return isGroup || isGroupMac(dstMac) ? 'multicast' : 'unicast'
}

export class Conversations {
  readonly #rows = new Map<string, Conversation>()
  readonly #services = new Map<string, number>()
  readonly #policies: number
  readonly #isServicePort: (proto: number, port: number) => boolean

  constructor(policies: number, isServicePort: (proto: number, port: number) => boolean) {
    this.#policies = policies
    this.#isServicePort = isServicePort
  }

  get all(): IterableIterator<Conversation> {
    return this.#rows.values()
  }

  /** @param reason of a verdict on it, which tells who asks: `permitted` the sender, `answer` the receiver */
  of(packet: Packet, vlan: number, reason: string | undefined): Part {
    const { ip, srcMac, dstMac } = packet
    if (ip === undefined) return { conversation: this.#row(packet, vlan, srcMac, dstMac, undefined), fromClient: true }
    const fromClient = this.#isFromClient(packet, vlan, reason)
    const [client, server, port] = fromClient ? [ip.src, ip.dst, ip.dport] : [ip.dst, ip.src, ip.sport]
    const conversation = this.#row(packet, vlan, client, server, port)
    // What is no connection has no beginning that could be missing.
    if (ip.proto !== ipProtocols.tcp || ((ip.flags ?? 0) & 2) !== 0) conversation.beginningSeen = true
    return { conversation, fromClient }
  }

  find(vlan: number, client: string, server: string, proto: number, port: number): Conversation | undefined {
    return this.#rows.get(`${vlan} ${client} ${server} ${proto} ${port}`)
  }

  #isFromClient(packet: Packet, vlan: number, reason: string | undefined): boolean {
    const { ip } = packet
    // A group asks nobody.
    if (ip === undefined || castOf(packet) !== 'unicast') return true
    const { src, dst, proto, sport = 0, dport = 0, icmpType = -1, family } = ip
    // An echo reply answers (RFC 792; RFC 4443, 4.2).
    if (!hasPorts(ip)) return icmpType !== (family === 4 ? 0 : 129)
    if (proto === ipProtocols.tcp && ((ip.flags ?? 0) & 2) !== 0) return isFirstSegment(ip)
    const there = this.find(vlan, src, dst, proto, dport) !== undefined
    const back = this.find(vlan, dst, src, proto, sport) !== undefined
    if (there !== back) return there
    if (reason === 'permitted' || reason === 'answer') return reason === 'permitted'
    const serves = [this.#isServicePort(proto, sport), this.#isServicePort(proto, dport)]
    if (serves[0] !== serves[1]) return serves[1] === true
    // Of datagrams the first one heard asks; a connection is opened from a port of the dynamic range, which is above the others.
    return proto !== ipProtocols.tcp || sport >= dport
  }

  #row(packet: Packet, vlan: number, client: string, server: string, port: number | undefined): Conversation {
    const { ip, etherType } = packet
    const proto = ip?.proto
    const key = `${vlan} ${client} ${server} ${proto ?? `e${etherType < 0x600 ? 0 : etherType}`} ${port ?? ''}`
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const pair = `${vlan} ${client} ${server}`
    const services = (this.#services.get(pair) ?? 0) + 1
    if (this.#rows.size >= maxConversations) return this.#folded('others', 'others', 'many', vlan)
    if (services > maxServices) return this.#folded(client, server, 'many services', vlan)
    this.#services.set(pair, services)
    const service = serviceOf(packet, port)
    const row = new Conversation(
      { vlan, client, server, service, cast: castOf(packet), proto, port, folded: false },
      this.#policies,
    )
    this.#rows.set(key, row)
    return row
  }

  #folded(client: string, server: string, service: string, vlan: number): Conversation {
    const key = client === 'others' ? 'others' : `${vlan} ${client} ${server} many`
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const row = new Conversation(
      { vlan, client, server, service, cast: 'unicast', proto: undefined, port: undefined, folded: true },
      this.#policies,
    )
    row.beginningSeen = true
    this.#rows.set(key, row)
    return row
  }
}

/**
 * Packets of one recording in, sums out. What is done for every packet allocates nothing; memory is bounded whatever comes, and what is
 * not told apart for that is said.
 */
import { u16be, i32be } from '#core/bytes.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { Headers, headerProblems } from '#packet/headers.ts'
import { timeOf } from '#packet/packets.ts'
import { LinkLayer } from '#packet/link-layer.ts'
import { fragmentFaults, Reassembly } from '#packet/reassembly.ts'
import { skipReasons, type CaptureRecord, type Skip } from '#packet/records.ts'
import { collectGarbage } from './collect.ts'
import { Contents } from './contents.ts'
import { countOpening, countPacket } from './counting.ts'
import { Fragments, isSentBy } from './fragments.ts'
import { Connection, namesOf } from './connection.ts'
import { Connections, mostConnections } from './connections.ts'
import { claimOf, typeOfRequest } from './neighbours.ts'
import { macText, Services } from './orientation.ts'
import type { Recording } from './recording.ts'
import { Summary } from './summary.ts'
import { Watched } from './watched.ts'

export class Observer {
  readonly #name: string
  readonly #link = new LinkLayer()
  readonly #headers = new Headers()
  readonly #reassembly = new Reassembly()
  readonly #connections = new Connections()
  readonly #summary: Summary
  readonly #services: Services
  readonly #skipped = new Map<string, number>()
  readonly #fragments = new Fragments()
  readonly #decodes: boolean
  readonly #contents: Contents
  #number = 0
  #now = 0
  /** The recording left out the end of the packet. */
  #isCut = false
  #first = Infinity
  #last = 0
  readonly #watched = new Watched()
  #packets = 0
  #summed = 0

  /** @param decodes false: only who speaks with whom, no commands and no identities */
  constructor(name: string, { decodes = true }: { readonly decodes?: boolean } = {}) {
    this.#name = name
    this.#decodes = decodes
    this.#contents = new Contents(name, this.#headers)
    const { talks } = this.#contents.commands
    this.#services = new Services({ has: (key) => (talks.get(key)?.messages ?? 0) > 0 })
    this.#summary = new Summary(name, this.#services)
  }

  get packets(): number {
    return this.#packets
  }

  record(record: CaptureRecord): void {
    const { bytes, at, end, linkType, wireLength } = record
    this.#packets++
    this.#number = record.number
    this.#now = timeOf(record)
    this.#contents.number = this.#number
    this.#contents.now = this.#now
    if (this.#now < this.#first) this.#first = this.#now
    if (this.#now > this.#last) this.#last = this.#now
    this.#watched.see(this.#now)
    this.#isCut = end - at < wireLength
    const { content, offset } = this.#link.read(linkType, bytes, at, end)
    if (content === 'other') {
      this.#skip(`packets of link type ${linkType}, which is not read`)
      return
    }
    const headers = this.#headers
    const isFrame = content === 'ethernet'
    if (isFrame) headers.readFrame(bytes, offset, end)
    else headers.readIp(bytes, offset, end)
    const { problem, family } = headers
    if (problem !== undefined && problem !== 'not-ip') this.#skip(`packets: ${headerProblems[problem]}`)
    if (isFrame && end - offset < 14) return
    if (family === 0) {
      if (isFrame) this.#frame(bytes, offset, end, wireLength)
      return
    }
    if (!isFrame) headers.etherType = family === 4 ? etherTypes.ipv4 : etherTypes.ipv6
    this.#ip(bytes, isFrame ? offset : -1, end, wireLength)
  }

  /**
   * @param skips bytes of the file that its reader did not read
   * @param file its `digest` (SHA-256, hex) and size in bytes; `broken`: why its compression could not be read to the end
   */
  end(
    skips: readonly Skip[],
    {
      digest,
      bytes,
      broken,
    }: { readonly digest: string; readonly bytes: number; readonly broken?: string | undefined },
  ): Recording {
    const { commands, facts } = this.#contents
    this.#contents.end()
    this.#sumUp()
    this.#reassembly.end()
    for (const [fault, count] of this.#reassembly.faults) this.#skip(`packets: ${fragmentFaults[fault]}`, count)
    const { endpoints, bindings, conversations, limits } = this.#summary
    for (const [key, { faults, messages, protocol }] of commands.talks) {
      const sum = conversations.get(key)
      if (sum === undefined) continue
      for (const [why, count] of faults) sum.faults[why] = count
      if (messages > 0) sum.protocol = protocol
    }
    const { untold, failed } = this.#contents
    if (failed > 0) this.#skip('messages that their codec could not read', failed)
    if (untold > 0)
      limits.add(`${this.#name} holds more at once than is told apart: ${untold} packets or facts were left out.`)
    if (this.#summed > 0)
      limits.add(
        `${this.#name} has more than ${mostConnections} connections at once: which end asks follows from ports for some of them.`,
      )
    return {
      capture: {
        name: this.#name,
        digest,
        packets: this.#packets,
        bytes,
        first: Number.isFinite(this.#first) ? this.#first : 0,
        last: this.#last,
        ...(this.#watched.spans.length === 0 ? {} : { watched: this.#watched.spans }),
        skipped: [
          ...skips.map(({ at, length, why }) => ({ why: skipReasons[why], at, bytes: length })),
          ...(broken === undefined ? [] : [{ why: broken }]),
          ...[...this.#skipped].map(([why, packets]) => ({ why, packets })),
        ],
      },
      endpoints,
      bindings,
      facts: facts.all,
      conversations,
      commands: commands.sums(),
      limits,
    }
  }

  #sumUp(): void {
    const all = this.#connections.take()
    for (const one of all) if (one.opener >= 0) this.#learn(one)
    this.#summary.begin()
    for (const one of all) this.#summary.add(one)
    this.#fragments.clear()
    this.#contents.forget()
  }

  #learn(one: Connection): void {
    if (one.accepted === 0) return
    const server = one.opener === 0 ? 1 : 0
    this.#services.learn(one, server, server === 1 ? one.dport : one.sport)
  }

  /** What is not IP: by Ethernet addresses. */
  #frame(bytes: Uint8Array, frame: number, end: number, length: number): void {
    const headers = this.#headers
    const { etherType, networkOffset } = headers
    // Below 0x0600 it is the length of an IEEE 802.3 frame.
    const isLength = etherType >= 0 && etherType < 0x0600
    if (isLength) headers.etherType = 0
    headers.src2 = u16be(bytes, frame + 6)
    headers.src3 = i32be(bytes, frame + 8)
    headers.dst2 = u16be(bytes, frame)
    headers.dst3 = i32be(bytes, frame + 2)
    const vlan = Math.max(0, headers.outerVlan)
    const connection = this.#connection(vlan, bytes)
    countPacket(connection, this.#connections.side, { bytes, frame, length, now: this.#now }, this.#summary)
    if (!this.#decodes || networkOffset < 0) return
    if (etherType === etherTypes.arp) {
      const claim = claimOf(bytes, networkOffset, end)
      if (claim !== undefined) this.#claim(vlan, claim.mac, claim.ip)
      return
    }
    const stop = isLength ? Math.min(end, networkOffset + etherType) : end
    this.#contents.frame(etherType, bytes, networkOffset, stop, vlan)
  }

  #ip(bytes: Uint8Array, frame: number, end: number, length: number): void {
    const headers = this.#headers
    const vlan = Math.max(0, headers.outerVlan)
    const { protocol, transportOffset, fragmented } = headers
    if (protocol === ipProtocols.icmp || protocol === ipProtocols.icmpv6) {
      const type = transportOffset >= 0 && transportOffset < end ? (bytes[transportOffset] ?? 0) : -1
      headers.sport = headers.dport = typeOfRequest(protocol, type)
      if (type === 136 && protocol === ipProtocols.icmpv6) this.#advertised(bytes, transportOffset, end, vlan)
    }
    const connection = fragmented ? this.#fragment(bytes, vlan) : this.#connection(vlan, bytes)
    const { side } = this.#connections
    countPacket(connection, side, { bytes, frame, length, now: this.#now }, this.#summary)
    if (protocol === ipProtocols.tcp && headers.sport >= 0) countOpening(connection, side, headers.flags)
    if (!this.#decodes) return
    if (headers.missing > 0 && headers.payloadOffset >= 0 && this.#isCut) connection.cut++
    if (fragmented) {
      if (headers.missing === 0 && headers.payloadOffset >= 0) this.#piece(connection, bytes, vlan)
      return
    }
    if (headers.ok && headers.payloadEnd > headers.payloadOffset) {
      connection.sides[side].pace.next(this.#now)
      this.#contents.payload(connection, side, bytes, end, vlan)
    } else if (connection.reading === 'commands' && headers.ok)
      this.#contents.judge(bytes, headers.networkOffset, end, vlan)
  }

  /** The conversation of the packet whose headers were read, begun if it is new; `#connections.side` is who sent it. */
  #connection(vlan: number, bytes: Uint8Array): Connection {
    const headers = this.#headers
    const known = this.#connections.find(headers, vlan)
    if (known !== undefined) return known
    if (this.#connections.size >= mostConnections) {
      this.#summed++
      this.#sumUp()
      collectGarbage()
    }
    const names =
      headers.family === 0
        ? ([macText(headers.src2, headers.src3), macText(headers.dst2, headers.dst3)] as const)
        : namesOf(headers, bytes)
    const connection = new Connection(headers, names, vlan, this.#number, this.#now)
    this.#connections.add(headers, connection)
    return connection
  }

  /** Pieces of one datagram belong to one conversation, though only the first has ports. */
  #fragment(bytes: Uint8Array, vlan: number): Connection {
    const headers = this.#headers
    const known = this.#fragments.find(headers, vlan)
    if (known === undefined) {
      const connection = this.#connection(vlan, bytes)
      this.#fragments.begin(headers, vlan, connection)
      return connection
    }
    this.#connections.side = isSentBy(known, headers) ? 0 : 1
    return known
  }

  #piece(connection: Connection, bytes: Uint8Array, vlan: number): void {
    const headers = this.#headers
    const whole = this.#reassembly.add(bytes, headers)
    if (whole === undefined || !headers.readIp(whole, 0, whole.length)) return
    if (headers.sport < 0) return
    const side = connection.sport === headers.sport && connection.src3 === headers.src3 ? 0 : 1
    if (headers.payloadEnd <= headers.payloadOffset) return
    connection.sides[side].pace.next(this.#now)
    this.#contents.payload(connection, side, whole, whole.length, vlan)
  }

  #advertised(bytes: Uint8Array, at: number, end: number, vlan: number): void {
    const claim = claimOf(bytes, at, end, 6)
    if (claim !== undefined) this.#claim(vlan, claim.mac, claim.ip)
  }

  #claim(vlan: number, mac: string, ip: string): void {
    this.#summary.bind(vlan, mac, ip, { packets: 0, claims: 1 }, this.#now, this.#now)
  }

  #skip(why: string, count = 1): void {
    this.#skipped.set(why, (this.#skipped.get(why) ?? 0) + count)
  }
}

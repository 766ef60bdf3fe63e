/** One packet in, one verdict out. Pure: clocks, queues and sockets are those of whoever calls. */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { Headers } from '#packet/headers.ts'
import { ip4HeaderChecksum, segmentChecksum } from '#packet/checksum.ts'
import { ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { u16be } from '#core/bytes.ts'
import { Counts } from './counts.ts'
import { Flow, other } from './flow.ts'
import { FlowTable, wordsOf } from './flow-table.ts'
import { Judge } from './judge.ts'
import { Output } from './output.ts'
import type { PacketSource } from './packet-source.ts'
import { ProcessState } from './process-state.ts'
import type { Terms } from './program.ts'
import type { TermsSource } from './terms-source.ts'
import { refusalDatagram, resetSegment } from './inject.ts'
import { SharedStates } from './shared-states.ts'
import { Stations } from './stations.ts'
import { Tcp } from './tcp.ts'
import type { Told } from './told.ts'
import { Units } from './units.ts'

/** Conversations kept at most. */
export const defaultFlowLimit = 16_384

/** Where no conduit covers one end's asking, and some window may open, it is asked again after this time, in ms. */
const askAgainMs = 1000

export interface InspectorOptions {
  readonly flowLimit?: number
  /** Nothing is withheld, whatever the plan says: captures, mirror ports, shadow. */
  readonly passive?: boolean
  /** Segments and datagrams with a wrong checksum are dropped, since their receiver would not take them. Not for captures made by a sender. */
  readonly checksums?: boolean
  /** Messages also tell what devices say they are; it costs memory for each. */
  readonly facts?: boolean
}

export class Inspector {
  readonly headers = new Headers()
  readonly output = new Output()
  readonly flows: FlowTable
  readonly counts = new Map<string, Counts>()
  #program: TermsSource
  #generation = 0
  /** ms since 1970 of the newest packet. */
  #latest = 0
  readonly #passive: boolean
  readonly #checksums: boolean
  readonly #tcp: Tcp
  readonly #units: Units
  readonly #stations: Stations
  readonly #shared: SharedStates
  readonly #none = new Counts()

  constructor(
    program: TermsSource,
    told: Told,
    { flowLimit = defaultFlowLimit, passive = false, checksums = false, facts = false }: InspectorOptions = {},
  ) {
    this.#program = program
    this.#passive = passive
    this.#checksums = checksums
    this.flows = new FlowTable(flowLimit)
    this.#stations = new Stations(flowLimit)
    this.#shared = new SharedStates(flowLimit)
    const judge = new Judge(new ProcessState(), (flow, conduit, text) => told.noticed(flow, conduit, text))
    this.#units = new Units(judge, told)
    this.#units.message.wantsFacts = facts
    this.#tcp = new Tcp(this.#units, this.output)
  }

  /** Another plan: conversations go on with what is known about them, under its terms. */
  replace(program: TermsSource): void {
    this.#program = program
    this.#generation++
  }

  /**
   * Judges a packet that begins with its IP header; the verdict is in {@link output}.
   * @returns the flow it belongs to
   */
  packet(bytes: Uint8Array, at: number, end: number, source: PacketSource): Flow | undefined {
    const { headers, output } = this
    output.reset()
    if (!headers.readIp(bytes, at, end) || headers.fragmented || (this.#checksums && this.#isSpoilt(bytes))) {
      output.verdict = 'drop'
      return undefined
    }
    const flow = this.#flow(bytes, source)
    if (flow === undefined) return undefined
    const { side } = this.flows
    flow.lastSeen = source.now
    this.#stations.note(flow, side, source)
    const counts = this.countsOf(flow)
    counts.packets++
    if (flow.transport === 'tcp') this.#tcp.segment(flow, side, bytes, headers, counts)
    else this.#datagram(flow, side, bytes, counts)
    return flow
  }

  /** No more packets come, as at the end of a capture: what waits for bytes that are missing is read without them. */
  end(): void {
    for (const flow of this.flows) if (flow.transport === 'tcp') this.#tcp.finish(flow, this.countsOf(flow))
  }

  /** Whether its receiver takes it for damaged. In UDP a checksum of zero says that there is none, which IPv6 does not know. */
  #isSpoilt(bytes: Uint8Array): boolean {
    const { protocol, srcOffset, family, transportOffset: at, payloadEnd } = this.headers
    if (protocol !== ipProtocols.tcp && protocol !== ipProtocols.udp) return false
    const field = at + (protocol === ipProtocols.tcp ? 16 : 6)
    const stated = u16be(bytes, field)
    const sum = segmentChecksum(bytes, srcOffset, family === 4 ? 8 : 32, protocol, at, payloadEnd, field)
    if (protocol === ipProtocols.tcp) return sum !== stated
    // RFC 768: zero stands for no checksum, which IPv6 does not allow (RFC 8200, 8.1); a sum of zero is sent as 0xffff.
    return (
      this.#isHeaderSpoilt(bytes) || (stated === 0 ? family === 6 : sum !== stated && (sum !== 0 || stated !== 0xffff))
    )
  }

  /** Bytes of a stream that did not arrive come again as they were; datagrams need not. */
  #isHeaderSpoilt(bytes: Uint8Array): boolean {
    const { family, networkOffset, ipHeaderLength } = this.headers
    return family === 4 && ip4HeaderChecksum(bytes, networkOffset, ipHeaderLength) !== u16be(bytes, networkOffset + 10)
  }

  countsOf({ terms }: Flow): Counts {
    const id = terms.rules[0]?.conduit.id
    if (id === undefined) return this.#none
    let counts = this.counts.get(id)
    if (counts === undefined) {
      counts = new Counts()
      this.counts.set(id, counts)
    }
    return counts
  }

  #datagram(flow: Flow, side: 0 | 1, bytes: Uint8Array, counts: Counts): void {
    const { payloadOffset: at, payloadEnd: end } = this.headers
    if (at >= end) return
    const outcome = this.#units.datagram(flow, side, bytes, at, end, counts)
    if (outcome === 'pass' || flow.terms.passive) return
    this.output.verdict = 'drop'
    for (const refusal of this.#units.changes.refusals)
      this.output.injections.push(refusalDatagram(flow, side, refusal))
  }

  #flow(bytes: Uint8Array, source: PacketSource): Flow | undefined {
    const { headers } = this
    const flow = this.flows.find(headers, source.vlan)
    // The clock was set back: what terms hold until is not what it was.
    if (source.now < this.#latest - askAgainMs) this.#generation++
    this.#latest = source.now
    if (flow === undefined) return this.#newFlow(bytes, source)
    if (flow.generation !== this.#generation || source.now >= flow.termsUntil || source.riskBelow !== flow.riskBelow)
      this.#renew(flow, source)
    return flow
  }

  /** The same conversation under the terms of now; where no conduit covers it any more, it may do nothing. */
  #renew(flow: Flow, source: PacketSource): void {
    const terms = this.#terms(flow.names, flow.ports, flow, flow.client, source)
    const back = this.#terms(flow.names, flow.ports, flow, other(flow.client), source)
    flow.terms = terms?.codec === flow.terms.codec ? terms : { ...flow.terms, rules: [] }
    flow.backTerms = back?.codec === flow.terms.codec ? back : undefined
    flow.generation = this.#generation
    flow.termsUntil = this.#until(terms, back, source.now)
    flow.riskBelow = source.riskBelow
  }

  /** ms since 1970 up to which the terms of both ends' asking hold. */
  #until(terms: Terms | undefined, back: Terms | undefined, now: number): number {
    const missing = this.#program.timed ? now + askAgainMs : Infinity
    return Math.min(terms?.until ?? missing, back?.until ?? missing)
  }

  /** The terms under which one side asks the other. */
  #terms(
    names: readonly [string, string],
    ports: readonly [number, number],
    { vlan, family, transport }: Pick<Flow, 'vlan' | 'family' | 'transport'>,
    client: 0 | 1,
    { now, riskBelow }: PacketSource,
  ): Terms | undefined {
    const server = other(client)
    const proto = transport === 'tcp' ? ipProtocols.tcp : ipProtocols.udp
    const asks = { vlan, family, client: names[client], server: names[server], proto, port: ports[server] }
    // Some servers open a conversation to be asked in it.
    const isAsked = { vlan, family, client: names[server], server: names[client], proto, port: ports[client] }
    const terms = this.#program.terms(asks, now, riskBelow) ?? this.#program.reversed?.(isAsked, now, riskBelow)
    return terms === undefined || !this.#passive ? terms : { ...terms, passive: true }
  }

  #newFlow(bytes: Uint8Array, source: PacketSource): Flow | undefined {
    const { headers } = this
    const { protocol, sport, dport, srcOffset, dstOffset, flags } = headers
    if ((protocol !== ipProtocols.tcp && protocol !== ipProtocols.udp) || headers.family === 0) return undefined
    const format = headers.family === 4 ? formatIp4At : formatIp6At
    const names = [format(bytes, srcOffset), format(bytes, dstOffset)] as const
    const ports = [sport, dport] as const
    const transport = protocol === ipProtocols.tcp ? 'tcp' : 'udp'
    const place = { vlan: source.vlan, family: headers.family, transport } as const
    const there = this.#terms(names, ports, place, 0, source)
    const back = this.#terms(names, ports, place, 1, source)
    const opens = transport === 'tcp' && (flags & tcpFlags.syn) !== 0
    const answers = opens && (flags & tcpFlags.ack) !== 0
    // Where both ends may ask, datagrams do not say who began: it is the client of the service, not of what goes along with it.
    const isAside = transport === 'udp' && there?.companion === true && back?.companion === false
    const client = answers || isAside || there === undefined ? 1 : 0
    const terms = client === 0 ? (there ?? back) : (back ?? there)
    if (terms === undefined) {
      if (source.closed) this.output.verdict = 'drop'
      return undefined
    }
    const flow = new Flow({
      ...place,
      words: wordsOf(headers),
      ports,
      names,
      client: terms === there ? 0 : 1,
      terms,
      backTerms: terms === there ? back : there,
      whole: transport === 'udp' || (opens && !answers),
      now: source.now,
      generation: this.#generation,
      termsUntil: this.#until(there, back, source.now),
      riskBelow: source.riskBelow,
    })
    this.#shared.join(flow)
    const ended = this.flows.add(headers, flow)
    // Its ends could not go on: what one of them counts, or the rest of a message, would be lost.
    if (ended !== undefined && !ended.terms.passive)
      this.output.injections.push(resetSegment(ended, 0), resetSegment(ended, 1))
    this.#stations.recall(flow, 1)
    return flow
  }
}

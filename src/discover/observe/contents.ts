/** What is said in packets: commands, found on whatever port they are, and what ends say of themselves. */
import { Elsewhere } from '#inspect/elsewhere.ts'
import { Inspector } from '#inspect/inspector.ts'
import { PacketSource } from '#inspect/packet-source.ts'
import { Unlimited } from '#inspect/unlimited.ts'
import type { Headers } from '#packet/headers.ts'
import { ipProtocols } from '#packet/numbers.ts'
import { identityPorts, readDatagram, readLayer2, readOpening, type Sighting } from '../identity/identity.ts'
import type { Evidence } from '../model.ts'
import { Commands } from './commands.ts'
import type { Connection, Side } from './connection.ts'
import { Facts } from './facts.ts'
import { macText } from './orientation.ts'

/** Bytes of a side's beginning in which it may say who it is, and packets with payload that are looked at for it. */
const longestOpening = 16_384
const mostOpenings = 12
/** Beginnings that are kept at once; of more connections nothing is kept. */
const mostOpen = 2048
/** Datagrams of one side that are looked at for who sends them. */
const mostDatagrams = 64
/** A protocol's own service for it. */
const ownIdentity = 0.95

export class Contents {
  readonly commands = new Commands()
  readonly facts = new Facts()
  readonly #capture: string
  readonly #headers: Headers
  readonly #unlimited = new Unlimited()
  readonly #elsewhere = new Elsewhere()
  readonly #inspector: Inspector
  readonly #source = new PacketSource()
  #open = 0
  /** Number and time, in ms since 1970, of the packet that is read. */
  number = 0
  now = 0
  /** Messages that made their codec fail. */
  failed = 0
  readonly evidence = (): Evidence => ({ capture: this.#capture, packet: this.number, at: this.now })

  /** @param headers those of the packet that is read, whenever one is given */
  constructor(capture: string, headers: Headers) {
    this.#capture = capture
    this.#headers = headers
    this.#inspector = new Inspector(
      this.#unlimited,
      {
        message: (flow, side, message, denial) => {
          const { server, vlan } = this.commands.message(flow, side, message, denial, this.evidence)
          for (const { name, value } of message.facts) {
            const { name: source } = flow.terms.codec.vocabulary
            this.facts.add(vlan, server, { name, value, source, confidence: ownIdentity }, this.evidence)
          }
        },
        denied: () => {},
        noticed: () => {},
        fault: () => this.failed++,
      },
      { passive: true, facts: true },
    )
  }

  /** Packets and facts left out for lack of room. */
  get untold(): number {
    return this.facts.untold + this.commands.untold + this.#elsewhere.givenUp + this.#inspector.flows.forgotten
  }

  end(): void {
    this.#inspector.end()
  }

  /** All connections were forgotten, and what was kept of their beginnings. */
  forget(): void {
    this.#open = 0
  }

  /** A frame that is not IP, from behind its EtherType or length on. */
  frame(etherType: number, bytes: Uint8Array, at: number, end: number, vlan: number): void {
    const { src2, src3, dst2, dst3 } = this.#headers
    const ends = [macText(src2, src3), macText(dst2, dst3)] as const
    readLayer2(etherType, bytes, at, end, (sighting) => this.#sighting(vlan, sighting, ends))
  }

  /** A packet with payload, up to `end` of what was recorded. */
  payload(connection: Connection, side: 0 | 1, bytes: Uint8Array, end: number, vlan: number): void {
    const headers = this.#headers
    const { protocol, payloadOffset: at, payloadEnd, sport, dport } = headers
    const mine = connection.sides[side]
    if (protocol === ipProtocols.tcp) {
      if (!mine.isKnown) this.#opening(connection, mine, side, bytes, at, payloadEnd)
    } else if (protocol !== ipProtocols.udp) return
    else if (!mine.isKnown && (identityPorts.has(sport) || identityPorts.has(dport))) {
      if (mine.packets >= mostDatagrams) mine.isKnown = true
      const ends = endsOf(connection, side)
      readDatagram(sport, dport, bytes, at, payloadEnd, (sighting) => this.#sighting(vlan, sighting, ends))
    }
    if (connection.reading === 'none') return
    if (connection.reading === 'commands') {
      this.judge(bytes, headers.networkOffset, end, vlan)
      return
    }
    if (connection.reading === 'new') {
      connection.reading = this.judge(bytes, headers.networkOffset, end, vlan) ? 'commands' : 'looking'
      if (connection.reading === 'commands') return
    }
    this.#look(connection, bytes, end, vlan)
  }

  /** @returns whether commands are read in its conversation */
  judge(bytes: Uint8Array, at: number, end: number, vlan: number): boolean {
    this.#source.vlan = vlan
    this.#source.now = this.now
    return this.#inspector.packet(bytes, at, end, this.#source) !== undefined
  }

  /** A conversation on ports that are no protocol's: its packets wait until it is clear what it is. */
  #look(connection: Connection, bytes: Uint8Array, end: number, vlan: number): void {
    const { number, now } = this
    const found = this.#elsewhere.next(this.#headers, bytes, end, { vlan, number, now })
    if (found === undefined) return
    connection.reading = found === 'nothing' ? 'none' : 'commands'
    if (found === 'nothing') return
    this.#unlimited.learn(found, found.codec)
    for (const one of found.packets) {
      this.number = one.number
      this.now = one.now
      this.judge(one.bytes, 0, one.bytes.length, one.vlan)
    }
    this.number = number
    this.now = now
  }

  #opening(connection: Connection, mine: Side, side: 0 | 1, bytes: Uint8Array, at: number, end: number): void {
    const { opening } = mine
    if (opening === undefined) {
      // Most beginnings say at once who it is, or nothing: they are not kept.
      const wantsMore = this.#reads(connection, side, bytes, at, end)
      if (wantsMore && this.#open < mostOpen && end - at < longestOpening) {
        this.#open++
        mine.opening = { bytes: bytes.slice(at, end), length: end - at, packets: 1 }
      } else mine.isKnown = true
      return
    }
    const taken = Math.min(end - at, longestOpening - opening.length)
    if (opening.length + taken > opening.bytes.length) {
      const larger = new Uint8Array(Math.min(longestOpening, 2 * (opening.length + taken)))
      larger.set(opening.bytes.subarray(0, opening.length))
      opening.bytes = larger
    }
    opening.bytes.set(bytes.subarray(at, at + taken), opening.length)
    opening.length += taken
    opening.packets++
    const wantsMore = this.#reads(connection, side, opening.bytes, 0, opening.length)
    if (wantsMore && opening.length < longestOpening && opening.packets < mostOpenings) return
    mine.isKnown = true
    mine.opening = undefined
    this.#open--
  }

  /** @returns whether more of this side's beginning may say more */
  #reads(connection: Connection, side: 0 | 1, bytes: Uint8Array, at: number, end: number): boolean {
    const { vlan, opener, sport, dport } = connection
    const client = opener >= 0 ? opener : dport <= sport ? 0 : 1
    const port = client === 0 ? dport : sport
    const ends = endsOf(connection, side)
    return readOpening(port, side === client, bytes, at, end, (sighting) => this.#sighting(vlan, sighting, ends))
  }

  #sighting(vlan: number, sighting: Sighting, ends: readonly [string, string]): void {
    this.facts.sighting(vlan, sighting, ends, this.evidence)
  }
}

const endsOf = ({ names }: Connection, side: 0 | 1): readonly [from: string, to: string] =>
  side === 0 ? names : [names[1], names[0]]

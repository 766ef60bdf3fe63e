/** A capture through an inspector that touches nothing: rows as commands come, figures at the end. */
import { messageOf } from '#core/errors.ts'
import { Inspector } from '#inspect/inspector.ts'
import { PacketSource } from '#inspect/packet-source.ts'
import type { TermsSource } from '#inspect/terms-source.ts'
import { Unlimited } from '#inspect/unlimited.ts'
import { skipReasons, type CaptureRecord, type Skip } from '#packet/records.ts'
import { Elsewhere, type Held } from '#inspect/elsewhere.ts'
import { Packets } from '#packet/packets.ts'
import { rowsOf, type Row } from './rows.ts'
import { Tallies, type ConduitFigures, type ConversationFigures } from './tally.ts'

export interface Summary {
  readonly packets: number
  readonly messages: number
  readonly permitted: number
  readonly denied: number
  readonly conversations: readonly ConversationFigures[]
  /** By conduit; without a policy by protocol. */
  readonly conduits: readonly ConduitFigures[]
  /** Packets and bytes that were not read, with the reason. */
  readonly skipped: readonly {
    readonly why: string
    readonly packets?: number
    readonly at?: number
    readonly bytes?: number
  }[]
  /** Packets in which there is no command to judge: other conversations, and what is neither TCP nor UDP. */
  readonly others: { readonly conversations: number; readonly notTransport: number }
  /** What somebody should know, such as a connection in which no message was found. */
  readonly notices: readonly string[]
}

/** Notices that are kept; the same one is kept once. */
const maxNotices = 1000

export class Reading {
  readonly #packets = new Packets()
  readonly #inspector: Inspector
  /** Without a policy: what conversations elsewhere were found to be is learnt by it. */
  readonly #unlimited: Unlimited | undefined
  readonly #elsewhere = new Elsewhere()
  readonly #tallies = new Tallies()
  readonly #source = new PacketSource()
  readonly #notices = new Set<string>()
  #number = 0
  #read = 0
  #outside = 0

  /** @param terms absent: everything is read and permitted */
  constructor(terms: TermsSource | undefined, row: (row: Row) => void) {
    const notice = (text: string) => void (this.#notices.size < maxNotices && this.#notices.add(text))
    this.#inspector = new Inspector(
      terms ?? (this.#unlimited = new Unlimited()),
      {
        message: (flow, side, message, denial) => {
          this.#tallies.count(flow, denial?.reason, denial?.conduit ?? flow.terms.rules[0]?.conduit.id ?? '')
          const seen = { now: flow.lastSeen, packet: this.#number, judged: terms !== undefined }
          for (const each of rowsOf(flow, side, message, denial, seen)) row(each)
        },
        denied: () => {},
        noticed: ({ names }, _conduit, text) => notice(`${names.join(' and ')}: ${text}`),
        fault: ({ names }, error) => notice(`${names.join(' and ')}: a message could not be read: ${messageOf(error)}`),
      },
      { passive: true },
    )
  }

  record(record: CaptureRecord): void {
    this.#read++
    const packet = this.#packets.read(record)
    if (packet === undefined) return
    const { bytes, at, end, vlan, number, now } = packet
    if (this.#judge(bytes, at, end, { vlan, number, now })) return
    this.#outside++
    if (this.#unlimited === undefined) return
    const found = this.#elsewhere.next(this.#packets.headers, bytes, end, { vlan, number, now })
    if (found === undefined || found === 'nothing') return
    this.#unlimited.learn(found, found.codec)
    this.#again(found.packets)
  }

  /** @param skips bytes of the file that its reader did not read */
  /** @param broken why the compression of the file could not be read to the end */
  end(skips: readonly Skip[], broken?: string): Summary {
    this.#inspector.end()
    const skipped = [...this.#packets.end()].map(([why, packets]) => ({ why, packets }))
    const { forgotten } = this.#inspector.flows
    const { givenUp } = this.#elsewhere
    const conduits = this.#tallies.conduits(this.#inspector.counts)
    const sum = (of: 'messages' | 'permitted') => conduits.reduce((all, one) => all + one[of], 0)
    return {
      packets: this.#read,
      messages: sum('messages'),
      permitted: sum('permitted'),
      denied: this.#tallies.denied,
      conversations: this.#tallies.conversations(),
      conduits,
      skipped: [
        ...skips.map(({ at, length, why }) => ({ why: skipReasons[why], at, bytes: length })),
        ...(broken === undefined ? [] : [{ why: broken }]),
        ...skipped,
        ...(forgotten === 0
          ? []
          : [{ why: 'conversations forgotten for newer ones and taken up in their midst', packets: forgotten }]),
        ...(givenUp === 0
          ? []
          : [{ why: 'on other ports, given up for newer ones before it was clear what they say', packets: givenUp }]),
      ],
      others: { conversations: this.#outside, notTransport: this.#packets.other },
      notices: [...this.#notices],
    }
  }

  /** @returns whether it belongs to a conversation whose commands are read */
  #judge(bytes: Uint8Array, at: number, end: number, { vlan, number, now }: Omit<Held, 'bytes'>): boolean {
    this.#number = number
    this.#source.vlan = vlan
    this.#source.now = now
    return this.#inspector.packet(bytes, at, end, this.#source) !== undefined
  }

  /** Packets of a conversation that waited until it was clear what it is. */
  #again(packets: readonly Held[]): void {
    for (const { bytes, ...held } of packets) if (this.#judge(bytes, 0, bytes.length, held)) this.#outside--
  }
}

/** One conversation between two ends, and what is known about it. Bounded: thousands of them are kept. */
import type { Conversation } from '#core/codec.ts'
import { Pending, pendingLimit } from '#core/pending.ts'
import { Numbering } from '#packet/numbering.ts'
import { Stream } from '#packet/stream.ts'
import type { Transport } from '#core/protocol.ts'
import type { Terms } from './program.ts'

/** What was taken out of a direction, or changed in place, and has not been acknowledged yet. */
export interface Edit {
  /** First byte, as the sender counts. */
  readonly seq: number
  readonly length: number
  /** What stands there instead, of the same length; undefined: nothing. */
  readonly bytes: Uint8Array | undefined
}

/** A refusal put into the direction towards the client. */
export interface Inserted {
  /** As the server counts: it stands before this byte. Several may stand before the same one. */
  readonly at: number
  /** Its first byte, as the client counts. */
  readonly seq: number
  readonly bytes: Uint8Array
  /** ms since 1970 at which it was sent last. */
  sentAt: number
}

/** - `new`: nothing seen; `searching`: picked up in the middle, no message found yet; `synchronised`; `lost`: no message is found */
export type Sync = 'new' | 'searching' | 'synchronised' | 'lost'

export class Direction {
  readonly stream = new Stream()
  readonly numbering = new Numbering()
  sync: Sync = 'new'
  /** Picked up with so few bytes that nobody can tell whether they begin a unit. */
  isGuess = false
  /** The beginning of a unit whose rest has not come: forwarded already, kept to be read whole. */
  held: Uint8Array = nothing
  heldLength = 0
  /** ms since 1970, as a signed 32-bit number, at which so much of the unit was there that its receiver may give it up. */
  heldAt = 0
  /** Requests under way that may make their receiver throw away what comes behind them, and the time of the newest one, as `heldAt`. */
  discarding = 0
  discardingAt = 0
  /** Seconds since 1970 of the first of them, as a signed 32-bit number. */
  discardingFrom = 0
  /** What is held was forwarded with another number. */
  renumbered = false
  /** Where a segment was cut last, before a unit of which it had too little; undefined: nowhere. */
  cutAt: number | undefined = undefined
  /** Times in a row that a unit to be refused was left to come again. */
  postponed = 0
  /** Parts of an unfinished message went ahead. */
  parts = 0
  /** Segments passed without a message being found. */
  blind = 0
  edits: Edit[] = []
  /** Bytes put into this direction that the receiver has not acknowledged. */
  inserted: Inserted[] = []
  /** Refusals that wait for the sender of this direction to finish its unit. */
  waiting: Uint8Array[] = []
  /** What passed before the bytes that stand before it. */
  ahead: { readonly seq: number; readonly bytes: Uint8Array } | undefined = undefined
  /** Segments that came too early, where nothing may be dropped for that. */
  early: { readonly seq: number; readonly bytes: Uint8Array }[] = []
  /** Ethernet address of the sender, as PacketSource has it; -1 until seen. */
  macHigh = -1
  macLow = 0
  /** Interface the sender is behind; -1 until seen. */
  device = -1
  /** Newest TCP timestamp value of the sender, where it sends them. */
  timestamp = 0
  hasTimestamps = false
  /** As its segments state it; a modest one until then. */
  window = 8192
  /** Where the segment that came too early last begins, and how often it came in a row. */
  gapSeq = 0
  gaps = 0
  /** Newest acknowledgement of the other direction by this sender, as it counts; valid once `acks`. */
  lastAck = 0
  acks = false
  /** Its first byte in the connection, where its opening was seen. */
  first = 0
  isOpened = false
  /** It said that it sends no more. */
  ended = false
}

const nothing = new Uint8Array(0)

export const other = (side: 0 | 1): 0 | 1 => (side === 0 ? 1 : 0)

export class Flow implements Conversation {
  /** Words of the addresses (side 0 first), ports, VLAN and protocol: compared when a packet is looked up. */
  readonly words: readonly number[]
  readonly ports: readonly [number, number]
  readonly vlan: number
  readonly family: 4 | 6
  /** Which side is the client: 0 or 1. */
  client: 0 | 1
  readonly transport: Transport
  terms: Terms
  /** For the other side asking, where the policy permits that too (peers that poll each other). */
  backTerms: Terms | undefined
  state: unknown
  pending: Pending
  whole: boolean
  readonly sides: readonly [Direction, Direction] = [new Direction(), new Direction()]
  /** Texts of both addresses, for events. */
  readonly names: readonly [string, string]
  /** Something was withheld, inserted or rewritten: the two ends count differently. */
  touched = false
  /** It was reset, or must not go on: nothing passes until it is opened anew. */
  dead = false
  /** One end reset it, and nothing has come since. */
  wasReset = false
  /** It is no longer kept: what comes of it is another flow. */
  forgotten = false
  /** Place of its record in a ledger, -1 for none: a number needs no memory of its own. */
  record = -1
  /**
   * Answers that may still come although their request is not known: it was sent before the pick-up, or forgotten for a newer one. Some
   * protocols answer minutes later.
   */
  grace: number
  /** Who wants to open a connection in place of this one, and its first number; -1 for nobody. */
  reopener: 0 | 1 | -1 = -1
  reopening = 0
  /**
   * ms since 1970 of its newest packet: what is judged of it is judged at this time. Begins as a number, so that setting it anew
   * needs no memory.
   */
  lastSeen = 0
  /** Number of the program its terms come from. */
  generation: number
  /** ms since 1970 from which on its terms must be asked for again. */
  termsUntil = 0
  /** As in PacketSource: for which its terms hold. */
  riskBelow: number
  /** Chain of flows of one hash. */
  following: Flow | undefined

  constructor(given: {
    words: readonly number[]
    ports: readonly [number, number]
    names: readonly [string, string]
    vlan: number
    family: 4 | 6
    client: 0 | 1
    transport: Transport
    terms: Terms
    backTerms: Terms | undefined
    whole: boolean
    now: number
    generation: number
    termsUntil: number
    riskBelow?: number
  }) {
    this.words = given.words
    this.ports = given.ports
    this.names = given.names
    this.vlan = given.vlan
    this.family = given.family
    this.client = given.client
    this.transport = given.transport
    this.terms = given.terms
    this.backTerms = given.backTerms
    this.whole = given.whole
    this.lastSeen = given.now
    // A conversation of datagrams has no beginning that could be seen: what comes first may be an answer.
    const isAsked = given.transport === 'tcp' || (given.client === 0 && given.backTerms === undefined)
    this.grace = given.whole && isAsked ? 0 : pendingLimit
    this.generation = given.generation
    this.termsUntil = given.termsUntil
    this.riskBelow = given.riskBelow ?? 1
    this.state = given.terms.codec.open()
    this.pending = new Pending(given.transport === 'udp')
  }

  /** A connection with the same ports is opened anew. */
  restart(whole: boolean): void {
    this.state = this.terms.codec.open()
    this.pending = new Pending(this.transport === 'udp')
    this.whole = whole
    this.touched = false
    this.dead = false
    this.wasReset = false
    this.grace = whole ? 0 : pendingLimit
    this.reopener = -1
    for (const side of this.sides) {
      Object.assign(side, {
        numbering: new Numbering(),
        sync: 'new',
        isGuess: false,
        heldLength: 0,
        discarding: 0,
        renumbered: false,
        cutAt: undefined,
        postponed: 0,
        parts: 0,
        blind: 0,
        edits: [],
        inserted: [],
        waiting: [],
        ahead: undefined,
        early: [],
        gaps: 0,
        acks: false,
        isOpened: false,
        ended: false,
        hasTimestamps: false,
        window: 8192,
      })
      side.stream.started = false
    }
  }
}

/** Sender and receiver by address, of what one side sends. */
export const endsOf = ({ names }: Flow, side: 0 | 1): readonly [from: string, to: string] =>
  side === 0 ? names : [names[1], names[0]]

/** Adds bytes to what is kept of an unfinished unit. @returns false beyond `limit` */
export const hold = (side: Direction, bytes: Uint8Array, at: number, end: number, limit: number): boolean => {
  const needed = side.heldLength + end - at
  if (needed > limit) return false
  if (needed > side.held.length) {
    let size = Math.max(64, side.held.length)
    while (size < needed) size *= 2
    const larger = new Uint8Array(Math.min(size, limit))
    larger.set(side.held.subarray(0, side.heldLength))
    side.held = larger
  }
  for (let index = at; index < end; index++) side.held[side.heldLength++] = bytes[index] ?? 0
  return true
}

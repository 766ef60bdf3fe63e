/** Which protocol a conversation speaks, by the structure of what is said: a port is not a protocol. */
import type { Codec } from '#core/codec.ts'
import type { Transport } from '#core/protocol.ts'
import { codecs } from './codecs.ts'
import { Reader } from './reading.ts'

/** Payloads looked at before a conversation is given up. */
const maxPayloads = 12
/** Points that decide: some commands, or a command and its answer. */
const enough = 3

/** One protocol, with one end as the client: it is ruled out by the first payload that cannot be of it. */
class Candidate {
  readonly codec: Codec
  readonly client: 0 | 1
  readonly #reader: Reader
  points = 0

  constructor(codec: Codec, client: 0 | 1, transport: Transport) {
    this.codec = codec
    this.client = client
    this.#reader = new Reader(codec, transport, false)
  }

  /** @returns whether all of a payload is made of whole units of the protocol */
  fits(bytes: Uint8Array, side: 0 | 1): boolean {
    const { conversation } = this.#reader
    for (let at = 0; at < bytes.length;) {
      const length = this.codec.frame(bytes, at, bytes.length, conversation.transport)
      if (length <= 0 || at + length > bytes.length || !this.#says(bytes.subarray(at, at + length), side)) return false
      at += length
    }
    return true
  }

  #says(unit: Uint8Array, side: 0 | 1): boolean {
    const isClient = side === this.client
    const { pending } = this.#reader.conversation
    const before = pending.size
    const message = this.#reader.read(unit, isClient)
    if (message.fault === 'opaque') return true
    if (message.fault !== undefined) return false
    let points = message.role === 'response' && before > pending.size ? 2 : 0
    for (let index = 0; index < message.count; index++) {
      const { risk, from = 'client' } = this.codec.vocabulary.ops[message.commands[index]?.op ?? ''] ?? {}
      if (message.role === 'response' || risk === undefined) continue
      if ((from === 'client') !== isClient && from !== 'either') return false
      // Other protocols open and keep connections in the same way.
      if (risk !== 'session') points++
    }
    this.points += points
    return true
  }
}

export interface Recognised {
  readonly codec: Codec
  /** Which side asks. */
  readonly client: 0 | 1
}

/** Whether a payload is made of whole units of a protocol, by their lengths alone. */
const isOfUnits = (codec: Codec, bytes: Uint8Array, transport: Transport): boolean => {
  for (let at = 0; at < bytes.length;) {
    const length = codec.frame(bytes, at, bytes.length, transport)
    if (length <= 0 || at + length > bytes.length) return false
    at += length
  }
  return true
}

const all = Object.values(codecs)

export class Recognition {
  readonly #transport: Transport
  readonly #client: 0 | 1 | undefined
  /** Made with the first payload, of which most protocols can be ruled out without reading it. */
  #candidates: readonly Candidate[] | undefined
  #payloads = 0

  /** @param client the side that opened the conversation, when that was seen */
  constructor(transport: Transport, client: 0 | 1 | undefined) {
    this.#transport = transport
    this.#client = client
  }

  /**
   * Takes the next payload of one side.
   * @returns what it is; `nothing` when it is no protocol of ours; undefined while that is open
   */
  next(payload: Uint8Array, side: 0 | 1): Recognised | 'nothing' | undefined {
    const candidates = (this.#candidates ?? this.#begin(payload)).filter((one) => one.fits(payload, side))
    this.#candidates = candidates
    if (candidates.length === 0) return 'nothing'
    const [best, second] = candidates.toSorted((a, b) => b.points - a.points)
    if (best !== undefined && best.points >= enough && best.points > (second?.points ?? 0)) return best
    return ++this.#payloads >= maxPayloads ? 'nothing' : undefined
  }

  #begin(payload: Uint8Array): readonly Candidate[] {
    const transport = this.#transport
    return all.flatMap((codec) =>
      codec.vocabulary.ports.some((port) => port.transport === transport) && isOfUnits(codec, payload, transport)
        ? ([0, 1] as const).flatMap((side) =>
            this.#client === undefined || this.#client === side ? [new Candidate(codec, side, transport)] : [],
          )
        : [],
    )
  }
}

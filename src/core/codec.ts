/** How a protocol stands on the wire. One codec serves inspection, discovery, simulation and decoys. Pure: bytes in, facts out. */
import type { Message } from './message.ts'
import type { Pending, PendingRequest } from './pending.ts'
import type { Transport, Vocabulary } from './protocol.ts'

/** What a codec knows of one conversation. */
export interface Conversation<S = unknown> {
  /** The codec's own, from {@link Codec.open}. */
  readonly state: S
  readonly pending: Pending
  readonly transport: Transport
  /** The conversation's first bytes were seen; false after mid-stream pick-up, when what only the beginning tells is unknown. */
  readonly whole: boolean
  /** ms since 1970 of its newest packet. */
  readonly lastSeen: number
}

/** Why a command is refused, as far as protocols tell it apart: the function, the object it names, the value, or the moment. */
export type Refusal = 'function' | 'object' | 'value' | 'state'

/**
 * Offsets `at` and `end` delimit what is looked at in `bytes`; nothing outside is read. No method throws, whatever the bytes are,
 * and none but {@link Codec.open} allocates in the steady state.
 */
export interface Codec<S = unknown> {
  readonly vocabulary: Vocabulary
  /** New state for a conversation. */
  open(): S
  /** Datagrams from all ports of one client are one conversation: what their parts amount to goes by addresses of the protocol. */
  readonly acrossPorts?: boolean
  /**
   * Length of the unit that begins at `at`: a frame of the protocol's outermost layer (MBAP, TPKT, encapsulation, link frame, APDU,
   * chunk, datagram). It may be longer than what is there.
   * @returns 0 while too few bytes are there to tell, -1 when no unit of this protocol begins here
   */
  frame(bytes: Uint8Array, at: number, end: number, transport: Transport): number
  /** Longest unit that `frame` gives, in bytes. */
  readonly longest: number
  /**
   * Reads one whole unit. A request yields its commands. A response yields the values it shows (same op and fields as its request,
   * found with `conversation.pending.find`); what a server sends of its own accord yields commands whose op has `from: 'server'`.
   */
  parse(
    bytes: Uint8Array,
    at: number,
    end: number,
    fromClient: boolean,
    conversation: Conversation<S>,
    message: Message,
  ): void
  /**
   * Writes the protocol's own refusal of the client's unit (the last one parsed), as the server would send it, into `out` (1,024 bytes).
   * @returns its length; 0 when the client expects no answer; -1 when this message cannot be withheld without breaking the session
   */
  refuse(
    bytes: Uint8Array,
    at: number,
    end: number,
    conversation: Conversation<S>,
    why: Refusal,
    out: Uint8Array,
  ): number
  /**
   * So many bytes of a unit, and so many ms later, a receiver may have given it up, and take the rest for another one; `unless` they
   * begin a unit whose rest every receiver waits for.
   */
  readonly givenUp?: {
    readonly bytes: number
    readonly ms: number
    readonly unless: (bytes: Uint8Array, at: number) => boolean
  }
  /**
   * A receiver that does not know a request may throw away all that came behind it, until so many ms have gone by or it has answered;
   * `unless` every receiver knows it. What is thrown away must end where a unit ends, or the rest of one would be taken for another.
   */
  readonly discards?: { readonly ms: number; readonly unless: (bytes: Uint8Array, at: number) => boolean }
  /**
   * Whether what is there of a client's unit whose end has not come shows that it will be at fault: its receiver may go by another length
   * than the one it states, and act on its beginning.
   */
  contradicts?(bytes: Uint8Array, at: number, end: number): boolean
  /**
   * Bytes of a client's unit that arrive together or not at all: a receiver may take as many for granted once it has the first, and read
   * what comes later as the beginning of another unit. 0 or undefined: it may be divided anywhere.
   */
  readonly undivided?: number
  /** Whether withholding the last part of a message is harmless when its earlier parts were delivered. */
  readonly abandonable: boolean
  /**
   * Rewrites the client's unit in place, same length, into one that the device refuses by specification.
   * @returns false when this unit cannot be
   */
  neutralise?(bytes: Uint8Array, at: number, end: number, conversation: Conversation<S>): boolean
  /** Puts the device's refusal of a neutralised unit into the words of the original request's refusal, in place, same length. */
  restore?(bytes: Uint8Array, at: number, end: number, conversation: Conversation<S>, request: PendingRequest): void
  /**
   * For protocols that number their messages, or put them together of parts: the unit parsed last, of either end, was withheld, and with
   * it all others of its datagram; `answered`: its client got a refusal.
   */
  withheld?(conversation: Conversation<S>, answered: boolean, fromClient: boolean): void
  /** For protocols that number their messages: rewrites the numbers of a unit that is about to be forwarded, in place. @returns whether anything changed */
  renumber?(bytes: Uint8Array, at: number, end: number, fromClient: boolean, conversation: Conversation<S>): boolean
  /** `renumber` may be given a unit whose end has not come and that was not parsed, once that many bytes are there. */
  readonly numberedWithin?: number
  /** Bytes at the beginning of a unit that stand before its numbers. */
  readonly numberedFrom?: number
}

export const defineCodec = <S>(codec: Codec<S>): Codec<S> => codec

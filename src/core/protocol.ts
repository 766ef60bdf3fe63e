/** Risk classes of commands, usable in policy as `allow: [read]`. From harmless to what can change a controller's logic. */
export const risks = ['read', 'write', 'control', 'program', 'discover', 'session', 'file'] as const
export type Risk = (typeof risks)[number]

/** One command of a protocol: what one message asks the device to do. */
export interface Op {
  readonly summary: string
  readonly risk: Risk
  /** The protocol's own code for it, as its specification writes it, e.g. `FC 6` or `0x4c`. */
  readonly code: string
  /** Names of the constraints (see {@link Vocabulary.constraints}) that a rule for this command may set. */
  readonly constraints?: readonly string[]
  /**
   * Who sends it, when not the client alone: data that a device reports, or what either end may send. A conduit's `allow:`
   * covers both directions of its conversation; an inspector denies the op from the wrong end.
   */
  readonly from?: 'server' | 'either'
  /** Its values are announced alone: the device takes them with another command. */
  readonly announces?: true
}

/**
 * What a rule may narrow about a command.
 * - `ranges`: whole numbers and ranges, e.g. `100-119,140`
 * - `number`: one number, e.g. `50`
 * - `names`: strings, one or a list; `values` closes the list where the protocol does
 */
export interface Constraint {
  readonly kind: 'ranges' | 'number' | 'names'
  readonly summary: string
  /** The word for a single one in `tests:` and `while:`, e.g. `register` for `registers`; absent: the same word. */
  readonly one?: string
  /** Inclusive limits for numbers. */
  readonly min?: number
  readonly max?: number
  readonly values?: readonly string[]
  /** Names in which upper and lower case are two; in all others they are one. */
  readonly cased?: RegExp
  /**
   * An end of names that does not say which place is meant: the values of places that differ in it alone are compared with each other.
   * Its group, where it has one, is the number of the first value there.
   */
  readonly aside?: RegExp
  /** A device may not look at it, or answer to several: by another one the same place can be meant. */
  readonly loose?: true
  /**
   * What it is about, when not the place of a value: `connection` (only its beginning tells it, such as the rack and slot of an S7
   * connection) or `message` (how something is asked for, such as a priority or a quantity).
   */
  readonly of?: 'connection' | 'message'
  /** As what bytes are read: a value seen with one says nothing of a value with another, although the place is the same. */
  readonly reads?: true
  /** With this one of its names, the values of a command are announced alone: the device takes them with another command. */
  readonly announces?: string
}

export type Transport = 'tcp' | 'udp'

/** A conversation that belongs to a service besides the client's request to the server port. */
export interface Companion {
  readonly id: string
  readonly summary: string
  readonly transport: Transport
  /** Who sends the first packet. */
  readonly from: 'client' | 'server'
  /** Destination port of the first packet. */
  readonly port: number
  /** IPv4 or IPv6 destination network when the flow is multicast; absent: unicast to the other end. */
  readonly multicast?: string
  /** Cyclic process data without commands: the kernel alone decides on it, and nothing of it goes to an inspector. */
  readonly cyclic?: true
  /** Who opens it is the server still: the end that it is opened to asks. */
  readonly reversed?: true
}

/** A non-unicast service that policy may allow per zone under `broadcast:`. */
export interface Broadcast {
  readonly id: string
  readonly summary: string
  readonly match: { readonly transport: 'udp'; readonly port: number } | { readonly etherType: number }
}

/** Everything policy needs to know about a protocol: data only, no code. */
export interface Vocabulary<O extends string = string> {
  readonly name: string
  readonly title: string
  /** The specification that the names and codes below come from. */
  readonly source: string
  /** Server ports of the service. */
  readonly ports: readonly { readonly transport: Transport; readonly port: number }[]
  readonly ops: Readonly<Record<O, Op>>
  readonly constraints: Readonly<Record<string, Constraint>>
  readonly companions: readonly Companion[]
  readonly broadcast: readonly Broadcast[]
  /** Whether the protocol has a refusal of its own that an inspector can send (`deny-action: exception`). */
  readonly refusal: 'native' | 'none'
  /** Whether a denied message can be rewritten in place to one the device refuses (`deny-action: neutralise`). */
  readonly neutralisable: boolean
  /** What cannot be seen inside this protocol, in one sentence, e.g. when it is encrypted. */
  readonly blind?: string
}

export const defineVocabulary = <const O extends string>(vocabulary: Vocabulary<O>): Vocabulary<O> => vocabulary

/** What a decoy says. Pure: bytes in, bytes out; sockets, clocks and what is kept of it belong to the decoy host. */
import type { Persona } from './persona.ts'
import type { Transport } from './protocol.ts'

/** Who one decoy claims to be, beside the model of its persona. Made from the site's seed; no two decoys share a serial or a name. */
export interface Identity {
  /** IPv4 address it answers on. */
  readonly address: string
  /** Ethernet address, lower case with colons. */
  readonly mac: string
  /** Host or station name, 3 to 15 of `A-Z a-z 0-9 -`; unique in the site. */
  readonly name: string
  /** Serial as printed on the device, in the pattern of its persona; unique in the site. */
  readonly serial: string
  /** The same as a number of 32 bits, not 0; unique in the site. */
  readonly serialNumber: number
  /** 32 bits for whatever else must differ between decoys and stay the same for this one. */
  readonly seed: number
}

/** Values of a process that moves as one of its kind would. The same decoy shows the same values over every protocol. */
export interface Process {
  /**
   * A measured value in percent of its range, 0 to 100. Point 0 is the level of a tank, 1 its inflow, 2 a temperature, 3 a
   * counter that rises (percent of an hour's production); others move about a value of their own.
   * @param at ms since 1970
   */
  analog(point: number, at: number): number
  /** Point 0: the inlet is open; others change now and then. */
  digital(point: number, at: number): boolean
}

/** What somebody typed into a login, or proved that he knows. */
export interface Attempt {
  /** At most 128 characters; empty where the protocol has no user. */
  readonly user: string
  readonly secret:
    | { readonly kind: 'password'; readonly text: string }
    /** RFC 6143, 7.2.2: DES of the challenge under the password. */
    | { readonly kind: 'vnc'; readonly challenge: Uint8Array; readonly response: Uint8Array }
    /** A user was named and no secret shown. */
    | { readonly kind: 'none' }
}
/** Characters of a user or a password that are looked at. */
export const attemptLimit = 128

/** As notes have it: what a stranger sent, with a dot for each character that is not printable. */
export const printable = (text: string, most = 100): string => text.replaceAll(/[^ -~]/g, '.').slice(0, most)

export interface Answer {
  /** What goes out, in order. */
  readonly send: readonly Uint8Array[]
  /** Complete requests that were taken with these bytes: what the response budget counts. */
  readonly exchanges: number
  /** Close after sending. */
  readonly close?: true
  /** After sending, this connection is TLS (STARTTLS, RDP); what `take` is given then is decrypted. */
  readonly tls?: true
  readonly attempts?: readonly Attempt[]
  /** What was asked, in the words of the protocol, each at most 100 printable characters: `read SZL 0x0011`, `GET /login`. */
  readonly notes?: readonly string[]
  /** ms to wait before sending, 0 to 3000: a device that thinks, or a login that is refused. */
  readonly delay?: number
}
export const silence: Answer = { send: [], exchanges: 0 }
/** Closes without a word. */
export const farewell: Answer = { ...silence, close: true }

/** One TCP connection, or one datagram of a peer. */
export interface Talk {
  /** What the device says before it is asked. */
  readonly greeting?: readonly Uint8Array[]
  /**
   * Takes what came, however it was cut; keeps what is incomplete, at most a few kB. Never throws, whatever the bytes are; what is no
   * request of the protocol is answered as the device would, or closes the connection.
   */
  take(bytes: Uint8Array): Answer
}

export interface TalkContext {
  readonly identity: Identity
  readonly persona: Pick<Persona, 'vendor' | 'model' | 'firmware'>
  readonly process: Process
  /** ms since 1970. */
  readonly now: () => number
  /** Address of the other end. */
  readonly peer: string
}

/** One service as a device model speaks it. `P`: what differs between models, a literal in the persona. */
export interface Personality<P = unknown> {
  readonly service: string
  readonly transports: readonly Transport[]
  /** It is typed into character by character: anything may be part of a password, corrected or never finished, so none of it is recorded. */
  readonly hidesInput?: true
  open(context: TalkContext, profile: P, transport: Transport): Talk
}

export const definePersonality = <P>(personality: Personality<P>): Personality<P> => personality

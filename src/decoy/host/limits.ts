/** What sources may take of the decoy host. Every number is a bound that a test holds. */
export interface Limits {
  /** Connections at a time: of one source, of all, and those under TLS, which cost more. */
  readonly perSource: number
  readonly connections: number
  readonly secure: number
  /** New connections a second: of one source, of all. */
  readonly newPerSource: number
  readonly newInAll: number
  /** ms without a byte from the source, and ms that a connection lasts at most. */
  readonly idle: number
  readonly life: number
  /** ms without a byte after which a connection has to leave for a new one where there are as many as may be. */
  readonly patience: number
  /** Bytes taken from one connection. */
  readonly input: number
  /** Bytes of answers that wait to be sent, of one connection and of all: above, the connection that adds to them ends. */
  readonly queue: number
  readonly queues: number
  /** ms for which the other end may take its time once this one has closed. */
  readonly closing: number
  /** ms that an answer waits for `go-on` or `cut`. */
  readonly hold: number
  /** ms for which a source that was cut is refused: what was under way. Longer, the kernel stops it, for as long as it is contained. */
  readonly cut: number
  /** ms of processor time that one source may use in each `shareWindow` ms. */
  readonly share: number
  readonly shareWindow: number
  /** Sources, and pairs of source and decoy, that are remembered. */
  readonly sources: number
  readonly pairs: number
  /** Datagrams a second: from one source, from all, and answers to one source. */
  readonly datagramsPerSource: number
  readonly datagramsInAll: number
  readonly answersPerSource: number
  /** ms that an answer is kept back so that no more than that leave. */
  readonly answerWait: number
  /** ms for which a completed handshake vouches for the address of a source. */
  readonly proven: number
  /**
   * A source that nothing vouches for may be somebody else's address. Answers to it have `amplification` times the bytes it sent, and
   * `unprovenBytes` a second more: what identifies a device (BACnet, SNMP) is longer than the question.
   */
  readonly amplification: number
  readonly unprovenBytes: number
  /** Bytes a second of answers to all such sources together, beyond what they sent. */
  readonly unprovenInAll: number
  /** ms after which a conversation of datagrams is over. */
  readonly datagramIdle: number
  readonly datagramSessions: number
  /** Bytes of one recording, and of all that are in memory. */
  readonly recording: number
  readonly recordings: number
  /** Logins a second: of one source, of all. */
  readonly attemptsPerSource: number
  readonly attemptsInAll: number
  /** ms that is waited for a verifier, and attempts that wait for it at a time. */
  readonly verify: number
  readonly verifying: number
  /** Contacts told a second for one source. */
  readonly contacts: number
  /** ms that the event loop may be late by its own work before nobody new is let in, until it is not. */
  readonly lag: number
  /** Bytes of resident memory above which nobody new is let in. */
  readonly memory: number
}

export const limits: Limits = {
  perSource: 64,
  connections: 4000,
  secure: 400,
  newPerSource: 20,
  newInAll: 500,
  idle: 60_000,
  life: 600_000,
  patience: 3000,
  input: 1 << 20,
  queue: 1 << 20,
  queues: 32 << 20,
  closing: 5000,
  hold: 2000,
  cut: 5000,
  share: 25,
  shareWindow: 100,
  sources: 16_384,
  pairs: 65_536,
  datagramsPerSource: 100,
  datagramsInAll: 5000,
  answersPerSource: 20,
  answerWait: 1000,
  proven: 60_000,
  amplification: 3,
  unprovenBytes: 6000,
  unprovenInAll: 200_000,
  datagramIdle: 30_000,
  datagramSessions: 1024,
  recording: 256 << 10,
  recordings: 32 << 20,
  attemptsPerSource: 20,
  attemptsInAll: 200,
  verify: 3000,
  verifying: 512,
  contacts: 10,
  lag: 200,
  memory: 280 << 20,
}

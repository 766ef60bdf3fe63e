/** What is known of one conversation: its secure channel, both sequences of numbers, and what answers will be about. */
import { Asked } from './asked.ts'
import { Sequence } from './sequence.ts'
import { Chunks } from './chunks.ts'

/** Security modes as the standard numbers them (OPC 10000-4, 7.20); 0 while it is not known. */
export const modes = { unknown: 0, none: 1, sign: 2, encrypt: 3 } as const
export const modeNames: readonly string[] = ['', 'None', 'Sign', 'SignAndEncrypt']

/** One direction. */
export class Direction {
  readonly sequence = new Sequence()
  readonly chunks = new Chunks()
  /** The last unit carries a sequence number that was read. */
  numbered = false

  seen(number: number): void {
    this.numbered = true
    this.sequence.seen(number)
  }
}

export class State {
  /** Endpoint of the Hello; undefined when it was not seen. */
  endpoint: string | undefined
  /** The end of the policy's URI; undefined when the channel's opening was not seen. */
  policy: string | undefined
  mode: number = modes.unknown
  /** Bytes of a signature at the end of each chunk, -1 while it is not known. */
  signature = -1
  /** The same before the client's last unit, which opens a channel that may be withheld. */
  formerPolicy: string | undefined
  formerMode: number = modes.unknown
  formerSignature = -1
  /** The client's last unit asks for a channel. */
  opening = false
  /** The client asked for a new channel: the server counts anew from its answer on. */
  reopening = false
  readonly client = new Direction()
  readonly server = new Direction()
  readonly asked = new Asked()
  /** Whether the refusal of the client's last unit would carry a sequence number. */
  answerNumbered = false
  /** The client's last unit is one of several of its message; and such a one was withheld, so that the server waits for its end. */
  partial = false
  broken = false
  /** Of the client's last message, for its refusal: where the service's request header shows it. */
  handle = 0
  timeLow = 0
  timeHigh = 0
}

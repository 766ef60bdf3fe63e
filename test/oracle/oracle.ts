/** What one protocol's comparison with tshark consists of: which fields to ask for, and both readings put into the same words. */
import type { Message } from '#core/message.ts'

/** Fields of one frame, by tshark's names; every occurrence in order, an empty list when the frame has none. */
export type Row = Readonly<Record<string, readonly string[]>>

export interface Oracle {
  readonly protocol: string
  /** Display filter for the frames to compare, e.g. `mbtcp`. */
  readonly filter: string
  /** Fields for `tshark -e`; `frame.number` is always there. */
  readonly fields: readonly string[]
  /** For `tshark -d`, e.g. `tcp.port==1502,mbtcp`; our side takes such a port for the service's, too. */
  readonly decodeAs?: readonly string[]
  /** What tshark read in one frame, one canonical text for each thing, in order. */
  expected(row: Row): readonly string[]
  /** The same of one of our messages. The message is filled again afterwards: nothing of it may be kept. */
  ours(message: Message, fromClient: boolean): readonly string[]
}

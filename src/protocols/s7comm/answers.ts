/** Acknowledgements (ROSCTR 2 and 3): what a response shows. Without its request it shows no place, and so nothing. */
import { u16be } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import type { PendingRequest } from '#core/pending.ts'
import { blockTypeOf } from './blocks.ts'
import { code } from './jobs.ts'
import type { S7State } from './state.ts'
import { isAnyRefused, readAnswers } from './variables.ts'

/** Functions of the transfer of blocks, and the bit of their status that says that it failed. */
const firstTransfer = 0x1a
const lastTransfer = 0x1f
const transferFailed = 2

/** Whether an acknowledgement whose header is without error says itself that not all was done. */
const isRefused = (bytes: Uint8Array, at: number, stop: number, end: number, message: Message): boolean => {
  const job = bytes[at] ?? 0
  if (stop - at < 2) return false
  if (job === code.read || job === code.write)
    return isAnyRefused(job === code.read, bytes, stop, end, bytes[at + 1] ?? 0, message)
  return job >= firstTransfer && job <= lastTransfer && ((bytes[at + 1] ?? 0) & transferFailed) !== 0
}

/** Parameters from `at` to `stop`, data to `end`; `isError`: the header carries an error instead of a result. */
export const readAnswer = (
  bytes: Uint8Array,
  at: number,
  stop: number,
  end: number,
  isError: boolean,
  fromClient: boolean,
  state: S7State,
  request: PendingRequest | undefined,
  message: Message,
): void => {
  message.refused = isError || isRefused(bytes, at, stop, end, message)
  if (isError || at === stop) return
  const job = bytes[at] ?? 0
  if (job === code.setup && !fromClient && stop - at === 8) {
    state.pdu = u16be(bytes, at + 6)
    return
  }
  if (request === undefined || request.notes[3] !== job) return
  if (job === code.read) {
    const place = state.items.find(request.notes[0] ?? -1)
    const count = stop - at < 2 ? 0 : (bytes[at + 1] ?? 0)
    if (place < 0 || request.notes[1] !== count) return
    const placeEnd = place + (request.notes[2] ?? 0)
    return readAnswers(state.items.bytes, place, placeEnd, count, bytes, stop, end, state, message)
  }
  // The controller fetches a block: its data is in the client's acknowledgement.
  if (fromClient && (job === code.download || job === code.ended)) {
    const command = message.begin(request.op)
    const type = blockTypeOf(request.notes[1] ?? 0)
    const block = (request.notes[0] ?? 0) - 1
    if (type !== undefined) command.text('block-type', type)
    if (block >= 0) command.number('block', block)
    state.called.onto(command)
  }
}

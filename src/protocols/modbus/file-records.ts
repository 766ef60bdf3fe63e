/** FC 20 and 21, sections 6.14 and 6.15: records of files. */
import { u16be } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'

/** The only reference type there is. */
const extendedMemory = 6
/** Reference type, file, first record, record length. */
const groupHeader = 7

/** One command for each group, since each names its own file and records. */
export const readFileRequest = (
  code: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  unit: number,
  message: Message,
): void => {
  if (at + 2 + (bytes[at + 1] ?? 0) !== end) message.fault = 'malformed'
  let group = at + 2
  while (group < end && message.fault === undefined && message.step()) {
    const file = u16be(bytes, group + 1)
    const first = u16be(bytes, group + 3)
    const count = u16be(bytes, group + 5)
    const size = groupHeader + (code === 21 ? 2 * count : 0)
    if (bytes[group] !== extendedMemory || group + size > end) message.fault = 'malformed'
    else {
      const command = message
        .begin(code === 20 ? 'read-file-record' : 'write-file-record')
        .number('unit', unit)
        .number('files', file)
        .span('records', first, first + Math.max(1, count) - 1)
      command.unreadable = code === 21
      message.notes[0] = first
      message.notes[1] = count
      message.notes[2] = file
      message.notes[3] = message.count
    }
    group += size
  }
  if (message.count > 0) return
  message.begin(code === 20 ? 'read-file-record' : 'write-file-record').number('unit', unit)
  message.fault = 'malformed'
}

/** Values of the one group that was asked for; of several, it is not kept where each came from. */
export const readFileResponse = (
  bytes: Uint8Array,
  at: number,
  end: number,
  unit: number,
  notes: Float64Array,
  message: Message,
): void => {
  if (at + 2 + (bytes[at + 1] ?? 0) !== end) {
    message.fault = 'malformed'
    return
  }
  const count = notes[1] ?? 0
  if (notes[3] !== 1 || count === 0 || bytes[at + 3] !== extendedMemory) return
  if (bytes[at + 2] !== 1 + 2 * count || end !== at + 4 + 2 * count) {
    message.fault = 'malformed'
    return
  }
  const first = notes[0] ?? 0
  const command = message
    .begin('read-file-record')
    .number('unit', unit)
    .number('files', notes[2] ?? 0)
    .span('records', first, first + count - 1)
  for (let index = 0; index < count && message.step(); index++) command.value(u16be(bytes, at + 4 + 2 * index))
}

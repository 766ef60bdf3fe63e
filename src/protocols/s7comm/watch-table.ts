/** Variables of a watch table: test functions of the programming device, which have items of their own form. */
import { u16be } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { Item } from './items.ts'
import type { S7State } from './state.ts'
import { readValues } from './values.ts'

/** High half of an item's first byte. */
const areas: Readonly<Record<number, string>> = {
  0: 'M',
  1: 'I',
  2: 'Q',
  3: 'P',
  5: 'T',
  6: 'C',
  7: 'DB',
}
/** Low half: bits, bytes, words, double words, and the elements of timers and counters. */
const words = ['bit', 'byte', 'word', 'dword', 'timer', 'counter'] as const
const widths = [0, 1, 2, 4, 2, 2] as const

const item = new Item()
const itemSize = 6

/** Area and width, repetition (of a bit: its position), data block, address. */
const readTestItem = (bytes: Uint8Array, at: number): void => {
  item.clear()
  const kind = (bytes[at] ?? 0) & 15
  const area = (bytes[at] ?? 0) >> 4
  const repeated = bytes[at + 1] ?? 0
  item.area = areas[area] ?? ''
  if (area === 7) item.db = u16be(bytes, at + 2)
  if (item.area === 'T') item.type = 'timer'
  else if (item.area === 'C') item.type = 'counter'
  else item.type = words[kind] ?? ''
  const counted = item.area === 'T' || item.area === 'C'
  item.width = counted ? 2 : (widths[kind] ?? 0)
  if (item.type === '') return
  item.first = u16be(bytes, at + 4)
  item.count = item.type === 'bit' ? 1 : repeated
  item.size = item.count * Math.max(1, item.width)
  item.last = item.first + (counted ? Math.max(1, item.count) : Math.max(1, item.size)) - 1
  if (item.type === 'bit') item.bit = repeated
}

/**
 * Sizes of parameters and of data, the parameters, the number of items, the items, and what is written to them. What does not hold
 * together yields the command without a place, so that no rule about places permits it.
 */
export const readWatched = (
  op: string,
  bytes: Uint8Array,
  at: number,
  end: number,
  state: S7State,
  message: Message,
): void => {
  const parameters = u16be(bytes, at)
  const start = at + 4 + parameters
  const count = u16be(bytes, start)
  const values = start + 2 + itemSize * count
  const fits = end - at >= 6 && parameters + u16be(bytes, at + 2) + 4 === end - at && values <= end
  if (!fits || count === 0) {
    state.called.onto(message.begin(op))
    return
  }
  let data = values
  for (let index = 0; index < count && message.fault === undefined && message.step(); index++) {
    readTestItem(bytes, start + 2 + itemSize * index)
    const command = state.called.onto(item.onto(message.begin(op)))
    if (op !== 'modify-variable') continue
    if (data + 4 > end) {
      message.fault = 'malformed'
      return
    }
    const size = u16be(bytes, data + 2)
    if (data + 4 + size > end) command.unreadable = true
    else readValues(bytes, data + 4, size, item, command, message)
    data += 4 + size + (size & 1)
  }
  // The padding of the last one counts, or does not.
  if (op === 'modify-variable' && data !== end && data !== end + 1) message.fault = 'malformed'
  if (op === 'variable-status' && values !== end) message.fault = 'malformed'
}

/** Commands that name variables: one for each place, with the values that are written to it. */
import type { Message, ParsedCommand } from '#core/message.ts'
import { Item, readItem, readPart } from './items.ts'
import type { S7State } from './state.ts'
import { dataSize, readValues, writtenSize } from './values.ts'

/** Only one is ever looked at. */
const item = new Item()
const dataHeader = 4
/** Of a data item in a response. */
const success = 0xff

const begin = (op: string, message: Message, state: S7State): ParsedCommand =>
  state.called.onto(item.onto(message.begin(op)))

/** The item at `at` is the last command's: how far the data at `data` reaches. @returns -1 when it reaches too far */
const written = (bytes: Uint8Array, data: number, end: number, command: ParsedCommand, message: Message): number => {
  const size = data + dataHeader > end ? -1 : writtenSize(bytes, data, item)
  const stop = data + dataHeader + size
  if (size < 0 || stop > end) return -1
  readValues(bytes, data + dataHeader, size, item, command, message)
  return stop
}

/**
 * Reads `count` items from `at` to `stop`, and the data written to them from `data` to `end`.
 * @param data -1: nothing is written
 */
export const readVariables = (
  op: string,
  bytes: Uint8Array,
  at: number,
  stop: number,
  count: number,
  data: number,
  end: number,
  state: S7State,
  message: Message,
): void => {
  let part = at
  let value = data
  // A device that counts a size in other units finds the values behind it elsewhere.
  let doubtful = false
  if (count === 0) {
    state.called.onto(message.begin(op))
    message.fault = 'malformed'
  }
  for (let index = 0; index < count && message.fault === undefined && message.step(); index++) {
    const isLast = index === count - 1
    const next = readItem(bytes, part, stop, item)
    if (next < 0) {
      state.called.onto(message.begin(op))
      message.fault = 'malformed'
      return
    }
    for (let inner = 0; inner < item.parts && message.fault === undefined && message.step(); inner++) {
      readPart(bytes, part, inner, item)
      const command = begin(op, message, state)
      if (data >= 0 && item.isParted) command.unreadable = true
    }
    if (data >= 0) {
      const command = message.commands[message.count - 1]
      const start = value
      value = command === undefined ? -1 : written(bytes, value, end, command, message)
      if (value < 0 || command === undefined) {
        message.fault = 'malformed'
        return
      }
      doubtful ||= !isLast && start + dataHeader + dataSize(bytes, start) !== value
      if (doubtful) command.unreadable = true
      // Each but the last is padded to an even length, of its data and of its place.
      if (!isLast && ((value - data) & 1) === 1) value++
    }
    part = next
    if (!isLast && ((next - at) & 1) === 1) part++
  }
  if (part !== stop || (data >= 0 && value !== end)) message.fault ??= 'malformed'
}

/** Values of an item in parts (DBREAD): each is a return code and its bytes. What follows one that failed is not known. */
const readPartedAnswer = (
  items: Uint8Array,
  part: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  state: S7State,
  message: Message,
): void => {
  let data = at
  for (let index = 0; index < item.parts && message.step(); index++) {
    readPart(items, part, index, item)
    const next = data + 1 + item.count
    if (next > end) return
    if (bytes[data] !== success) {
      message.refused = true
      return
    }
    item.width = 1
    item.size = item.count
    readValues(bytes, data + 1, item.count, item, begin('read-var', message, state), message)
    data = next
  }
}

/**
 * Whether one of `count` items in an answer, from `at` to `end`, has another return code than success.
 * @param valued behind each return code stand a size and values, as in the answer to a read
 */
export const isAnyRefused = (
  valued: boolean,
  bytes: Uint8Array,
  at: number,
  end: number,
  count: number,
  message: Message,
): boolean => {
  let place = at
  for (let index = 0; index < count && place < end && message.step(); index++) {
    if (bytes[place] !== success) return true
    if (valued) {
      const next = place + dataHeader + dataSize(bytes, place)
      place = next + ((next - at) & 1)
    } else place++
  }
  return false
}

/** Values of a read's response. Places are those of its request, from `place` to `placeEnd` of the kept `items`. */
export const readAnswers = (
  items: Uint8Array,
  place: number,
  placeEnd: number,
  count: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  state: S7State,
  message: Message,
): void => {
  let part = place
  let data = at
  for (let index = 0; index < count && message.step(); index++) {
    const size = dataSize(bytes, data)
    const stop = data + dataHeader + size
    const next = readItem(items, part, placeEnd, item)
    if (next < 0 || stop > end) {
      message.fault = 'malformed'
      return
    }
    // A place that could not be read has no value.
    if (bytes[data] === success && item.isParted)
      readPartedAnswer(items, part, bytes, data + dataHeader, stop, state, message)
    else if (bytes[data] === success && item.first >= 0)
      readValues(bytes, data + dataHeader, size, item, begin('read-var', message, state), message)
    part = next + ((next - place) & 1)
    data = stop + (index < count - 1 ? (stop - at) & 1 : 0)
  }
  if (data !== end) message.fault = 'malformed'
}

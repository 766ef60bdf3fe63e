/** Jobs that read and write variables, item by item. */
import { putU16be, u16be } from '#core/bytes.ts'
import { Item, readItem } from './items.ts'
import { itemCode, type S7Memory } from './personality-memory.ts'
import { fault } from './personality-replies.ts'
import { dataSize } from './values.ts'

export interface JobOutcome {
  readonly error: number
  readonly parameters: Uint8Array
  readonly data: Uint8Array
  readonly notes: readonly string[]
}

/** Transport sizes of data: bits and words count bits, whole numbers too, floating-point numbers and octets count bytes. */
const transport = { bit: 3, bits: 4, integer: 5, real: 7, octets: 9 } as const
const sizeOf = (item: Item): number =>
  item.type === 'real'
    ? transport.real
    : item.type === 'int' || item.type === 'dint'
      ? transport.integer
      : item.area === 'C' || item.area === 'T'
        ? transport.octets
        : transport.bits

const mostItems = 20
const mostNotes = 8

/** First byte and bytes of what an item names; counters and timers have two bytes each. -1: it names nothing that can be read. */
const placeOf = (item: Item): readonly [first: number, length: number] => {
  if (item.isParted || item.area === '' || item.count === 0) return [-1, 0]
  if (item.area === 'C' || item.area === 'T') return [2 * item.first, 2 * item.count]
  if (item.bit >= 0) return [item.first, 1]
  return item.size > 0 ? [item.first, item.size] : [-1, 0]
}

const named = (item: Item): string => {
  const area = item.area === 'DB' ? `DB${item.db}` : item.area
  return `${area} ${item.first}${item.bit >= 0 ? `.${item.bit}` : item.last > item.first ? `-${item.last}` : ''}`
}

const readOne = (item: Item, memory: S7Memory): Uint8Array => {
  const refused = (code: number): Uint8Array => Uint8Array.of(code, 0, 0, 0)
  const [first, length] = placeOf(item)
  if (first < 0) return refused(item.area === '' || item.isParted ? itemCode.missing : itemCode.type)
  const bytes = memory.read(item.area, item.db, first, length)
  if (typeof bytes === 'number') return refused(bytes)
  const out = new Uint8Array(4 + length)
  out[0] = itemCode.success
  if (item.bit >= 0) {
    out[1] = transport.bit
    putU16be(out, 2, 1)
    out[4] = ((bytes[0] ?? 0) >> item.bit) & 1
    return out
  }
  const code = sizeOf(item)
  out[1] = code
  putU16be(out, 2, code === transport.bits || code === transport.integer ? 8 * length : length)
  out.set(bytes, 4)
  return out
}

const failed = (job: number, error: number, notes: readonly string[]): JobOutcome => ({
  error,
  parameters: Uint8Array.of(job),
  data: new Uint8Array(0),
  notes,
})

/** @param room bytes that the data of the answer may have */
export const readVariablesOf = (
  bytes: Uint8Array,
  at: number,
  stop: number,
  memory: S7Memory,
  room: number,
): JobOutcome => {
  const count = bytes[at + 1] ?? 0
  const job = bytes[at] ?? 0
  const item = new Item()
  const parts: Uint8Array[] = []
  const notes: string[] = []
  let size = 0
  if (count === 0 || count > mostItems) return failed(job, fault.size, notes)
  for (let index = 0, next = at + 2; index < count; index++) {
    const end = readItem(bytes, next, stop, item)
    if (end < 0) return failed(job, fault.size, notes)
    // Every item but the last is filled up to an even number of bytes, in requests and answers alike.
    next = end + ((end - next) & 1)
    if (notes.length < mostNotes) notes.push(`read ${named(item)}`)
    // What has no room is not gathered first.
    const [, length] = placeOf(item)
    if (size + 4 + length > room) return failed(job, fault.size, notes)
    const part = readOne(item, memory)
    const isLast = index === count - 1
    size += part.length + (isLast ? 0 : part.length & 1)
    parts.push(part)
  }
  if (size > room) return failed(job, fault.size, notes)
  const data = new Uint8Array(size)
  for (let index = 0, next = 0; index < parts.length; index++) {
    const part = parts[index] ?? data
    data.set(part, next)
    next += part.length + (part.length & 1)
  }
  return { error: fault.none, parameters: Uint8Array.of(job, count), data, notes }
}

const writeOne = (item: Item, bytes: Uint8Array, from: number, size: number, memory: S7Memory): number => {
  const [first, length] = placeOf(item)
  if (first < 0) return item.area === '' || item.isParted ? itemCode.missing : itemCode.type
  if (item.bit >= 0) {
    if (size !== 1) return itemCode.size
    const bit = (bytes[from] ?? 0) & 1
    return memory.write(item.area, item.db, first, Uint8Array.of(bit << item.bit), 1 << item.bit)
  }
  if (size !== length) return itemCode.size
  return memory.write(item.area, item.db, first, bytes.subarray(from, from + size), 0xff)
}

export const writeVariablesOf = (
  bytes: Uint8Array,
  at: number,
  stop: number,
  end: number,
  memory: S7Memory,
): JobOutcome => {
  const count = bytes[at + 1] ?? 0
  const job = bytes[at] ?? 0
  const item = new Item()
  const notes: string[] = []
  const codes: number[] = []
  if (count === 0 || count > mostItems) return failed(job, fault.size, notes)
  for (let index = 0, next = at + 2, data = stop; index < count; index++) {
    const after = readItem(bytes, next, stop, item)
    if (after < 0 || data + 4 > end) return failed(job, fault.size, notes)
    next = after + ((after - next) & 1)
    // A bit counts one, whichever transport size it has.
    const size = item.bit >= 0 ? u16be(bytes, data + 2) : dataSize(bytes, data)
    const from = data + 4
    if (from + size > end) return failed(job, fault.size, notes)
    if (notes.length < mostNotes) notes.push(`write ${named(item)}`)
    codes.push(writeOne(item, bytes, from, size, memory))
    data = from + size + (size & 1)
  }
  return { error: fault.none, parameters: Uint8Array.of(job, count), data: Uint8Array.from(codes), notes }
}

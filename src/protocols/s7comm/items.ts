/** What a variable access names: the items of read, write and cyclic services, by their syntax. */
import { u16be, u24be } from '#core/bytes.ts'
import type { ParsedCommand } from '#core/message.ts'

/** Words of the `type` constraint, by the transport size in an item. */
const types: Readonly<Record<number, readonly [word: string, size: number]>> = {
  0x01: ['bit', 0],
  0x02: ['byte', 1],
  0x03: ['char', 1],
  0x04: ['word', 2],
  0x05: ['int', 2],
  0x06: ['dword', 4],
  0x07: ['dint', 4],
  0x08: ['real', 4],
  0x09: ['date', 2],
  0x0a: ['time-of-day', 4],
  0x0b: ['time', 4],
  0x0c: ['s5time', 2],
  0x0f: ['date-and-time', 8],
  0x1c: ['counter', 2],
  0x1d: ['timer', 2],
}

/** Areas; those from 0x05 to 0x07, 0x1e and 0x1f are of the S7-200. */
const areas: Readonly<Record<number, string>> = {
  0x05: 'SM',
  0x06: 'AI',
  0x07: 'AQ',
  0x1c: 'C',
  0x1d: 'T',
  0x1e: 'C',
  0x1f: 'T',
  0x80: 'P',
  0x81: 'I',
  0x82: 'Q',
  0x83: 'M',
  0x84: 'DB',
  0x85: 'DI',
  0x86: 'L',
  0x87: 'V',
}
const dataBlock = 0x84
const instanceBlock = 0x85
const isCounted = (area: number) => area >= 0x1c && area <= 0x1f

const syntax = { any: 0x10, dbRead: 0xb0, symbolic: 0xb2 } as const
/** Of the parts of a DBREAD item: length, block, first byte. */
const dbPart = 5
/** A symbolic item (S7-1200), and S7comm-plus, say the area in two numbers: a data block and which, or none and one of these. */
export const symbolicBlock = 0x8a0e
export const symbolicAreas: Readonly<Record<number, string>> = {
  0x50: 'I',
  0x51: 'Q',
  0x52: 'M',
  0x53: 'C',
  0x54: 'T',
}

/** One item, filled again for each. What is not known is '' or -1, and then no constraint on it is kept. */
export class Item {
  area = ''
  db = -1
  first = -1
  last = -1
  bit = -1
  type = ''
  /** Elements and the bytes of one; of all of them on the wire, -1 where only the data says. */
  count = 0
  width = 0
  size = -1
  /** It names places of their own form (DBREAD), and how many. */
  isParted = false
  parts = 1

  clear(): void {
    this.area = ''
    this.db = -1
    this.first = -1
    this.last = -1
    this.bit = -1
    this.type = ''
    this.count = 0
    this.width = 0
    this.size = -1
    this.isParted = false
    this.parts = 1
  }

  onto(command: ParsedCommand): ParsedCommand {
    if (this.area !== '') command.text('area', this.area)
    if (this.db >= 0) command.number('db', this.db)
    if (this.first >= 0) command.span('bytes', this.first, this.last)
    if (this.bit >= 0) command.number('bits', this.bit)
    if (this.type !== '') command.text('type', this.type)
    return command
  }
}

/** S7ANY: transport size, count, block, area and the address in bits (for counters and timers: their number). */
const readAny = (bytes: Uint8Array, at: number, item: Item): void => {
  const code = bytes[at + 3] ?? 0
  const area = bytes[at + 8] ?? 0
  const address = u24be(bytes, at + 9)
  item.count = u16be(bytes, at + 4)
  item.area = areas[area] ?? ''
  if (area === dataBlock || area === instanceBlock) item.db = u16be(bytes, at + 6)
  const known = types[code]
  // Without its size nobody can tell where it ends.
  if (known === undefined) return
  item.type = known[0]
  item.width = known[1]
  const elements = Math.max(1, item.count)
  if (item.width > 0) item.size = item.count * item.width
  if (isCounted(area)) {
    item.first = address
    item.last = address + Math.max(elements, Math.ceil((elements * item.width) / 2)) - 1
    return
  }
  const bits = item.width === 0 ? elements : elements * item.width * 8
  item.first = address >> 3
  item.last = (address + bits - 1) >> 3
  if (item.width > 0) return
  if (elements > 1) return
  item.bit = address & 7
  item.size = item.count
}

/**
 * Reads the item at `at` into `item`.
 * @returns where it ends (the padding after it not included); -1 when it does not end before `end`
 */
export const readItem = (bytes: Uint8Array, at: number, end: number, item: Item): number => {
  item.clear()
  const length = bytes[at + 1] ?? 0
  const stop = at + 2 + length
  if (at + 3 > end || stop > end || bytes[at] !== 0x12) return -1
  const kind = bytes[at + 2] ?? 0
  if (kind === syntax.any) {
    if (length !== 10) return -1
    readAny(bytes, at, item)
  } else if (kind === syntax.dbRead) {
    item.isParted = true
    item.parts = bytes[at + 3] ?? 0
    if (item.parts === 0 || length !== 2 + dbPart * item.parts) return -1
  } else if (kind === syntax.symbolic && length >= 6) {
    const first = u16be(bytes, at + 4)
    const second = u16be(bytes, at + 6)
    if (first === symbolicBlock) {
      item.area = 'DB'
      item.db = second
    } else if (first === 0) item.area = symbolicAreas[second] ?? ''
  }
  return stop
}

/** The part with this index of the item at `at`, which {@link readItem} has read. */
export const readPart = (bytes: Uint8Array, at: number, index: number, item: Item): void => {
  if (!item.isParted) return
  const part = at + 4 + dbPart * index
  item.area = 'DB'
  item.type = 'byte'
  item.count = bytes[part] ?? 0
  item.db = u16be(bytes, part + 1)
  item.first = u16be(bytes, part + 3)
  item.last = item.first + Math.max(1, item.count) - 1
}

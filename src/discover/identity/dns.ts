/** Messages of DNS (RFC 1035, 4), as LLMNR (RFC 4795) and multicast DNS (RFC 6762) use them too. */
import { u16be, u32be } from '#core/bytes.ts'
import { textAt } from './text.ts'

export const recordTypes = { a: 1, ptr: 12, hinfo: 13, txt: 16, aaaa: 28, srv: 33 } as const

export interface Name {
  readonly labels: readonly string[]
  /** Behind the name in the message, which is not where a compressed one ends. */
  readonly next: number
}

export interface ResourceRecord {
  readonly labels: readonly string[]
  readonly type: number
  /** Seconds; zero takes a record back. */
  readonly ttl: number
  /** Its data. */
  readonly from: number
  readonly to: number
}

export interface Answer {
  readonly isResponse: boolean
  /** 0 is a query; others are updates and the like. */
  readonly operation: number
  readonly answers: readonly ResourceRecord[]
  readonly authorities: readonly ResourceRecord[]
  readonly additional: readonly ResourceRecord[]
}

/** An address of IPv6 has 34. */
const mostLabels = 40
const mostPointers = 16
const mostRecords = 64

/** A name, compressed or not (4.1.4). Labels of one that is malformed are those before the fault. */
export const nameAt = (bytes: Uint8Array, at: number): Name => {
  const labels: string[] = []
  let next = -1
  let place = at
  for (let pointers = 0; labels.length < mostLabels && place < bytes.length;) {
    const length = bytes[place] ?? 0
    if (length >= 0xc0) {
      if (next < 0) next = place + 2
      if (++pointers > mostPointers) break
      place = u16be(bytes, place) & 0x3fff
      continue
    }
    const from = place + 1
    place = from + length
    if (length === 0 || length > 63 || place > bytes.length) break
    labels.push(textAt(bytes, from, place))
  }
  return { labels, next: next < 0 ? place : next }
}

/** Records from `at` on, and where they end. What is cut short ends the message. */
const recordsAt = (bytes: Uint8Array, at: number, count: number): readonly [readonly ResourceRecord[], number] => {
  const records: ResourceRecord[] = []
  let place = at
  for (let left = Math.min(count, mostRecords); left > 0; left--) {
    const { labels, next } = nameAt(bytes, place)
    const from = next + 10
    const to = from + u16be(bytes, next + 8)
    if (to > bytes.length) return [records, bytes.length]
    records.push({ labels, type: u16be(bytes, next), ttl: u32be(bytes, next + 4), from, to })
    place = to
  }
  return [records, place]
}

/** A whole message; undefined where there is no header. */
export const readAnswer = (bytes: Uint8Array): Answer | undefined => {
  if (bytes.length < 12) return undefined
  let place = 12
  for (let left = Math.min(u16be(bytes, 4), mostRecords); left > 0 && place < bytes.length; left--)
    place = nameAt(bytes, place).next + 4
  const [answers, answersEnd] = recordsAt(bytes, place, u16be(bytes, 6))
  const [authorities, authoritiesEnd] = recordsAt(bytes, answersEnd, u16be(bytes, 8))
  const [additional] = recordsAt(bytes, authoritiesEnd, u16be(bytes, 10))
  const flags = u16be(bytes, 2)
  return { isResponse: flags >= 0x8000, operation: (flags >> 11) & 15, answers, authorities, additional }
}

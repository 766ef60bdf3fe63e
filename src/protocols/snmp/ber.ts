/** The part of BER that SNMP uses (RFC 3417, section 8): lengths of at most four bytes, tags of one. */
import { der } from '../der.ts'

export const tags = {
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  ipAddress: 0x40,
  counter: 0x41,
  gauge: 0x42,
  ticks: 0x43,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfView: 0x82,
} as const

export type Oid = readonly number[]
/** RFC 3416, section 2.2: numbers of an object identifier. */
const longestOid = 128
/** Header bytes of any element: tag, and a length of up to five. */
const longestHeader = 6

export interface Element {
  readonly tag: number
  readonly body: Uint8Array
}

/** @returns elements one behind the other; undefined when they do not fill the bytes exactly, or are more than `most` */
export const elements = (bytes: Uint8Array, most: number): readonly Element[] | undefined => {
  const found: Element[] = []
  let at = 0
  while (at < bytes.length) {
    if (found.length === most) return undefined
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1]
    if (first === undefined || (tag & 0x1f) === 0x1f) return undefined
    at += 2
    let length = first
    if (first >= 0x80) {
      const count = first & 0x7f
      if (count === 0 || count > longestHeader - 2) return undefined
      length = 0
      for (let index = 0; index < count; index++) length = length * 256 + (bytes[at + index] ?? 0)
      at += count
    }
    if (at + length > bytes.length) return undefined
    found.push({ tag, body: bytes.subarray(at, at + length) })
    at += length
  }
  return found
}

/** @returns a number of at most 32 bits; undefined otherwise */
export const integerOf = (element: Element | undefined): number | undefined => {
  if (element === undefined || element.tag !== tags.integer) return undefined
  const { body } = element
  if (body.length === 0 || body.length > 5) return undefined
  let value = (body[0] ?? 0) >= 0x80 ? -1 : 0
  for (const byte of body) value = value * 256 + byte
  return value >= -0x8000_0000 && value <= 0xffff_ffff ? value : undefined
}

export const oidOf = (element: Element | undefined): Oid | undefined => {
  if (element === undefined || element.tag !== tags.oid || element.body.length === 0) return undefined
  const numbers: number[] = []
  let value = 0
  let open = false
  for (const byte of element.body) {
    value = value * 128 + (byte & 0x7f)
    if (value > 0xffff_ffff) return undefined
    open = byte >= 0x80
    if (open) continue
    if (numbers.length === 0) {
      const first = Math.min(2, Math.floor(value / 40))
      numbers.push(first, value - 40 * first)
    } else numbers.push(value)
    if (numbers.length > longestOid) return undefined
    value = 0
  }
  return open ? undefined : numbers
}

/** A number of 32 bits with or without a sign; `tag` says which. */
export const encodedInteger = (value: number, tag: number = tags.integer): Uint8Array => {
  const bytes = [value & 0xff]
  let rest = Math.floor(value / 256)
  while (!((rest === 0 && (bytes[0] ?? 0) < 0x80) || (rest === -1 && (bytes[0] ?? 0) >= 0x80))) {
    bytes.unshift(rest & 0xff)
    rest = Math.floor(rest / 256)
  }
  return der(tag, Uint8Array.from(bytes))
}

export const encodedText = (text: string): Uint8Array => der(tags.octets, new TextEncoder().encode(text))
/** Null, and the marks of RFC 3416 for what is not there. */
export const empty = (tag: number): Uint8Array => Uint8Array.of(tag, 0)

/** Negative when `a` comes first. */
export const byOid = (a: Oid, b: Oid): number => {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

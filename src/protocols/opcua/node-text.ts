/** Node identifiers as people write them: OPC 10000-6, 5.3.1.10, such as `ns=2;s=Line1.Level` or `i=2258`. */
import { u16le, u32le } from '#core/bytes.ts'
import { nodeKinds, type NodeIdentifier } from './cursor.ts'
import { texts } from './text.ts'

/** An identifier has at most 4,096 characters (OPC 10000-3, 8.2); with prefix, and URI of a namespace. */
const longest = 9216
const scratch = new Uint8Array(longest)
let length = 0

const put = (code: number): void => {
  if (length < longest) scratch[length++] = code
}
const word = (text: string): void => {
  for (let index = 0; index < text.length; index++) put(text.charCodeAt(index))
}
const decimal = (value: number): void => {
  let scale = 1
  while (value / scale >= 10) scale *= 10
  for (; scale >= 1; scale /= 10) put(0x30 + (Math.floor(value / scale) % 10))
}
const copy = (bytes: Uint8Array, from: number, to: number): void => {
  const stop = Math.min(to, from + longest)
  for (let at = from; at < stop; at++) put(bytes[at] ?? 0)
}

const digits = '0123456789abcdef'
const hexadecimal = (value: number, count: number): void => {
  for (let shift = 4 * (count - 1); shift >= 0; shift -= 4) put(digits.charCodeAt(Math.floor(value / 2 ** shift) & 15))
}
/** The first three groups are little-endian numbers, the others bytes in order (5.2.2.6). */
const guid = (bytes: Uint8Array, at: number): void => {
  hexadecimal(u32le(bytes, at), 8)
  put(0x2d)
  hexadecimal(u16le(bytes, at + 4), 4)
  put(0x2d)
  hexadecimal(u16le(bytes, at + 6), 4)
  put(0x2d)
  for (let index = 8; index < 16; index++) {
    if (index === 10) put(0x2d)
    hexadecimal(bytes[at + index] ?? 0, 2)
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const base64 = (bytes: Uint8Array, from: number, to: number): void => {
  const stop = Math.min(to, from + longest)
  for (let at = from; at < stop; at += 3) {
    const left = to - at
    const bits =
      ((bytes[at] ?? 0) << 16) | ((left > 1 ? (bytes[at + 1] ?? 0) : 0) << 8) | (left > 2 ? (bytes[at + 2] ?? 0) : 0)
    put(alphabet.charCodeAt(bits >> 18))
    put(alphabet.charCodeAt((bits >> 12) & 63))
    put(left > 1 ? alphabet.charCodeAt((bits >> 6) & 63) : 0x3d)
    put(left > 2 ? alphabet.charCodeAt(bits & 63) : 0x3d)
  }
}

/** Whether the index tells the namespace in the server that is spoken to; a URI or another server does not. */
export const hasNamespace = (id: NodeIdentifier): boolean => id.uriFrom < 0 && id.server === 0

/** Texts of the standard's own nodes, which most messages of a connection's beginning are about. */
const standard: (string | undefined)[] = []
const standardNodes = 32_768

/** @returns the text, or '' for an identifier that is longer than any may be */
export const nodeText = (bytes: Uint8Array, id: NodeIdentifier): string => {
  if (id.kind === nodeKinds.numeric && id.namespace === 0 && id.number < standardNodes && hasNamespace(id))
    return (standard[id.number] ??= `i=${id.number}`)
  length = 0
  if (id.server !== 0) {
    word('svr=')
    decimal(id.server)
    put(0x3b)
  }
  if (id.uriFrom >= 0) {
    word('nsu=')
    copy(bytes, id.uriFrom, id.uriTo)
    put(0x3b)
  } else if (id.namespace !== 0) {
    word('ns=')
    decimal(id.namespace)
    put(0x3b)
  }
  switch (id.kind) {
    case nodeKinds.string:
      word('s=')
      copy(bytes, id.from, id.to)
      break
    case nodeKinds.guid:
      word('g=')
      guid(bytes, id.from)
      break
    case nodeKinds.opaque:
      word('b=')
      base64(bytes, id.from, id.to)
      break
    default:
      word('i=')
      decimal(id.number)
  }
  return length < longest ? texts(scratch, 0, length) : ''
}

/** Node identifiers as people write them: OPC 10000-6, 5.3.1.10, such as `ns=2;s=Line1.Level` or `i=2258`. */
import { Text } from '../text.ts'
import { nodeKinds, type NodeIdentifier } from './cursor.ts'
import { texts } from './text.ts'

/** An identifier has at most 4,096 characters (OPC 10000-3, 8.2); with prefix, and URI of a namespace. */
const longest = 9216
const text = new Text(longest, texts)

const dash = 0x2d
const equals = 0x3d
const semicolon = 0x3b

/** Bytes of a GUID in the order of its text, group by group: the first three are little-endian numbers (5.2.2.6). */
const groups = [
  [3, 2, 1, 0],
  [5, 4],
  [7, 6],
  [8, 9],
  [10, 11, 12, 13, 14, 15],
] as const
const guid = (bytes: Uint8Array, at: number): void => {
  for (let group = 0; group < groups.length; group++) {
    if (group > 0) text.push(dash)
    const places = groups[group] ?? []
    for (let index = 0; index < places.length; index++) text.hex(bytes[at + (places[index] ?? 0)] ?? 0)
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const base64 = (bytes: Uint8Array, from: number, to: number): void => {
  for (let at = from; at < to && !text.isFull; at += 3) {
    const left = to - at
    const bits =
      ((bytes[at] ?? 0) << 16) | ((left > 1 ? (bytes[at + 1] ?? 0) : 0) << 8) | (left > 2 ? (bytes[at + 2] ?? 0) : 0)
    text.push(alphabet.charCodeAt(bits >> 18)).push(alphabet.charCodeAt((bits >> 12) & 63))
    text.push(left > 1 ? alphabet.charCodeAt((bits >> 6) & 63) : equals)
    text.push(left > 2 ? alphabet.charCodeAt(bits & 63) : equals)
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
  text.clear()
  if (id.server !== 0) text.word('svr=').digits(id.server).push(semicolon)
  if (id.uriFrom >= 0) text.word('nsu=').copy(bytes, id.uriFrom, id.uriTo).push(semicolon)
  else if (id.namespace !== 0) text.word('ns=').digits(id.namespace).push(semicolon)
  switch (id.kind) {
    case nodeKinds.string:
      text.word('s=').copy(bytes, id.from, id.to)
      break
    case nodeKinds.guid:
      text.word('g=')
      guid(bytes, id.from)
      break
    case nodeKinds.opaque:
      text.word('b=')
      base64(bytes, id.from, id.to)
      break
    default:
      text.word('i=').digits(id.number)
  }
  return text.isFull ? '' : text.toString()
}

/** Flow style within one line: `[a, b]` and `{ a: 1, b: [2] }`. */
import {
  apostrophe,
  close,
  closeBrace,
  colon,
  comma,
  giveUp,
  hash,
  open,
  openBrace,
  quote,
  space,
  type Cursor,
} from './cursor.ts'
import { Mapping, maxDepth } from './marks.ts'

const brackets: ReadonlySet<number> = new Set([comma, open, close, openBrace, closeBrace])

const separator = (cursor: Cursor, end: number) => {
  if (cursor.peek() === comma) {
    cursor.at++
    cursor.spaces()
    if (cursor.peek() === comma) throw giveUp
  } else if (cursor.peek() !== end) throw giveUp
}

const readList = (cursor: Cursor, depth: number): unknown[] => {
  const start = cursor.at++
  const items: unknown[] = []
  const at: number[] = []
  cursor.spaces()
  while (cursor.peek() !== close) {
    at.push(cursor.at)
    items.push(readItem(cursor, depth + 1))
    cursor.spaces()
    if (cursor.peek() === colon) throw giveUp
    separator(cursor, close)
  }
  cursor.at++
  cursor.marks.set(items, { start, at })
  return items
}

const readMapping = (cursor: Cursor, depth: number): Record<string, unknown> => {
  const mapping = new Mapping(cursor.at++)
  cursor.spaces()
  while (cursor.peek() !== closeBrace) {
    const keyAt = cursor.at
    if (cursor.peek() === open || cursor.peek() === openBrace) throw giveUp
    const key = String(readItem(cursor, depth + 1))
    if (cursor.peek() !== colon || cursor.peek(1) !== space) throw giveUp
    cursor.at++
    cursor.spaces()
    if (cursor.peek() === comma || cursor.peek() === closeBrace) throw giveUp
    const valueAt = cursor.at
    cursor.put(mapping, key, keyAt, readItem(cursor, depth + 1), valueAt)
    cursor.spaces()
    separator(cursor, closeBrace)
  }
  cursor.at++
  cursor.marks.set(mapping.value, mapping)
  return mapping.value
}

const readItem = (cursor: Cursor, depth: number): unknown => {
  const { text } = cursor
  const start = cursor.at
  const first = cursor.peek()
  if (first === open || first === openBrace) return readFlow(cursor, depth)
  if (first === quote || first === apostrophe) return cursor.quoted(first)
  if (!cursor.plainBegins()) throw giveUp
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === comma || code === close || code === closeBrace) break
    if (code < space || brackets.has(code) || (code === hash && text.charCodeAt(at - 1) === space)) throw giveUp
    if (code !== colon) continue
    const after = text.charCodeAt(at + 1)
    if (after === space) break
    if (!(after > space) || brackets.has(after)) throw giveUp
  }
  const value = cursor.plain(start, at)
  if (text.charCodeAt(at) === colon && cursor.at !== at) throw giveUp
  return value
}

/** Reads the list or mapping that begins at the cursor. */
export const readFlow = (cursor: Cursor, depth: number): unknown => {
  if (depth > maxDepth) throw giveUp
  return cursor.peek() === open ? readList(cursor, depth) : readMapping(cursor, depth)
}

/** A place in the text, and what both block and flow style read there. */
import { duplicateKey, type Mapping, type Mark, type Marks, type YamlFault } from './marks.ts'

/** Thrown (once made, without a trace of its own) where the complete reader must take over. */
export const giveUp = new Error('not plain YAML')

export const tab = 0x09
export const lineFeed = 0x0a
export const carriageReturn = 0x0d
export const space = 0x20
export const quote = 0x22
export const hash = 0x23
export const apostrophe = 0x27
export const comma = 0x2c
export const dash = 0x2d
export const colon = 0x3a
export const open = 0x5b
export const backslash = 0x5c
export const close = 0x5d
export const openBrace = 0x7b
export const closeBrace = 0x7d

/** Characters that begin something other than a plain scalar, or that only sometimes do. */
export const indicators: ReadonlySet<number> = new Set(Buffer.from('&*!|>%@`?-:,[]{}#"\''))

/** After these a dash or colon is punctuation. */
const separators: ReadonlySet<number> = new Set([comma, open, close, openBrace, closeBrace, hash])

/** The core schema of YAML 1.2.2 (10.3.2), without its rarer numbers. */
export const scalarValue = (text: string): unknown => {
  const first = text.charCodeAt(0)
  if ((first >= 48 && first <= 57) || first === 43 || first === dash || first === 46) {
    if (/^[-+]?\d+$/.test(text)) return Number(text)
    if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text)
    if (/^(?:0[xo]|[-+]?\.(?:inf|nan))/i.test(text)) throw giveUp
    return text
  }
  switch (text) {
    case 'true':
    case 'True':
    case 'TRUE':
      return true
    case 'false':
    case 'False':
    case 'FALSE':
      return false
    case 'null':
    case 'Null':
    case 'NULL':
    case '~':
      return null
    default:
      return text
  }
}

export class Cursor {
  readonly text: string
  readonly marks: Marks = new WeakMap<object, Mark>()
  readonly faults: YamlFault[] = []
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** The character at an offset from here; NaN past the end. */
  peek(ahead = 0): number {
    return this.text.charCodeAt(this.at + ahead)
  }

  spaces() {
    while (this.peek() === space) this.at++
  }

  /** Whether a line ends at an offset of the text: a line feed with or without a carriage return, or the end. */
  endsAt(at: number): boolean {
    const code = this.text.charCodeAt(at)
    return (
      code === lineFeed || Number.isNaN(code) || (code === carriageReturn && this.text.charCodeAt(at + 1) === lineFeed)
    )
  }

  /** A quoted scalar of one line; escapes of double quotes are left to the complete reader. */
  quoted(mark: number): string {
    const { text } = this
    const start = this.at + 1
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === lineFeed || code === backslash || code === tab) throw giveUp
      if (code !== mark) continue
      if (mark === apostrophe && text.charCodeAt(at + 1) === apostrophe) {
        at++
        continue
      }
      this.at = at + 1
      const value = text.slice(start, at)
      return mark === apostrophe ? value.replaceAll("''", "'") : value
    }
    throw giveUp
  }

  /** Whether a plain scalar such as -5 or ::1 begins here with what is otherwise an indicator. */
  plainBegins(): boolean {
    const first = this.peek()
    if (!indicators.has(first)) return true
    const after = this.peek(1)
    return (first === dash || first === colon) && after > space && !separators.has(after)
  }

  /** The text from `start` to `end` without the spaces before its end; moves behind it. */
  plain(start: number, end: number): unknown {
    const written = this.text.slice(start, end).replace(/ +$/, '')
    this.at = start + written.length
    return scalarValue(written)
  }

  put(mapping: Mapping, key: string, keyAt: number, value: unknown, valueAt: number) {
    if (!mapping.set(key, keyAt, value, valueAt)) this.faults.push(duplicateKey(key, keyAt))
  }
}

/**
 * Reads the part of YAML that nearly every policy is written in, some ten times faster and in a fraction of the memory of
 * the complete reader: block mappings and lists, scalars and flow collections of one line, comments. At anything else
 * (and at any error) it gives up, and the complete reader takes the document. A test holds both to the same result.
 */
import { duplicateKey, Mapping, maxDepth, type Mark, type Marks, type Yaml, type YamlFault } from './marks.ts'

const giveUp = new Error('not plain YAML')

const byteOrderMark = 0xfeff
const [tab, lineFeed, carriageReturn, space, quote, hash, apostrophe, comma, dash, colon, open, close, openBrace, closeBrace] = [
  ...'\t\n\r "#\',-:[]{}',
].map((character) => character.charCodeAt(0)) as [number, number, number, number, number, number, number, number, number, number, number, number, number, number]

/** Characters that begin something other than a plain scalar, or that only sometimes do. */
const indicators = new Set([...'&*!|>%@`?-:,[]{}#"\''].map((character) => character.charCodeAt(0)))

const scalarValue = (text: string): unknown => {
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

class PlainReader {
  readonly marks: Marks = new WeakMap<object, Mark>()
  readonly faults: YamlFault[] = []
  private readonly text: string
  private at = 0
  /** Column of the token at `at`, and whether it is the first of its line (a `- ` before it does not count). */
  private column = 0

  constructor(text: string) {
    this.text = text
  }

  document(): unknown {
    this.nextLine()
    if (this.at >= this.text.length) return null
    if (this.column !== 0 || this.text.charCodeAt(0) === byteOrderMark) throw giveUp
    const value = this.block(0, 0)
    if (this.at < this.text.length) throw giveUp
    return value
  }

  /** From the end of a token: checks that only a comment follows, and goes to the next token that begins a line. */
  private endOfLine() {
    const { text } = this
    let at = this.at
    while (text.charCodeAt(at) === space) at++
    const code = text.charCodeAt(at)
    if (code === hash) {
      if (text.charCodeAt(at - 1) !== space) throw giveUp
    } else if (at < text.length && code !== lineFeed && !(code === carriageReturn && text.charCodeAt(at + 1) === lineFeed)) throw giveUp
    const end = text.indexOf('\n', at)
    this.at = end === -1 ? text.length : end + 1
    this.nextLine()
  }

  /** From the start of a line to the first token there or on a later line. */
  private nextLine() {
    const { text } = this
    for (;;) {
      const start = this.at
      let at = start
      while (text.charCodeAt(at) === space) at++
      const code = text.charCodeAt(at)
      if (at >= text.length) {
        this.at = text.length
        this.column = -1
        return
      }
      if (code === hash || code === lineFeed || (code === carriageReturn && text.charCodeAt(at + 1) === lineFeed)) {
        const end = text.indexOf('\n', at)
        this.at = end === -1 ? text.length : end + 1
        continue
      }
      if (code === tab) throw giveUp
      if (at === start && (text.startsWith('---', at) || text.startsWith('...', at))) throw giveUp
      this.at = at
      this.column = at - start
      return
    }
  }

  private isDash(): boolean {
    if (this.text.charCodeAt(this.at) !== dash) return false
    const after = this.text.charCodeAt(this.at + 1)
    return after === space || after === lineFeed || after === carriageReturn || Number.isNaN(after)
  }

  /** A mapping, a list or a scalar that begins at the current token, in the column `indent`. */
  private block(indent: number, depth: number): unknown {
    if (depth > maxDepth) throw giveUp
    if (this.isDash()) return this.list(indent, depth)
    const start = this.at
    const key = this.key()
    if (key !== undefined) return this.mapping(indent, depth, start, key)
    const value = this.inline(depth)
    this.endOfLine()
    // A scalar that goes on in the next line.
    if (this.column >= indent && this.column !== -1) throw giveUp
    return value
  }

  private list(indent: number, depth: number): unknown[] {
    const start = this.at
    const items: unknown[] = []
    const at: number[] = []
    while (this.column === indent && this.isDash()) {
      const dashAt = this.at
      this.at++
      while (this.text.charCodeAt(this.at) === space) this.at++
      const code = this.text.charCodeAt(this.at)
      if (Number.isNaN(code) || code === lineFeed || code === carriageReturn || code === hash) throw giveUp
      if (code === tab) throw giveUp
      const inner = indent + this.at - dashAt
      this.column = inner
      at.push(this.at)
      items.push(this.block(inner, depth + 1))
    }
    if (this.column > indent) throw giveUp
    this.marks.set(items, { start, at })
    return items
  }

  private mapping(indent: number, depth: number, start: number, firstKey: string): Record<string, unknown> {
    const mapping = new Mapping(start)
    let key: string | undefined = firstKey
    let keyAt = start
    for (;;) {
      const valueAt = this.at
      const code = this.text.charCodeAt(valueAt)
      let value: unknown = null
      let written = keyAt
      if (Number.isNaN(code) || code === lineFeed || code === carriageReturn || code === hash) {
        this.endOfLine()
        if (this.column > indent || (this.column === indent && this.isDash())) {
          written = this.at
          value = this.block(this.column, depth + 1)
        }
      } else {
        written = valueAt
        value = this.inline(depth + 1)
        this.endOfLine()
        if (this.column > indent) throw giveUp
      }
      if (!mapping.set(key, keyAt, value, written)) this.faults.push(duplicateKey(key, keyAt))
      if (this.column < indent) break
      if (this.column > indent) throw giveUp
      keyAt = this.at
      if (this.isDash()) throw giveUp
      key = this.key()
      if (key === undefined) throw giveUp
    }
    this.marks.set(mapping.value, mapping)
    return mapping.value
  }

  /** A key with its colon and the spaces after it; undefined (and nothing consumed) when this is no key. */
  private key(): string | undefined {
    const { text } = this
    const start = this.at
    const first = text.charCodeAt(start)
    if (first === quote || first === apostrophe) {
      const value = this.quoted(first)
      if (text.charCodeAt(this.at) === colon) return this.afterColon() ? value : this.fail()
      this.at = start
      return undefined
    }
    if (indicators.has(first)) return undefined
    let at = start
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === lineFeed) break
      if (code === tab || (code === carriageReturn && text.charCodeAt(at + 1) !== lineFeed)) throw giveUp
      if (code === hash && text.charCodeAt(at - 1) === space) break
      if (code === colon) {
        this.at = at
        if (!this.afterColon()) continue
        const written = text.slice(start, at).replace(/ +$/, '')
        const value = scalarValue(written)
        return typeof value === 'string' ? value : String(value)
      }
    }
    this.at = start
    return undefined
  }

  private fail(): never {
    throw giveUp
  }

  /** At a colon: past it and the spaces after it, if a space or the end of the line follows. */
  private afterColon(): boolean {
    const { text } = this
    const start = this.at
    const code = text.charCodeAt(start + 1)
    if (code === tab) throw giveUp
    if (!(code === space || code === lineFeed || code === carriageReturn || Number.isNaN(code))) {
      return false
    }
    let at = start + 1
    while (text.charCodeAt(at) === space) at++
    if (text.charCodeAt(at) === tab) throw giveUp
    // A comment needs a space before it; there is one.
    this.at = at
    return true
  }

  private quoted(mark: number): string {
    const { text } = this
    const start = this.at + 1
    let at = start
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === lineFeed || code === 92 || code === tab) throw giveUp
      if (code === mark) {
        if (mark === apostrophe && text.charCodeAt(at + 1) === apostrophe) {
          at++
          continue
        }
        this.at = at + 1
        const value = text.slice(start, at)
        return mark === apostrophe ? value.replaceAll("''", "'") : value
      }
    }
    throw giveUp
  }

  /** A value within one line of a block. */
  private inline(depth: number): unknown {
    const { text } = this
    const start = this.at
    const first = text.charCodeAt(start)
    if (first === quote || first === apostrophe) return this.quoted(first)
    if (first === open || first === openBrace) return this.flow(depth)
    if (indicators.has(first) && !this.plainDash(start)) throw giveUp
    let at = start
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === lineFeed) break
      if (code === tab || code === carriageReturn) {
        if (code === carriageReturn && text.charCodeAt(at + 1) === lineFeed) break
        throw giveUp
      }
      if (code === hash && text.charCodeAt(at - 1) === space) break
      if (code === colon) {
        const after = text.charCodeAt(at + 1)
        if (after === space || after === lineFeed || after === carriageReturn || Number.isNaN(after)) throw giveUp
      }
    }
    const written = text.slice(start, at).replace(/ +$/, '')
    this.at = start + written.length
    return scalarValue(written)
  }

  /** A plain scalar such as -5 or ::1 may begin with what is otherwise an indicator. */
  private plainDash(at: number): boolean {
    const first = this.text.charCodeAt(at)
    if (first !== dash && first !== colon) return false
    const after = this.text.charCodeAt(at + 1)
    return after > space && !(after === comma || after === open || after === close || after === openBrace || after === closeBrace || after === hash)
  }

  private spaces() {
    while (this.text.charCodeAt(this.at) === space) this.at++
  }

  private flow(depth: number): unknown {
    if (depth > maxDepth) throw giveUp
    return this.text.charCodeAt(this.at) === open ? this.flowList(depth) : this.flowMapping(depth)
  }

  private flowList(depth: number): unknown[] {
    const start = this.at++
    const items: unknown[] = []
    const at: number[] = []
    this.spaces()
    while (this.text.charCodeAt(this.at) !== close) {
      at.push(this.at)
      items.push(this.flowValue(depth + 1))
      this.spaces()
      if (this.text.charCodeAt(this.at) === colon) throw giveUp
      this.separator(close)
    }
    this.at++
    this.marks.set(items, { start, at })
    return items
  }

  private flowMapping(depth: number): Record<string, unknown> {
    const mapping = new Mapping(this.at++)
    this.spaces()
    while (this.text.charCodeAt(this.at) !== closeBrace) {
      const keyAt = this.at
      const first = this.text.charCodeAt(keyAt)
      if (first === open || first === openBrace) throw giveUp
      const key = this.flowValue(depth + 1)
      if (this.text.charCodeAt(this.at) !== colon || this.text.charCodeAt(this.at + 1) !== space) throw giveUp
      this.at++
      this.spaces()
      const next = this.text.charCodeAt(this.at)
      if (next === comma || next === closeBrace) throw giveUp
      const valueAt = this.at
      const value = this.flowValue(depth + 1)
      const name = String(key)
      if (!mapping.set(name, keyAt, value, valueAt)) this.faults.push(duplicateKey(name, keyAt))
      this.spaces()
      this.separator(closeBrace)
    }
    this.at++
    this.marks.set(mapping.value, mapping)
    return mapping.value
  }

  private separator(end: number) {
    const code = this.text.charCodeAt(this.at)
    if (code === comma) {
      this.at++
      this.spaces()
      if (this.text.charCodeAt(this.at) === comma) throw giveUp
    } else if (code !== end) throw giveUp
  }

  private flowValue(depth: number): unknown {
    const { text } = this
    const start = this.at
    const first = text.charCodeAt(start)
    if (first === open || first === openBrace) return this.flow(depth)
    if (first === quote || first === apostrophe) return this.quoted(first)
    if (indicators.has(first) && !this.plainDash(start)) throw giveUp
    let at = start
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === comma || code === close || code === closeBrace) break
      if (code < space || code === open || code === openBrace || (code === hash && text.charCodeAt(at - 1) === space)) throw giveUp
      if (code === colon) {
        const after = text.charCodeAt(at + 1)
        if (after === space) break
        if (!(after > space) || after === comma || after === open || after === close || after === openBrace || after === closeBrace) throw giveUp
      }
    }
    const written = text.slice(start, at).replace(/ +$/, '')
    this.at = start + written.length
    if (text.charCodeAt(at) === colon && this.at !== at) throw giveUp
    return scalarValue(written)
  }
}

/** @returns undefined when the document needs the complete reader */
export const readPlainYaml = (text: string): Yaml | undefined => {
  const reader = new PlainReader(text)
  try {
    const value = reader.document()
    return { value, marks: reader.marks, faults: reader.faults }
  } catch (error) {
    if (error === giveUp) return undefined
    throw error
  }
}

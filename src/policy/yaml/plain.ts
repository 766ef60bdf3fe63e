/**
 * Reads the part of YAML that nearly every policy is written in, some ten times faster and in a fraction of the memory of
 * the complete reader: block mappings and lists, scalars and flow collections of one line, comments. At anything else
 * (and at any error) it gives up, and the complete reader takes the document. A test holds both to the same result.
 */
import {
  apostrophe,
  carriageReturn,
  colon,
  Cursor,
  dash,
  giveUp,
  hash,
  indicators,
  lineFeed,
  open,
  openBrace,
  quote,
  scalarValue,
  space,
  tab,
} from './cursor.ts'
import { readFlow } from './flow.ts'
import { Mapping, maxDepth, type Yaml } from './marks.ts'

const byteOrderMark = 0xfeff

class PlainReader extends Cursor {
  /** Column of the token at the cursor when it is the first of its line (a `- ` before it does not count); -1 at the end. */
  private column = 0

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
    let { at } = this
    while (text.charCodeAt(at) === space) at++
    if (text.charCodeAt(at) === hash ? text.charCodeAt(at - 1) !== space : !this.endsAt(at)) throw giveUp
    this.skipLine(at)
    this.nextLine()
  }

  private skipLine(at: number) {
    const end = this.text.indexOf('\n', at)
    this.at = end === -1 ? this.text.length : end + 1
  }

  /** From the start of a line to the first token there or on a later line. */
  private nextLine() {
    const { text } = this
    for (;;) {
      const start = this.at
      let at = start
      while (text.charCodeAt(at) === space) at++
      if (at >= text.length) {
        this.at = text.length
        this.column = -1
        return
      }
      const code = text.charCodeAt(at)
      if (code === hash || this.endsAt(at)) {
        this.skipLine(at)
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
    const after = this.peek(1)
    return (
      this.peek() === dash && (after === space || after === lineFeed || after === carriageReturn || Number.isNaN(after))
    )
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
      const dashAt = this.at++
      this.spaces()
      if (this.endsAt(this.at) || this.peek() === hash || this.peek() === tab || this.peek() === carriageReturn)
        throw giveUp
      this.column = indent + this.at - dashAt
      at.push(this.at)
      items.push(this.block(this.column, depth + 1))
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
      if (this.endsAt(valueAt) || this.peek() === hash || this.peek() === carriageReturn) {
        this.endOfLine()
        const nested = this.column > indent || (this.column === indent && this.isDash())
        const nestedAt = nested ? this.at : keyAt
        this.put(mapping, key, keyAt, nested ? this.block(this.column, depth + 1) : null, nestedAt)
      } else {
        const value = this.inline(depth + 1)
        this.endOfLine()
        this.put(mapping, key, keyAt, value, valueAt)
      }
      if (this.column < indent) break
      if (this.column > indent || this.isDash()) throw giveUp
      keyAt = this.at
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
    const first = this.peek()
    if (first === quote || first === apostrophe) {
      const value = this.quoted(first)
      if (this.peek() === colon) {
        if (this.afterColon()) return value
        throw giveUp
      }
      this.at = start
      return undefined
    }
    if (indicators.has(first)) return undefined
    for (let at = start; at < text.length && text.charCodeAt(at) !== lineFeed; at++) {
      const code = text.charCodeAt(at)
      if (code === tab || (code === carriageReturn && !this.endsAt(at))) throw giveUp
      if (code === hash && text.charCodeAt(at - 1) === space) break
      if (code !== colon) continue
      this.at = at
      if (this.afterColon()) return String(scalarValue(text.slice(start, at).replace(/ +$/, '')))
    }
    this.at = start
    return undefined
  }

  /** At a colon: past it and the spaces after it, if a space or the end of the line follows. */
  private afterColon(): boolean {
    const code = this.peek(1)
    if (code === tab) throw giveUp
    if (!(code === space || code === lineFeed || code === carriageReturn || Number.isNaN(code))) return false
    this.at++
    this.spaces()
    if (this.peek() === tab) throw giveUp
    return true
  }

  /** A value within one line of a block. */
  private inline(depth: number): unknown {
    const { text } = this
    const start = this.at
    const first = this.peek()
    if (first === quote || first === apostrophe) return this.quoted(first)
    if (first === open || first === openBrace) return readFlow(this, depth)
    if (!this.plainBegins()) throw giveUp
    let at = start
    for (; !this.endsAt(at); at++) {
      const code = text.charCodeAt(at)
      if (code === tab || code === carriageReturn) throw giveUp
      if (code === hash && text.charCodeAt(at - 1) === space) break
      if (
        code === colon &&
        (text.charCodeAt(at + 1) === space || text.charCodeAt(at + 1) === carriageReturn || this.endsAt(at + 1))
      )
        throw giveUp
    }
    return this.plain(start, at)
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

/** Reads any YAML 1.2 document, with every syntax error and its place. Bounded in depth and in what aliases expand to. */
import {
  CST,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml'
import { duplicateKey, Mapping, maxDepth, type Mark, type Marks, type Yaml, type YamlFault } from './marks.ts'

const maxFaults = 50
/** Values in a document after expansion of aliases. */
const maxValues = 2_000_000
const maxAliases = 1000

const plainer: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'a tab is used for indentation; YAML takes spaces only',
  MULTIPLE_DOCS: 'a second document begins here (`---`); a policy is one document',
  BAD_INDENT: 'the indentation does not match the lines around it; is a bracket or quote left open above?',
  MISSING_CHAR: 'a bracket, quote, comma or colon is missing here or before',
  MULTILINE_IMPLICIT_KEY:
    'a key must stand on one line, with a colon and a space behind it; is one of these missing, the next line indented further, or a quote or bracket left open?',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon on this line; put the text in quotes if the colon belongs to it',
  UNEXPECTED_TOKEN: 'this is not expected here; is a quote, bracket or colon missing before it?',
  BAD_DQ_ESCAPE: 'an unknown backslash escape; use single quotes for text with backslashes',
}

const sentence = (error: YAMLError): string =>
  plainer[error.code] ?? error.message.split('\n')[0]!.replace(/ at line \d+.*$/, '')

/** Spaces that are none to YAML, as word processors and web pages have them. */
const otherSpace = /[\u00a0\u2000-\u200b\u202f\u3000]/

/** A fault in a line with such a space is about that space. */
const faultOf = (text: string, error: YAMLError): YamlFault => {
  const [offset] = error.pos
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  const line = text.slice(start, end < 0 ? undefined : end)
  const at = line.search(otherSpace)
  if (at < 0) return { offset, code: 'yaml-syntax', message: sentence(error) }
  const number = line.charCodeAt(at).toString(16).padStart(4, '0').toUpperCase()
  return {
    offset: start + at,
    code: 'yaml-syntax',
    message: `U+${number} stands here in place of a space; YAML takes plain spaces only`,
  }
}

/** Without the second colons that follow from a line that goes on where it should not. */
const withoutConsequences = (errors: readonly YAMLError[]): readonly YAMLError[] => {
  const goesOn = new Set(errors.flatMap(({ code, pos }) => (code === 'MULTILINE_IMPLICIT_KEY' ? [pos[0]] : [])))
  return errors.filter(({ code, pos }) => code !== 'BLOCK_AS_IMPLICIT_KEY' || !goesOn.has(pos[0]))
}

class Limit extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

class Reader {
  readonly marks: Marks = new WeakMap<object, Mark>()
  readonly faults: YamlFault[] = []
  private readonly anchors = new Map<string, { value: unknown; weight: number } | undefined>()
  private aliases = 0
  private weight = 0

  read(node: Node | null, depth: number): unknown {
    const offset = node?.range?.[0] ?? 0
    if (depth > maxDepth) throw new Limit(offset, `nested deeper than ${maxDepth} levels`)
    if (isAlias(node)) return this.alias(node.source, offset)
    const before = this.weight
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) this.anchors.set(anchor, undefined)
    this.count(1, offset)
    const value = this.plain(node, offset, depth)
    if (anchor !== undefined) this.anchors.set(anchor, { value, weight: this.weight - before })
    return value
  }

  private count(values: number, offset: number) {
    this.weight += values
    if (this.weight > maxValues)
      throw new Limit(
        offset,
        `more than ${maxValues} values${this.aliases > 0 ? ' once its aliases are expanded' : ''}`,
      )
  }

  private alias(name: string, offset: number): unknown {
    if (++this.aliases > maxAliases) throw new Limit(offset, `more than ${maxAliases} aliases`)
    const target = this.anchors.get(name)
    if (target === undefined) throw new Limit(offset, `alias \`*${name}\` refers to itself`)
    this.count(target.weight, offset)
    return target.value
  }

  private plain(node: Node | null, offset: number, depth: number): unknown {
    if (isMap(node)) {
      const mapping = new Mapping(offset)
      for (const { key, value } of node.items) {
        const keyOffset = isNode(key) ? (key.range?.[0] ?? offset) : offset
        if (!isScalar(key)) {
          this.faults.push({ offset: keyOffset, code: 'yaml-syntax', message: 'a key must be plain text' })
          continue
        }
        const read = this.read(nodeOf(value), depth + 1)
        const text = String(key.value)
        if (!mapping.set(text, keyOffset, read, written(nodeOf(value)) ?? keyOffset))
          this.faults.push(duplicateKey(text, keyOffset))
      }
      this.marks.set(mapping.value, mapping)
      return mapping.value
    }
    if (isSeq(node)) {
      const items = node.items.map(nodeOf)
      const list = items.map((item) => this.read(item, depth + 1))
      this.marks.set(list, { start: offset, at: items.map((item) => item?.range?.[0] ?? offset) })
      return list
    }
    return isScalar(node) ? node.value : null
  }
}

const nodeOf = (value: unknown): Node | null => (isNode(value) ? value : null)

const written = (node: Node | null): number | undefined =>
  isScalar(node) && node.value === null && (node.source ?? '') === '' ? undefined : (node?.range?.[0] ?? undefined)

const fault = (offset: number, code: YamlFault['code'], message: string): Yaml => ({
  value: undefined,
  marks: new WeakMap<object, Mark>(),
  faults: [{ offset, code, message }],
})

/** Tokens of the library that stand for no text. */
const textless: ReadonlySet<string | null> = new Set(['doc-mode', 'flow-error-end', 'scalar'])

/**
 * Where brackets, or lists within lists on one line, are nested deeper than is read. The parser would find it after seconds for each
 * megabyte.
 */
const tooDeepAt = (text: string): number | undefined => {
  let [offset, brackets, lists] = [0, 0, 0]
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token)
    if (type === 'flow-seq-start' || type === 'flow-map-start') brackets++
    else if (type === 'flow-seq-end' || type === 'flow-map-end') brackets--
    else if (type === 'flow-error-end') brackets = 0
    if (type === 'seq-item-ind') lists++
    else if (type !== 'space') lists = 0
    if (brackets > maxDepth || lists > maxDepth) return offset
    if (!textless.has(type)) offset += token.length
  }
  return undefined
}

/** @returns faults instead of throwing, whatever the text */
export const readFullYaml = (text: string): Yaml => {
  const reader = new Reader()
  const deep = tooDeepAt(text)
  if (deep !== undefined) return fault(deep, 'yaml-limit', `nested deeper than ${maxDepth} levels`)
  let document: Document.Parsed
  try {
    // The library compares every new key with all before it (uniqueKeys); Mapping does it in constant time.
    document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error' })
  } catch (error) {
    if (error instanceof RangeError) return fault(0, 'yaml-limit', 'nested too deeply to be read')
    throw error
  }
  // The library reports its own stack overflow as a syntax error.
  const tooDeep = document.errors.find(({ message }) => /call stack|stack overflow/i.test(message))
  if (tooDeep !== undefined) return fault(tooDeep.pos[0], 'yaml-limit', 'nested too deeply to be read')
  if (document.errors.length > 0) {
    const faults = withoutConsequences(document.errors)
      .slice(0, maxFaults)
      .map((error) => faultOf(text, error))
    return { value: undefined, marks: reader.marks, faults }
  }
  const { explicit = false, version } = document.directives?.yaml ?? {}
  if (explicit && version !== '1.2')
    return fault(
      0,
      'yaml-syntax',
      `this says to be YAML ${version ?? ''}, in which yes is true and 0100 is 64; a policy is YAML 1.2`,
    )
  try {
    const value = reader.read(document.contents, 0)
    return { value, marks: reader.marks, faults: reader.faults }
  } catch (error) {
    if (error instanceof Limit) return fault(error.offset, 'yaml-limit', error.message)
    throw error
  }
}

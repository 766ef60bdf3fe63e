/** Additions to a policy somebody wrote: every other byte stays as it is, comments, order and spelling. */
import { isMap, isNode, isPair, isScalar, isSeq, parseDocument, type Node, type YAMLMap, type YAMLSeq } from 'yaml'
import { Fault } from '#core/errors.ts'
import { pathText } from '#policy/problem.ts'
import { flow, field, scalar, type Value } from '../yaml.ts'

interface Edit {
  readonly at: number
  readonly remove: number
  readonly text: string
}

export interface Editor {
  /** Adds to the list at a path; makes the list, with its key, when there is none. */
  addItem(path: readonly (string | number)[], value: Value, lines: (indent: number) => readonly string[]): void
  /** Adds a key to the mapping at a path; makes the mapping when there is none. */
  addKey(path: readonly (string | number)[], key: string, value: Value): void
  /** Adds lines of comment below the last item of a list. */
  addComment(path: readonly (string | number)[], lines: (indent: number) => readonly string[]): void
  /** Puts another value in the place of a scalar. @returns false when there is none */
  replace(path: readonly (string | number)[], value: string | number): boolean
  text(): string
}

const columnOf = (text: string, offset: number): number => offset - (text.lastIndexOf('\n', offset - 1) + 1)

/** The offset behind the line that `offset` is on, comment and line break included. */
const endOfLine = (text: string, offset: number): number => {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

/** Where the last thing of a node ends; a block ends with the last line of its content, not with comments after it. */
const endOf = (text: string, node: Node): number => {
  const end = node.range?.[1] ?? text.length
  // The value of a block reaches up to what follows it.
  let at = end
  while (at > 0 && /\s/.test(text[at - 1] ?? '')) at--
  return at
}

type Block = YAMLMap | YAMLSeq
const isBlock = (node: unknown): node is Block => (isMap(node) || isSeq(node)) && node.flow !== true

/** The first node, or the last, of what stands below a collection. */
const partOf = (item: unknown, end: 'first' | 'last'): Node | undefined => {
  if (!isPair(item)) return isNode(item) ? item : undefined
  const { key, value } = item
  if (end === 'last' && isNode(value)) return value
  return isNode(key) ? key : undefined
}

const lastOf = (node: Block): Node | undefined => {
  const last = partOf(node.items.at(-1), 'last')
  return isBlock(last) ? (lastOf(last) ?? last) : last
}

/** @param source a policy that was read without faults */
export const editorOf = (source: string): Editor => {
  const document = parseDocument(source, { uniqueKeys: false, logLevel: 'error' })
  const edits: Edit[] = []
  const newline = source.includes('\r\n') ? '\r\n' : '\n'
  const insert = (at: number, text: string) => edits.push({ at, remove: 0, text })
  const nodeAt = (path: readonly (string | number)[]): Node | undefined => {
    const found = path.length === 0 ? document.contents : document.getIn(path, true)
    return isNode(found) ? found : undefined
  }
  /** Sections that are made here, so that a second addition finds them. */
  const made = new Map<string, string[]>()
  const block = (lines: readonly string[]) => lines.map((line) => `${line}${newline}`).join('')
  const below = (node: YAMLMap | YAMLSeq, lines: readonly string[]) => {
    const last = lastOf(node)
    const end = last === undefined ? endOf(source, node) : endOf(source, last)
    const at = endOfLine(source, end)
    insert(at, `${at > 0 && source[at - 1] !== '\n' ? newline : ''}${block(lines)}`)
  }
  const intoFlow = (node: YAMLMap | YAMLSeq, text: string) => {
    const last = partOf(node.items.at(-1), 'last')
    // Behind the last item, since a comment may stand between it and the bracket.
    insert(last?.range?.[1] ?? endOf(source, node) - 1, `, ${text}`)
  }
  /** A section that is missing, or empty: written out at the end, or in the place of the empty brackets. */
  const fresh = (path: readonly (string | number)[], lines: readonly string[]) => {
    const node = nodeAt(path)
    const isEmpty = isScalar(node) ? node.value === null : (isMap(node) || isSeq(node)) && node.items.length === 0
    if (node !== undefined && !isEmpty)
      throw new Fault('refused', `Nothing can be added to \`${pathText(path)}\`: it is written as a reference.`, {
        advice: 'Write out what the alias stands for, and try again.',
      })
    const key = path.join('\0')
    const known = made.get(key)
    if (known !== undefined) {
      known.push(...lines)
      return
    }
    made.set(key, [...lines])
  }
  const writeFresh = (): readonly Edit[] =>
    [...made].flatMap(([key, lines]): readonly Edit[] => {
      const path = key.split('\0')
      const node = nodeAt(path)
      if (node?.range != null) {
        const [start, end] = node.range
        // `conduits: []`: the brackets go, with the blanks before them.
        let from = start
        while (from > 0 && source[from - 1] === ' ') from--
        const rest = endOfLine(source, end)
        const trailing = source.slice(end, rest).trimEnd()
        return [{ at: from, remove: rest - from, text: `${trailing}${newline}${block(lines)}` }]
      }
      const start = source.length > 0 && !source.endsWith('\n') ? newline : ''
      return [
        { at: source.length, remove: 0, text: `${start}${newline}${scalar(path[0] ?? '')}:${newline}${block(lines)}` },
      ]
    })
  const columnIn = (node: YAMLMap | YAMLSeq): number | undefined => {
    const start = partOf(node.items[0], 'first')?.range?.[0]
    if (start === undefined) return undefined
    // Of a list the dash counts, which stands before its item.
    const column = columnOf(source, start)
    return isSeq(node) ? columnOf(source, source.lastIndexOf('-', start - 1)) : column
  }
  return {
    addItem: (path, value, lines) => {
      const node = nodeAt(path)
      if (isSeq(node) && node.items.length > 0 && node.flow === true) intoFlow(node, flow(value))
      else if (isSeq(node) && node.items.length > 0) below(node, lines(columnIn(node) ?? 2))
      else fresh(path, lines(2))
    },
    addKey: (path, key, value) => {
      const node = nodeAt(path)
      if (isMap(node) && node.items.length > 0 && node.flow === true) intoFlow(node, `${scalar(key)}: ${flow(value)}`)
      else if (isMap(node) && node.items.length > 0) below(node, field(key, value, columnIn(node) ?? 2))
      else fresh(path, field(key, value, 2))
    },
    addComment: (path, lines) => {
      const node = nodeAt(path)
      if (isSeq(node) && node.items.length > 0 && node.flow !== true) below(node, lines(columnIn(node) ?? 2))
      else fresh(path, lines(2))
    },
    replace: (path, value) => {
      const node = nodeAt(path)
      if (!isScalar(node) || node.range == null) return false
      const [start, end] = node.range
      edits.push({ at: start, remove: end - start, text: scalar(value) })
      return true
    },
    text: () => {
      let text = source
      // From the end, so that offsets before stay right; of several at one place the first stays first.
      const ordered = [...edits, ...writeFresh()].map((edit, order) => ({ ...edit, order }))
      for (const { at, remove, text: added } of ordered.toSorted((a, b) => b.at - a.at || b.order - a.order))
        text = `${text.slice(0, at)}${added}${text.slice(at + remove)}`
      return text
    },
  }
}

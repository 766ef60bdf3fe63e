/** One rule in the text of a policy: what it is called, what it says, and its lines. Pure. */
import { isDeepStrictEqual } from 'node:util'
import type { Source } from '#policy/locate.ts'
import { parsePolicy } from '#policy/parse.ts'

/** Sections whose entries have an `id`, and those whose entries have it as their key. */
const listed = ['conduits', 'denies', 'sensors', 'redirects', 'exceptions'] as const
const keyed = ['zones', 'assets', 'groups', 'edges'] as const

export interface FoundRule {
  readonly section: string
  readonly value: unknown
  /** From 1. */
  readonly line: number
  readonly text: string
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const indentOf = (line: string): number => line.length - line.trimStart().length

/** Lines of an entry: the first, and those that are deeper than it. */
const linesAt = (source: Source, line: number): string => {
  const first = source.line(line)
  const depth = indentOf(first)
  const lines = [first]
  const count = source.text.split('\n').length
  for (let at = line + 1; at <= count && lines.length < 500; at++) {
    const next = source.line(at)
    if (next.trim() !== '' && indentOf(next) <= depth) break
    lines.push(next)
  }
  while (lines.at(-1)?.trim() === '') lines.pop()
  return lines.map((each) => each.slice(Math.min(depth, indentOf(each)))).join('\n')
}

/** @returns undefined when the document has no such rule */
export const findRule = (text: string, rule: string): FoundRule | undefined => {
  const { raw, source } = parsePolicy(text)
  if (!isTree(raw)) return undefined
  for (const section of listed) {
    const list: unknown = raw[section]
    const index = Array.isArray(list) ? list.findIndex((entry) => isTree(entry) && entry['id'] === rule) : -1
    if (index < 0 || !Array.isArray(list)) continue
    const { line } = source.at([section, index])
    const value: unknown = list[index]
    return { section, value, line, text: linesAt(source, line) }
  }
  for (const section of keyed) {
    const tree = raw[section]
    if (!isTree(tree) || !Object.hasOwn(tree, rule)) continue
    const { line } = source.at([section, rule], 'key')
    return { section, value: tree[rule], line, text: linesAt(source, line) }
  }
  return undefined
}

/** Whether a rule says the same, however it is written. */
export const sameRule = (a: FoundRule | undefined, b: FoundRule | undefined): boolean =>
  a !== undefined && b !== undefined && a.section === b.section && isDeepStrictEqual(a.value, b.value)

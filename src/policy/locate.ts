import type { Mark, Marks } from './yaml/marks.ts'
import type { Path, Problem, Severity } from './problem.ts'

/** From 1; a column counts UTF-16 units as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** The text of a policy and where each of its values stands. */
export interface Source {
  readonly file: string
  readonly text: string
  /** Position of the value (or its key) at a path; of the closest enclosing value when there is none. */
  at(path: Path, part?: 'key' | 'value'): Position
  offset(offset: number): Position
  /** Text of a line, counted from 1. */
  line(line: number): string
}

export interface Found {
  readonly code: string
  readonly path: Path
  readonly message: string
  readonly severity?: Severity
  readonly part?: 'key' | 'value'
  readonly expected?: string | undefined
  readonly nearest?: string | undefined
}

export const problemAt = (source: Source, found: Found): Problem => ({
  file: source.file,
  ...source.at(found.path, found.part),
  path: found.path,
  code: found.code,
  severity: found.severity ?? 'error',
  message: found.message,
  ...(found.expected === undefined ? {} : { expected: found.expected }),
  ...(found.nearest === undefined ? {} : { nearest: found.nearest }),
})

const lineStartsOf = (text: string): number[] => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** Index of the last start that is not after `offset`. */
const lineOf = (starts: readonly number[], offset: number): number => {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}

const below = (value: unknown, step: string | number): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined

export const locate = (file: string, text: string, value: unknown, marks: Marks): Source => {
  let starts: number[] | undefined
  const indexes = new Map<Mark, Map<string, number>>()
  // Searching 10,000 keys once per problem would be quadratic.
  const indexOf = (mark: Mark, keys: readonly string[], key: string): number => {
    if (keys.length < 32) return keys.indexOf(key)
    let index = indexes.get(mark)
    if (index === undefined) {
      index = new Map(keys.map((name, i) => [name, i]))
      indexes.set(mark, index)
    }
    return index.get(key) ?? -1
  }
  const offset = (at: number): Position => {
    starts ??= lineStartsOf(text)
    const line = lineOf(starts, at)
    return { line: line + 1, column: at - starts[line]! + 1 }
  }
  return {
    file,
    text,
    offset,
    line(line) {
      starts ??= lineStartsOf(text)
      const start = starts[line - 1]
      return start === undefined ? '' : text.slice(start, starts[line] ?? text.length).replace(/\r?\n$/, '')
    },
    at(path, part = 'value') {
      let here: unknown = value
      let start = typeof here === 'object' && here !== null ? (marks.get(here)?.start ?? 0) : 0
      for (const [depth, step] of path.entries()) {
        const mark = typeof here === 'object' && here !== null ? marks.get(here) : undefined
        if (mark === undefined) break
        const wantsKey = part === 'key' && depth === path.length - 1
        const index = mark.keys === undefined ? Number(step) : indexOf(mark, mark.keys, String(step))
        const next = mark.keys === undefined ? mark.at[index] : mark.at[2 * index + (wantsKey ? 0 : 1)]
        if (next === undefined) break
        start = next
        here = below(here, step)
      }
      return offset(start)
    },
  }
}

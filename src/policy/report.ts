/** Problems as lines for a person; colour and source excerpt only where the caller asks for them. */
import { columnsOf, legible } from '#core/legible.ts'
import type { Source } from './locate.ts'
import type { Problem } from './problem.ts'

export interface ReportStyle {
  /** Show the source line with a caret under it. */
  readonly excerpt: boolean
  readonly colour: boolean
}

const paint = (on: boolean, code: string, text: string) => (on ? `\u001b[${code}m${text}\u001b[0m` : text)

/** Control characters of the document must not reach a terminal, and what cannot be seen must. */
const printable = (text: string): string => legible(text.replaceAll(/\p{Cc}/gu, ' '))

/** The message with what was expected and the name that was probably meant. */
export const sentence = ({ message, expected, nearest }: Problem): string => {
  const meant = nearest === undefined ? '' : `; did you mean \`${nearest}\`?`
  // A long list of valid names helps only when none of them is close.
  const wanted =
    expected === undefined || (nearest !== undefined && expected.length > 80) ? '' : `; expected ${expected}`
  return printable(`${message}${wanted}${meant}`)
}

const widest = 160

const excerptOf = (source: Source, { line, column }: Problem): readonly string[] => {
  const text = source.line(line)
  if (text.trim() === '') return []
  const from = Math.max(0, Math.min(column - 1 - widest / 2, text.length - widest))
  const shown = printable(text.slice(from, from + widest))
  return [`  ${shown}`, `  ${' '.repeat(columnsOf(printable(text.slice(from, column - 1))))}^`]
}

/** `site.yaml:12:5: error: …`, with the source line and a caret when asked for. */
export const problemLines = (
  problem: Problem,
  source: Source | undefined,
  { excerpt, colour }: ReportStyle,
): string => {
  const severity = paint(colour, problem.severity === 'error' ? '31;1' : '33;1', problem.severity)
  const first = `${printable(problem.file)}:${problem.line}:${problem.column}: ${severity}: ${sentence(problem)} [${problem.code}]`
  const lines = excerpt && source !== undefined ? excerptOf(source, problem) : []
  return [first, ...lines.map((line, i) => (i === 1 ? paint(colour, '32;1', line) : line))].join('\n')
}

/** `1 conduit`, `2 conduits` */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** `2 errors, 1 warning`, or undefined when there is nothing to count. */
export const countText = (problems: readonly Problem[]): string | undefined => {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.length - errors
  const parts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ]
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** What is wrong with a policy document, as a value: where, what, and what would be right. */

export type Path = readonly (string | number)[]
export type Severity = 'error' | 'warning'

export interface Problem {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in characters. */
  readonly column: number
  readonly path: Path
  /** Stable id, listed in docs/policy.md. */
  readonly code: string
  readonly severity: Severity
  /** One sentence, without the position. */
  readonly message: string
  readonly expected?: string
  /** The valid name closest to the one that was written. */
  readonly nearest?: string
}

export const isError = (problem: Problem): boolean => problem.severity === 'error'

/** By code units: the order of a language would differ from one machine to the next. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** By position, errors before warnings on one line, so that the same document always gives the same list. */
export const inOrder = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted(
    (a, b) =>
      a.line - b.line ||
      a.column - b.column ||
      byText(a.severity, b.severity) ||
      byText(a.code, b.code) ||
      byText(a.message, b.message),
  )

/** A path as an operator would say it: `conduits[3].allow[0].op`. */
export const pathText = (path: Path): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')

/** How checks are tried: policies with one fault each, and what is said of it where. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Problem } from '../problem.ts'
import { sentence } from '../report.ts'
import type { Check } from './context.ts'
import { checks } from './index.ts'

export interface Row<Changes> {
  readonly name: string
  readonly code: string
  readonly with: Changes
  /** Text that the position points to. */
  readonly at: string
  readonly says: RegExp
}

interface Trial<R> {
  readonly what: string
  /** Checks that the rows are about: each has a row. */
  readonly its: readonly Check[]
  readonly rows: readonly R[]
  readonly text: (row: R) => string
  readonly problemsOf: (text: string) => readonly Problem[]
}

export const findsIn = <R extends Row<unknown>>({ what, its, rows, text, problemsOf }: Trial<R>): void => {
  describe(`check of ${what} finds`, () => {
    for (const row of rows)
      test(`${row.name} (${row.code})`, () => {
        const document = text(row)
        const lines = document.split('\n')
        const problems = problemsOf(document)
        const found = problems.map((each) => `${each.line}:${each.column} ${each.code} ${sentence(each)}`).join('\n')
        const problem = problems.find(
          (each) => each.code === row.code && lines[each.line - 1]!.slice(each.column - 1).startsWith(row.at),
        )
        assert.ok(problem, found)
        assert.match(sentence(problem), row.says)
        assert.equal(problem.severity, checks.find(({ code }) => code === row.code)?.severity)
      })

    test('something for each of its codes', () => {
      const shown = new Set(rows.map(({ code }) => code))
      assert.deepEqual(
        its.filter(({ code }) => !shown.has(code)).map(({ code }) => code),
        [],
      )
    })
  })
}

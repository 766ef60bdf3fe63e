/** Holds a proposal to what is asked of every policy: `policy check` and its own tests. */
import { check } from '#policy/check/index.ts'
import { parsePolicy } from '#policy/parse.ts'
import { isError } from '#policy/problem.ts'
import { problemLines } from '#policy/report.ts'
import { failureLines, runTests, type TestResult } from '#policy/test.ts'
import type { Site } from '#schema/site.ts'
import type { Defect } from './proposal.ts'

const style = { excerpt: false, colour: false }

/**
 * Reads the text as a policy, checks it and runs its tests.
 * @param now ms since 1970, for what expires
 */
export const verify = (
  text: string,
  now: number,
): { readonly site: Site | undefined; readonly defects: readonly Defect[]; readonly failed: readonly TestResult[] } => {
  const { site, source, problems } = parsePolicy(text, 'proposal.yaml')
  const errors = site === undefined ? problems : check(site, source, now).filter(isError)
  if (site === undefined || errors.length > 0)
    return { site, defects: errors.map((problem) => ({ text: problemLines(problem, source, style) })), failed: [] }
  const failed = runTests(site, source, now).filter(({ ok }) => !ok)
  return { site, defects: failed.map((result) => ({ text: failureLines('proposal.yaml', result) })), failed }
}

/** What can be said about a draft's document by itself and beside the policy in force. */
import { Fault } from '#core/errors.ts'
import { examinePolicyText, loadPolicyText } from '#policy/load.ts'
import type { Source } from '#policy/locate.ts'
import { isError, type Problem } from '#policy/problem.ts'
import { problemLines, sentence } from '#policy/report.ts'
import { failureLines, runTests } from '#policy/test.ts'
import type { PolicyProblem } from '#schema/manager-policies.ts'
import type { Site } from '#schema/site.ts'
import type { Database } from '../../database/pool.ts'
import { inForce, type RevisionRow } from '../revisions.ts'
import { safetyChanges } from '../safety.ts'

export interface Read {
  /** Absent when it has errors. */
  readonly policy?: Site
  readonly source: Source
  readonly problems: readonly Problem[]
}

/** Reads the document of a site. One of another site is wrong here, because an edge says whose it is. */
export const readDocument = (site: string, text: string, now: number): Read => {
  const { site: policy, source, problems } = examinePolicyText(text, `${site}.yaml`, now)
  const other: Problem[] =
    policy === undefined || policy.site === site
      ? []
      : [
          {
            file: source.file,
            ...source.at(['site']),
            path: ['site'],
            code: 'other-site',
            severity: 'error',
            message: `\`site\` is ${policy.site}`,
            expected: site,
          },
        ]
  const all = [...other, ...problems]
  return { source, problems: all, ...(policy === undefined || all.some(isError) ? {} : { policy }) }
}

export const problemView = (problem: Problem): PolicyProblem => ({
  line: problem.line,
  column: problem.column,
  code: problem.code,
  severity: problem.severity,
  message: sentence(problem),
})

export interface Assessment extends Read {
  readonly tests?: { readonly passed: number; readonly failures: readonly string[] }
  readonly base: RevisionRow | undefined
  readonly before?: Site
  /** Persons who have to approve, and why more than one. */
  readonly needed: number
  readonly because: readonly string[]
}

/** What a site of another time made of its policy may not pass today's check; then it is compared with nothing. */
const policyOf = (row: RevisionRow | undefined): Site | undefined => {
  if (row === undefined) return undefined
  try {
    return loadPolicyText(row.text, `revision ${row.revision}`, row.at.getTime()).site
  } catch {
    return undefined
  }
}

/** @param asked persons that the site wants */
export const assess = async (
  db: Database,
  { site, text }: { readonly site: string; readonly text: string },
  asked: number,
  now: number,
): Promise<Assessment> => {
  const read = readDocument(site, text, now)
  const base = await inForce(db, site)
  const before = policyOf(base)
  const found = { ...read, base, ...(before === undefined ? {} : { before }) }
  if (read.policy === undefined) return { ...found, needed: asked, because: [] }
  const results = runTests(read.policy, read.source, now)
  const failures = results.filter(({ ok }) => !ok)
  const safety = safetyChanges(before, read.policy)
  return {
    ...found,
    tests: {
      passed: results.length - failures.length,
      failures: failures.map((result) => failureLines(read.source.file, result)),
    },
    needed: safety.length > 0 ? Math.max(2, asked) : asked,
    because: [
      ...(asked > 1 ? [`the site asks for ${asked}`] : []),
      ...(safety.length > 0 ? [`it touches safety: ${safety.slice(0, 20).join(', ')}`] : []),
    ],
  }
}

/** @throws Fault `policy-invalid` or `policy-tests-failed` */
export const requireSound = (assessment: Assessment): Site => {
  const { policy, problems, tests } = assessment
  if (policy === undefined)
    throw new Fault('policy-invalid', 'The policy of the draft has errors.', {
      details: problems
        .filter(isError)
        .slice(0, 20)
        .map((problem) => problemLines(problem, undefined, { excerpt: false, colour: false })),
    })
  if (tests !== undefined && tests.failures.length > 0)
    throw new Fault('policy-tests-failed', 'Tests of the policy fail.', { details: tests.failures.slice(0, 20) })
  return policy
}

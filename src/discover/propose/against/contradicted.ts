/** Tests of a policy that would fail with what is to be added: they are who wrote them to take back. */
import { Fault } from '#core/errors.ts'
import type { Source } from '#policy/locate.ts'
import { failureLines, runTests, type TestResult } from '#policy/test.ts'
import type { Site } from '#schema/site.ts'
import { count } from '../words.ts'

/**
 * @param failed tests that fail with what is added; those of the policy come first
 * @throws Fault `policy-tests-failed` when some of them are the policy's own
 */
export const refuseContradicted = (site: Site, source: Source, failed: readonly TestResult[], now: number): void => {
  const own = failed.filter(({ index }) => index < site.tests.length)
  if (own.length === 0) return
  const before = new Set(runTests(site, source, now).flatMap(({ ok, index }) => (ok ? [] : [index])))
  const broken = own.filter(({ index }) => before.has(index))
  const details = (broken.length > 0 ? broken : own).map((result) =>
    failureLines(source.file, { ...result, ...source.at(['tests', result.index]), trace: [] }),
  )
  if (broken.length > 0)
    throw new Fault(
      'policy-tests-failed',
      `${count(broken.length, 'failing test')} in ${source.file}, before anything is added.`,
      {
        details,
        advice: 'Change the policy or the expectation first; nothing was written.',
      },
    )
  throw new Fault('policy-tests-failed', `What was seen contradicts ${count(own.length, 'test')} of ${source.file}.`, {
    details,
    advice:
      'Remove the tests that no longer hold, and propose again. What is to stay denied needs a row of `denies:`. Nothing was written.',
  })
}

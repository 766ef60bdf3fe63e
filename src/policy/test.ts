/** The policy's own tests: `tests:` says what must come out, `evaluate` says what does. */
import type { PolicyTest, Site } from '#schema/site.ts'
import { enforced, judge, noDecoyText, plansFor, type Answer, type Judgement } from './judge.ts'
import type { Source } from './locate.ts'
import type { Plan } from './plan.ts'
import { queryOf, readQuery, type Asked, type QueryFault } from './query.ts'
import { everyScenario } from './every-scenario.ts'
import type { Scenario } from './scenario.ts'

export interface TestResult {
  readonly index: number
  readonly line: number
  readonly column: number
  readonly test: PolicyTest
  readonly ok: boolean
  readonly expected: Answer
  /** `none` when the test could not be asked: `detail` says why. */
  readonly got: Answer | 'none'
  readonly reason?: string
  readonly detail: string
  /** Who, to whom, on which edge; for groups the pair that decided. */
  readonly asked: string
  readonly trace: readonly string[]
}

const hostText = (name: string, ip: string | undefined) => (ip === undefined || ip === name ? name : `${name} (${ip})`)

export const scenarioText = ({ plan, from, to, source, target, packet, part }: Scenario): string =>
  `${hostText(from.name, source)} to ${hostText(to.name, target)} on edge ${plan.edge}${packet.tag === undefined ? '' : `, VLAN ${packet.tag.vid}`}${part === undefined ? '' : `, ${part}`}`

const traceLines = ({ trace }: Judgement): string[] => trace.map(({ check, result }) => `${check}: ${result}`)

/** Nobody waits for more, and nobody means more. */
const maxConversations = 4096

const faultText = ({ message, expected, nearest }: QueryFault) =>
  `${message}${nearest === undefined ? (expected === undefined ? '' : `; expected ${expected}`) : `; did you mean \`${nearest}\`?`}`

const runOne = (
  site: Site,
  plansOfAsked: (asked: Asked) => readonly Plan[],
  test: PolicyTest,
  now: number,
): Omit<TestResult, 'index' | 'line' | 'column'> => {
  const { expect: expected } = test
  const failed = { test, ok: false, expected, got: 'none', asked: `${test.from} to ${test.to}`, trace: [] } as const
  const { asked, faults } = readQuery(site, queryOf(test))
  if (asked === undefined) return { ...failed, detail: faults.map(faultText).join('; ') }
  // All must come out as expected; the first that does not is the answer.
  let last: Omit<TestResult, 'index' | 'line' | 'column'> | undefined
  let count = 0
  // A redirect, and a decoy, has an address of one family.
  const families = expected === 'redirect' || expected === 'decoy' ? 'first' : 'all'
  for (const scenario of everyScenario(plansOfAsked(asked), asked, families)) {
    if (++count > maxConversations)
      return { ...failed, detail: `it asks about more than ${maxConversations} conversations: ask about fewer` }
    const judgement = judge(scenario, asked, now)
    const { answer, reason, detail, command } = judgement
    const lacks = answer === 'deny' ? command?.trace.find((step) => step.lacks !== undefined)?.lacks : undefined
    if (lacks !== undefined)
      return {
        ...failed,
        asked: scenarioText(scenario),
        detail: `whether it is denied depends on \`${lacks}\`, which the test does not say`,
        trace: traceLines(judgement),
      }
    last = {
      test,
      ok: answer === expected,
      expected,
      got: answer,
      reason,
      detail,
      asked: scenarioText(scenario),
      trace: [
        ...traceLines(judgement),
        ...(expected === 'decoy' && answer !== 'decoy' ? [`decoys: ${noDecoyText(scenario)}`] : []),
      ],
    }
    if (!last.ok) return last
  }
  return last ?? { ...failed, detail: 'no edge stands between the two ends, so nothing decides' }
}

/**
 * Runs the tests of a policy that has passed `check`. Zones in observe and shadow are judged as if enforced: tests say
 * what the policy means, however far its introduction has come.
 * @param now ms since 1970: the day decides about expiry; time windows are closed unless a test says `at`
 */
export const runTests = (site: Site, source: Source, now = Date.now()): readonly TestResult[] => {
  if (site.tests.length === 0) return []
  const meant = enforced(site)
  const plans = plansFor(meant)
  return site.tests.map((test, index) => ({
    index,
    ...source.at(['tests', index]),
    ...runOne(meant, plans, test, now),
  }))
}

/** A failing test as lines: position, expected and got, and every step that led there. */
export const failureLines = (
  file: string,
  { line, column, expected, got, reason, detail, asked, test, trace }: TestResult,
): string => {
  const what = [test.service, ...(test.op === undefined ? [] : [test.op])].join(' ')
  const because = [reason, detail].filter((part) => part !== undefined && part !== '').join(': ')
  return [
    `${file}:${line}:${column}: test failed: ${test.from} to ${test.to}, ${what}: expected ${expected}, got ${got === 'none' ? 'no answer' : got}${because === '' ? '' : ` (${because})`}`,
    ...(got === 'none' ? [] : [`  ${asked}`]),
    ...trace.map((step) => `    ${step}`),
  ].join('\n')
}

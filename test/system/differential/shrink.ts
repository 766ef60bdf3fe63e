/** Makes a failing scenario small: a case that a person can read is half of its explanation. */
import type { Document } from './policy.ts'
import { planOf, type Scenario } from './scenario.ts'

/** Lists of the document from which elements may go one by one. */
const lists = ['conduits', 'denies', 'broadcast', 'layer2', 'sensors', 'responses', 'redirects'] as const

const smallerPolicies = function* (policy: Document): Generator<Document> {
  for (const name of lists) {
    const rows: readonly unknown[] = policy[name] ?? []
    if (rows.length > 1) yield { ...policy, [name]: [] }
    for (let i = 0; i < rows.length; i++) yield { ...policy, [name]: rows.toSpliced(i, 1) }
  }
  for (const name of ['assets', 'groups', 'zones'] as const)
    for (const key of Object.keys(policy[name] ?? {})) {
      const { [key]: _, ...rest } = policy[name] ?? {}
      yield { ...policy, [name]: rest }
    }
}

/** Steps without a part: first halves, then ever smaller parts, at last single steps. */
const smallerSteps = function* <T>(steps: readonly T[]): Generator<readonly T[]> {
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < steps.length; at += size) yield steps.toSpliced(at, size)
}

/**
 * Leaves out whatever can be left out.
 * @param fails whether a scenario still fails
 * @param budget times that `fails` may be asked
 */
export const shrink = async (
  scenario: Scenario,
  fails: (scenario: Scenario) => Promise<boolean>,
  budget = 400,
): Promise<Scenario> => {
  let best = scenario
  let left = budget
  const better = async (candidates: Iterable<Scenario>): Promise<boolean> => {
    for (const candidate of candidates) {
      if (left-- <= 0) return false
      if (planOf(candidate.policy, candidate.islands).plan === undefined || !(await fails(candidate))) continue
      best = candidate
      return true
    }
    return false
  }
  const fewerSteps = () => [...smallerSteps(best.steps)].map((steps) => ({ ...best, steps }))
  const lessPolicy = (): Scenario[] => {
    const { islands = [], ...rest } = best
    return [
      ...islands.map((_, at) => ({ ...best, islands: islands.toSpliced(at, 1) })),
      ...[...smallerPolicies(best.policy)].map((policy) => ({ ...rest, islands, policy })),
    ]
  }
  let found = true
  while (found) found = await better(fewerSteps())
  for (found = true; found;) found = (await better(lessPolicy())) || (await better(fewerSteps()))
  return best
}

/** Asks a proposed policy, as it would be once enforced, about single commands: for tests. */
import type { Seen } from '#policy/constraint.ts'
import { enforced, judge, plansFor, type Answer } from '#policy/judge.ts'
import { readQuery } from '#policy/query.ts'
import { scenariosOf } from '#policy/scenario.ts'
import type { Site } from '#schema/site.ts'

export type Ask = (
  from: string,
  to: string,
  service: string,
  op?: string,
  fields?: Readonly<Record<string, Seen>>,
) => Answer | 'unseen'

/** @returns what the policy answers; `unseen` when no edge stands between the two */
export const asker = (site: Site, now: number): Ask => {
  const meant = enforced(site)
  const plans = plansFor(meant)
  return (from, to, service, op, fields = {}) => {
    const { asked, faults } = readQuery(meant, { from, to, service, ...(op === undefined ? {} : { op }) })
    if (asked === undefined) throw new Error(faults.map(({ message }) => message).join('; '))
    const question = { ...asked, fields }
    const [scenario] = scenariosOf(plans(question), question)
    return scenario === undefined ? 'unseen' : judge(scenario, question, now).answer
  }
}

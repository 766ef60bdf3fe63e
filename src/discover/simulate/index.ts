/** What the command line and reports use: a policy, recordings, a result. */
import type { Site } from '#schema/site.ts'
import { compile } from '#policy/compile.ts'
import { enforced } from '#policy/judge.ts'
import type { Source } from '#policy/locate.ts'
import type { Policy } from './outcome.ts'
import type { Result } from './result.ts'

export { Simulation } from './simulation.ts'
export { resultOf } from './results.ts'
export type { Policy } from './outcome.ts'
export type * from './result.ts'

/**
 * A policy as it is to be judged at one edge.
 * @param modes `enforced`: zones in observe and shadow deny as they will once they are enforced
 * @returns undefined when the policy has no such edge
 */
export const policyAt = (site: Site, edge: string, modes: Result['modes'], source?: Source): Policy | undefined => {
  const plan = compile(modes === 'enforced' ? enforced(site) : site, edge)
  return plan === undefined ? undefined : { site, plan, ...(source === undefined ? {} : { source }) }
}

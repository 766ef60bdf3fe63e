/** Whether a policy of the right shape also makes sense. */
import type { Site } from '#schema/site.ts'
import { problemAt, type Source } from '../locate.ts'
import { inOrder, type Problem } from '../problem.ts'
import { commands } from './commands.ts'
import { conduits } from './conduits.ts'
import { contextOf, type Check, type Context } from './context.ts'
import { deceptionChecks } from './decoys/deception.ts'
import { loginChecks } from './decoys/logins.ts'
import { poolChecks } from './decoys/pools.ts'
import { names } from './names.ts'
import { networks } from './networks.ts'
import { overlaps } from './overlap.ts'
import { references } from './references.ts'
import { risk } from './risk.ts'
import { responses } from './responses.ts'
import { safety } from './safety.ts'

/** Whether decoys can stand where the policy has them, and harm nobody there. */
export const decoys: readonly Check[] = [...poolChecks, ...deceptionChecks, ...loginChecks]

/** Every check, in the order of docs/policy.md. */
export const checks: readonly Check[] = [
  ...references,
  ...names,
  ...networks,
  ...commands,
  ...conduits,
  ...overlaps,
  ...risk,
  ...safety,
  ...responses,
  ...decoys,
]

/** Findings of one code that are told one by one; the rest is counted. */
const told = 200
/** Of those, how many get a suggestion: each costs a comparison with every valid name. */
const suggested = 50

const run = ({ code, severity, find }: Check, context: Context, source: Source): Problem[] => {
  const all = [...find(context)]
  const problems = all
    .slice(0, told)
    .map(({ near, ...finding }, i) =>
      problemAt(source, { code, severity, ...finding, nearest: i < suggested ? near?.() : undefined }),
    )
  const next = all[told]
  if (next === undefined) return problems
  return [
    ...problems,
    problemAt(source, {
      code,
      severity,
      path: next.path,
      message: `and ${all.length - told} more of this kind from here on`,
    }),
  ]
}

/**
 * Finds everything that is wrong or doubtful about the meaning of a policy.
 * @param now ms since 1970, for what expires
 * @param personas whom decoys can claim to be, where these are not those that are shipped
 */
export const check = (
  site: Site,
  source: Source,
  now = Date.now(),
  personas?: Context['personas'],
): readonly Problem[] => {
  const context = contextOf(site, now, personas)
  return inOrder(checks.flatMap((each) => run(each, context, source)))
}

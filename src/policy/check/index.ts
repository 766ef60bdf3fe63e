/** Whether a policy of the right shape also makes sense. */
import type { Site } from '#schema/site.ts'
import { problemAt, type Source } from '../locate.ts'
import { inOrder, type Problem } from '../problem.ts'
import { commands } from './commands.ts'
import { conduits } from './conduits.ts'
import { contextOf, type Check } from './context.ts'
import { names } from './names.ts'
import { networks } from './networks.ts'
import { overlaps } from './overlap.ts'
import { references } from './references.ts'
import { responses } from './responses.ts'
import { safety } from './safety.ts'

/** Every check, in the order of docs/policy.md. */
export const checks: readonly Check[] = [
  ...references,
  ...names,
  ...networks,
  ...commands,
  ...conduits,
  ...overlaps,
  ...safety,
  ...responses,
]

/**
 * Finds everything that is wrong or doubtful about the meaning of a policy.
 * @param now ms since 1970, for what expires
 */
export const check = (site: Site, source: Source, now = Date.now()): readonly Problem[] => {
  const context = contextOf(site, now)
  return inOrder(
    checks.flatMap(({ code, severity, find }) =>
      [...find(context)].map((finding) => problemAt(source, { code, severity, ...finding })),
    ),
  )
}

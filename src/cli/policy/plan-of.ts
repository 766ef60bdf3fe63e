import { Fault } from '#core/errors.ts'
import { compile } from '#policy/compile.ts'
import type { Plan } from '#policy/plan.ts'
import { nearest } from '#policy/suggest.ts'
import type { Site } from '#schema/site.ts'

/** The edge of a policy that is meant, and its plan. @throws Fault `usage` when it is not clear, or does not exist */
export const planOf = (site: Site, wanted: string | undefined): { readonly name: string; readonly plan: Plan } => {
  const edges = Object.keys(site.edges)
  const details = [`Edges: ${edges.join(', ')}.`]
  if (wanted === undefined && edges.length > 1)
    throw new Fault('usage', 'The policy has several edges; say which with --edge.', { details })
  const name = wanted ?? edges[0] ?? ''
  const plan = edges.includes(name) ? compile(site, name) : undefined
  if (plan !== undefined) return { name, plan }
  const near = nearest(name, edges)
  throw new Fault(
    'usage',
    `The policy has no edge \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    { details, advice: 'Name an edge of the policy with --edge.' },
  )
}

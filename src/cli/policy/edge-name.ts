import { Fault } from '#core/errors.ts'
import { nearest } from '#policy/suggest.ts'

/** The edge of a policy that is meant. @throws Fault `usage` when it is not clear, or does not exist */
export const edgeName = (edges: readonly string[], wanted: string | undefined): string => {
  const list = `Edges: ${edges.join(', ')}.`
  if (wanted === undefined && edges.length > 1)
    throw new Fault('usage', 'The policy has several edges; say which with --edge.', { details: [list] })
  const name = wanted ?? edges[0] ?? ''
  if (edges.includes(name)) return name
  const near = nearest(name, edges)
  throw new Fault(
    'usage',
    `The policy has no edge \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    { details: [list], advice: 'Name an edge of the policy with --edge.' },
  )
}

import { Fault } from '#core/errors.ts'
import type { EdgeView } from '#schema/manager-fleet.ts'
import type { Asker } from '../manager/reach.ts'

/** @throws Fault `not-found` */
export const findEdge = async (ask: Asker, site: string, name: string): Promise<EdgeView> => {
  const { Edges } = await import('#schema/manager-fleet.ts')
  const query = new URLSearchParams({ site, name })
  const { edges } = await ask({ path: `/v1/edges?${query.toString()}`, answer: Edges })
  const [edge] = edges
  if (edge === undefined) throw new Fault('not-found', `There is no edge ${name} in ${site}.`)
  return edge
}

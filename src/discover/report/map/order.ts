/** The order of nodes within their lanes: near to those that they talk to, so that few edges cross. */
import { byText } from '#core/order.ts'
import type { Lane, MapEdge, MapNode } from './layout.ts'

const rounds = 6

/** Place within the lane, 0 … 1. */
const placesOf = (lanes: readonly Lane[]): ReadonlyMap<string, number> =>
  new Map(lanes.flatMap(({ nodes }) => nodes.map(({ id }, at) => [id, (at + 0.5) / nodes.length] as const)))

const byName = (a: MapNode, b: MapNode): number => byText(a.id, b.id)

/** Each node at the mean place of its neighbours, several times over (the barycentre method of layered drawings). */
export const ordered = (lanes: readonly Lane[], edges: readonly MapEdge[]): readonly Lane[] => {
  const neighbours = new Map<string, string[]>()
  for (const { from, to } of edges)
    for (const [own, other] of [
      [from, to],
      [to, from],
    ] as const)
      neighbours.set(own, [...(neighbours.get(own) ?? []), other])
  let found: readonly Lane[] = lanes.map((lane) => ({ ...lane, nodes: lane.nodes.toSorted(byName) }))
  for (let round = 0; round < rounds; round++) {
    const places = placesOf(found)
    const mean = ({ id }: MapNode): number => {
      const others = neighbours.get(id) ?? []
      return others.length === 0
        ? (places.get(id) ?? 0.5)
        : others.reduce((sum, other) => sum + (places.get(other) ?? 0.5), 0) / others.length
    }
    found = found.map((lane) => {
      const means = new Map(lane.nodes.map((node) => [node.id, mean(node)]))
      return {
        ...lane,
        nodes: lane.nodes.toSorted((a, b) => (means.get(a.id) ?? 0) - (means.get(b.id) ?? 0) || byName(a, b)),
      }
    })
  }
  return found
}

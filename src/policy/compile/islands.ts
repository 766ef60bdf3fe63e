/** Zones that a person has cut off from the rest. */
import { cidrContains } from '#core/address.ts'
import type { Conduit, Site } from '#schema/site.ts'
import { familyOf, resolveEnd, type End } from '../ends.ts'
import type { Exact, PairMode, Plan, PlanCut, PlanIsland, PlanPort, Range } from '../plan.ts'
import type { Shared } from './reach.ts'
import { outermost, type Topology } from './topology.ts'

/** Zones that an end lies in; `undefined` stands for addresses that are written as such, wherever they are. */
const zonesOf = ({ assets, networks }: End): readonly (string | undefined)[] => [
  ...new Set([...assets.map(({ asset }) => asset.zone), ...networks.map(({ zone }) => zone)]),
]

/**
 * Whether all that a conduit permits leads over the border of an island, so that nothing of it is left. A conduit of which only a part
 * does goes on elsewhere: see `isOver`, and policy/tables for what is no single address.
 */
export const crosses = (site: Site, conduit: Conduit, islands: readonly string[]): boolean => {
  if (conduit.essential === true) return false
  const [from, to] = [resolveEnd(site, conduit.from), resolveEnd(site, conduit.to)]
  if (from === undefined || to === undefined || from.any || to.any) return false
  const pairs = zonesOf(from).flatMap((a) => zonesOf(to).map((b) => [a, b]))
  return (
    pairs.length > 0 &&
    pairs.every(
      ([a, b]) => a !== undefined && b !== undefined && islands.some((island) => (a === island) !== (b === island)),
    )
  )
}

/** Tells whether the border of an island lies between the two addresses of an element. */
export const isOver = (borders: readonly PlanIsland[]): ((element: Exact) => boolean) => {
  const all = borders.map((border) => ({ ...border, known: new Map<string, boolean>() }))
  return ({ family, vlan, src, dst }) =>
    all.some(({ family: own, vlans, networks, known }) => {
      if (own !== family || vlans?.includes(vlan) === false) return false
      const inside = (ip: string) => {
        const found = known.get(ip) ?? networks.some((network) => cidrContains(network, ip))
        known.set(ip, found)
        return found
      }
      return inside(src) !== inside(dst)
    })
}

/** Of what is permitted when nothing is cut off, that which leads over a border; what has a network for an end may. */
export const cutOf = (
  { conduits, exact, ranges }: Pick<Plan, 'conduits' | 'exact' | 'ranges'>,
  isCut: (element: Exact) => boolean,
): PlanCut => {
  const isEssential = ({ conduit }: { readonly conduit: number }) => conduits[conduit]?.essential === true
  return {
    exact: exact
      .filter((element) => !isEssential(element) && isCut(element))
      .map(({ family, vlan, src, dst, proto, port }) => {
        const hosts = { family, vlan, src, dst, proto }
        return port === undefined ? hosts : { ...hosts, port }
      }),
    ranges: ranges.filter((range) => !isEssential(range)).map(rangeOf),
  }
}

const rangeOf = ({ family, src, dst, proto, ports, vlans }: Range): Range => ({
  family,
  ...(src === undefined ? {} : { src }),
  ...(dst === undefined ? {} : { dst }),
  ...(proto === undefined ? {} : { proto }),
  ...(ports === undefined ? {} : { ports }),
  ...(vlans === undefined ? {} : { vlans }),
})

/** Ports behind which everything is cut off: neither layer 2 nor what is not unicast crosses them either. */
export const islandPorts = (ports: readonly PlanPort[], islands: readonly string[]): string[] =>
  ports.filter(({ zones }) => zones.every((zone) => islands.includes(zone))).map(({ device }) => device)

/** Where the borders are, of zones behind other edges too: their packets may come by here. */
export const islandBorders = (site: Site, islands: readonly string[], { zoneByName, shared }: Topology): PlanIsland[] =>
  islands.flatMap((name) =>
    ([4, 6] as const).flatMap((family) => {
      const all = outermost(site.zones[name]?.networks ?? [])
      const networks = all.filter((network) => familyOf(network) === family)
      const vlans = shared.get(name)
      const zone = zoneByName.get(name)?.index ?? -1
      return networks.length === 0 ? [] : [{ zone, family, networks, ...(vlans === undefined ? {} : { vlans }) }]
    }),
  )

/** What still tries to cross is denied, whatever the modes at its ends. */
export const islandModes = (site: Site, islands: readonly string[], shared: Shared): PairMode[] =>
  islands.flatMap((island) =>
    ([4, 6] as const).flatMap((family) => {
      const networks = (site.zones[island]?.networks ?? []).filter((network) => familyOf(network) === family)
      const mode = site.zones[island]?.mode === 'contain' ? ('contain' as const) : ('enforce' as const)
      const vlans = shared.get(island)
      return networks.length === 0 ? [] : [{ family, src: networks, mode, ...(vlans === undefined ? {} : { vlans }) }]
    }),
  )

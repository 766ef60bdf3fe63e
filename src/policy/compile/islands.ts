/** Zones that a person has cut off from the rest. */
import type { Conduit, Site } from '#schema/site.ts'
import { familyOf, resolveEnd } from '../ends.ts'
import type { PairMode, PlanIsland, PlanPort, PlanZone } from '../plan.ts'
import type { Shared } from './reach.ts'

/** Zones that an end lies in; `undefined` stands for addresses of any zone. */
const zonesOf = (site: Site, end: string): readonly (string | undefined)[] => {
  const resolved = resolveEnd(site, end)
  if (resolved === undefined || resolved.any) return [undefined]
  return [...resolved.assets.map(({ asset }) => asset.zone), ...resolved.networks.map(({ zone }) => zone)]
}

/** Whether a conduit leads over the border of an island and is not essential. */
export const crosses = (site: Site, conduit: Conduit, islands: readonly string[]): boolean => {
  if (conduit.essential === true) return false
  const zones = [...zonesOf(site, conduit.from), ...zonesOf(site, conduit.to)]
  return islands.some(
    (island) => zones.some((zone) => zone === island || zone === undefined) && zones.some((zone) => zone !== island),
  )
}

/** Ports behind which everything is cut off: neither layer 2 nor what is not unicast crosses them either. */
export const islandPorts = (ports: readonly PlanPort[], islands: readonly string[]): string[] =>
  ports.filter(({ zones }) => zones.every((zone) => islands.includes(zone))).map(({ device }) => device)

/** Where the borders are, for what is sent to another address than it asks for. */
export const islandBorders = (zones: readonly PlanZone[], islands: readonly string[], shared: Shared): PlanIsland[] =>
  zones
    .filter(({ name }) => islands.includes(name))
    .flatMap(({ name, index, networks: all }) =>
      ([4, 6] as const).flatMap((family) => {
        const networks = all.filter((network) => familyOf(network) === family)
        const vlans = shared.get(name)
        return networks.length === 0
          ? []
          : [{ zone: index, family, networks, ...(vlans === undefined ? {} : { vlans }) }]
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

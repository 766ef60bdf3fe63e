/** Zones that a person has cut off from the rest. */
import type { Conduit, Site } from '#schema/site.ts'
import { familyOf, resolveEnd } from '../ends.ts'
import type { PairMode } from '../plan.ts'

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

/** What still tries to cross is denied, whatever the modes at its ends. */
export const islandModes = (site: Site, islands: readonly string[]): PairMode[] =>
  islands.flatMap((island) =>
    ([4, 6] as const).flatMap((family) => {
      const networks = (site.zones[island]?.networks ?? []).filter((network) => familyOf(network) === family)
      return networks.length === 0 ? [] : [{ family, src: networks, mode: 'enforce' as const }]
    }),
  )

/** Where the addresses of an end are the ones that it stands for. */
import { canonicalIp } from '#core/address.ts'
import { familyOf, type End } from '../ends.ts'
import type { Family, PlanZone, Range, VlanId } from '../plan.ts'
import { spanOf } from '../check/span.ts'

/** VLANs of zones whose addresses another zone has on other VLANs, by name. */
export type Shared = ReadonlyMap<string, readonly VlanId[]>

/** Cells that are copies of each other have the same addresses, each on its own VLAN. */
export const sharedBy = (zones: readonly PlanZone[]): Shared => {
  const shared = new Map<string, readonly VlanId[]>()
  const spans = zones.flatMap((zone) =>
    zone.networks.flatMap((text) => {
      const span = spanOf(text)
      return span === undefined ? [] : [{ zone, ...span }]
    }),
  )
  let open: typeof spans = []
  for (const next of spans.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    open = open.filter(({ last }) => last >= next.first)
    for (const { zone } of open)
      if (zone !== next.zone) for (const { name, vlans } of [zone, next.zone]) shared.set(name, vlans)
    open.push(next)
  }
  return shared
}

type Place = Pick<Range, 'vlans'>
export interface Reach extends Place {
  /** Absent: any. */
  readonly networks?: readonly string[]
}

/**
 * Networks of an end in one family, apart by where they are; none when it has none.
 * @param isMeant whether what is in a zone counts
 */
export const reachesOf = (
  end: End,
  family: Family,
  shared: Shared,
  isMeant: (zone: string) => boolean = () => true,
): readonly Reach[] => {
  if (end.any) return [{}]
  const hosts = end.assets.flatMap(({ asset: { zone, ips } }) =>
    ips.map((text) => ({ zone, network: `${canonicalIp(text) ?? text}/${familyOf(text) === 4 ? 32 : 128}` })),
  )
  const groups = new Map<string, { readonly place: Place; readonly networks: Set<string> }>()
  for (const { zone, network } of [...hosts, ...end.networks]) {
    if (familyOf(network) !== family || (zone !== undefined && !isMeant(zone))) continue
    const vlans = zone === undefined ? undefined : shared.get(zone)
    const key = vlans?.join() ?? ''
    const group = groups.get(key) ?? { place: vlans === undefined ? {} : { vlans }, networks: new Set() }
    groups.set(key, group)
    group.networks.add(network)
  }
  return [...groups.values()].map(({ place, networks }) => ({ ...place, networks: [...networks] }))
}

/** Both ends of a range; none when they are never on one VLAN. */
const between = (src: Reach, dst: Reach): Pick<Range, 'src' | 'dst' | 'vlans'> | undefined => {
  const vlans =
    src.vlans === undefined || dst.vlans === undefined
      ? (src.vlans ?? dst.vlans)
      : src.vlans.filter((vlan) => dst.vlans?.includes(vlan))
  if (vlans?.length === 0) return undefined
  return {
    ...(src.networks === undefined ? {} : { src: src.networks }),
    ...(dst.networks === undefined ? {} : { dst: dst.networks }),
    ...(vlans === undefined ? {} : { vlans }),
  }
}

/** Every pair of places of two ends that can meet. */
export const meetings = (sources: readonly Reach[], targets: readonly Reach[]) =>
  sources.flatMap((src) => targets.flatMap((dst) => between(src, dst) ?? []))

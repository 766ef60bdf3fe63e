/** Which addresses a conduit's `from:` or `to:` stands for. */
import { parseCidr, parseIp } from '#core/address.ts'
import type { Asset, Site } from '#schema/site.ts'
import type { Family, VlanId } from './plan.ts'
import { isOfVendors } from './vendors.ts'

export interface EndAsset {
  readonly name: string
  readonly asset: Asset
}

/** One end of a conduit. `any` has neither assets nor networks. */
export interface End {
  readonly any: boolean
  readonly assets: readonly EndAsset[]
  /** Networks given as such, each with the zone it stands for, if it does. */
  readonly networks: readonly { readonly network: string; readonly zone?: string }[]
}

export const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4)
export const vlanNumber = (vlan: number | 'untagged'): VlanId => (vlan === 'untagged' ? 0 : vlan)

export const nobody: End = { any: false, assets: [], networks: [] }

type Group = Site['groups'][string]

const membersOf = (assets: Site['assets'], group: Group): End => {
  const named = (group.assets ?? []).flatMap((name) =>
    Object.hasOwn(assets, name) ? [{ name, asset: assets[name]! }] : [],
  )
  const { kinds, vendors } = group
  const taken = new Set(group.assets ?? [])
  const described =
    kinds === undefined && vendors === undefined
      ? []
      : Object.entries(assets).filter(
          ([name, { kind, vendor }]) =>
            !taken.has(name) &&
            (kinds === undefined || kinds.includes(kind)) &&
            (vendors === undefined || isOfVendors(vendor, vendors)),
        )
  return {
    any: false,
    assets: [...named, ...described.map(([name, asset]) => ({ name, asset }))],
    networks: (group.networks ?? []).map((network) => ({ network })),
  }
}

/** A group of a kind looks at every asset, and thousands of conduits name it: once is enough. By what it is made of, which variants of a policy share. */
const resolved = new WeakMap<Site['assets'], WeakMap<Group, End>>()

const ofGroup = ({ assets, groups }: Site, name: string): End => {
  const group = groups[name]
  if (group === undefined) return nobody
  let known = resolved.get(assets)
  if (known === undefined) {
    known = new WeakMap()
    resolved.set(assets, known)
  }
  let end = known.get(group)
  if (end === undefined) {
    end = membersOf(assets, group)
    known.set(group, end)
  }
  return end
}

/**
 * Resolves `any`, an asset, a group, a zone, an address or a network.
 * @returns undefined when it names nothing known
 */
export const resolveEnd = (site: Site, text: string): End | undefined => {
  if (text === 'any') return { ...nobody, any: true }
  const asset = Object.hasOwn(site.assets, text) ? site.assets[text] : undefined
  if (asset !== undefined) return { ...nobody, assets: [{ name: text, asset }] }
  if (Object.hasOwn(site.groups, text)) return ofGroup(site, text)
  const zone = Object.hasOwn(site.zones, text) ? site.zones[text] : undefined
  if (zone !== undefined) return { ...nobody, networks: zone.networks.map((network) => ({ network, zone: text })) }
  const ip = parseIp(text)
  if (ip !== undefined) return { ...nobody, networks: [{ network: `${text}/${ip.family === 4 ? 32 : 128}` }] }
  return parseCidr(text) === undefined ? undefined : { ...nobody, networks: [{ network: text }] }
}

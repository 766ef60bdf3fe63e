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

const ofGroup = (site: Site, name: string): End => {
  const group = site.groups[name]
  if (group === undefined) return nobody
  const named = (group.assets ?? []).flatMap((asset) =>
    Object.hasOwn(site.assets, asset) ? [{ name: asset, asset: site.assets[asset]! }] : [],
  )
  const { kinds, vendors } = group
  const taken = new Set(group.assets ?? [])
  const described =
    kinds === undefined && vendors === undefined
      ? []
      : Object.entries(site.assets).filter(
          ([asset, { kind, vendor }]) =>
            !taken.has(asset) &&
            (kinds === undefined || kinds.includes(kind)) &&
            (vendors === undefined || isOfVendors(vendor, vendors)),
        )
  return {
    any: false,
    assets: [...named, ...described.map(([asset, value]) => ({ name: asset, asset: value }))],
    networks: (group.networks ?? []).map((network) => ({ network })),
  }
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

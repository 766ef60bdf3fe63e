/** Names and identities that must be unique. */
import { canonicalIp } from '#core/address.ts'
import { vocabularies } from '#protocols/index.ts'
import { etherTypes } from '#protocols/layer2.ts'
import type { Asset, Site } from '#schema/site.ts'
import type { Check, Finding } from './context.ts'

const lists = ['conduits', 'denies', 'sensors', 'redirects', 'exceptions'] as const

function* repeated(list: (typeof lists)[number], site: Site): Iterable<Finding> {
  const seen = new Set<string>()
  for (const [i, { id }] of site[list].entries()) {
    if (seen.has(id)) yield { path: [list, i, 'id'], message: `id \`${id}\` is used twice in \`${list}\`` }
    seen.add(id)
  }
}

/** VLANs tell two devices with one address apart, when both zones name theirs. */
const apart = (site: Site, a: Asset, b: Asset): boolean => {
  const [left, right] = [site.zones[a.zone]?.vlan, site.zones[b.zone]?.vlan]
  return left !== undefined && right !== undefined && left !== right
}

function* shared(
  site: Site,
  field: 'ips' | 'macs',
  what: string,
  tolerated: (a: Asset, b: Asset) => boolean,
): Iterable<Finding> {
  const owners = new Map<string, string[]>()
  for (const [name, asset] of Object.entries(site.assets))
    for (const [i, text] of (asset[field] ?? []).entries()) {
      const identity = canonicalIp(text) ?? text
      const others = owners.get(identity) ?? []
      const path = ['assets', name, field, i]
      for (const other of others) {
        const owner = site.assets[other]
        if (other === name) yield { path, message: `${what} ${text} is listed twice` }
        else if (owner !== undefined && !tolerated(owner, asset))
          yield { path, message: `${what} ${text} belongs to asset \`${other}\` already` }
      }
      owners.set(identity, [...others, name])
    }
}

const uses = { assets: 'an asset', groups: 'a group', zones: 'a zone' } as const

export const names: readonly Check[] = [
  {
    code: 'duplicate-id',
    severity: 'error',
    summary: 'Two entries of one list have the same id.',
    *find({ site }) {
      for (const list of lists) yield* repeated(list, site)
    },
  },
  {
    code: 'ambiguous-name',
    severity: 'error',
    summary: 'One name stands for two things that a rule could mean: asset, group, zone, service or `any`.',
    *find({ site }) {
      const first = new Map<string, string>([['any', 'every address']])
      for (const kind of ['assets', 'groups', 'zones'] as const)
        for (const name of Object.keys(site[kind])) {
          const other = first.get(name)
          if (other === undefined) first.set(name, uses[kind])
          else
            yield { path: [kind, name], part: 'key', message: `\`${name}\` is ${uses[kind]} and ${other}; rename one` }
        }
      for (const [name, { ports }] of Object.entries(site.groups))
        if (
          ports !== undefined &&
          (Object.hasOwn(vocabularies, name) || Object.hasOwn(etherTypes, name) || name === 'icmp')
        )
          yield {
            path: ['groups', name],
            part: 'key',
            message: `\`${name}\` is a group of ports and a service of its own; rename the group`,
          }
    },
  },
  {
    code: 'duplicate-ip',
    severity: 'error',
    summary: 'Two assets have the same address, and are neither in different VLANs nor both `virtual`.',
    find: ({ site }) =>
      shared(
        site,
        'ips',
        'address',
        (a, b) => apart(site, a, b) || (a.virtual !== undefined && b.virtual !== undefined),
      ),
  },
  {
    code: 'duplicate-mac',
    severity: 'warning',
    summary: 'Two assets have the same Ethernet address, and neither is `virtual`.',
    find: ({ site }) =>
      shared(site, 'macs', 'Ethernet address', (a, b) => a.virtual !== undefined || b.virtual !== undefined),
  },
  {
    code: 'group-mac',
    severity: 'error',
    summary: 'A device cannot have a broadcast or multicast Ethernet address.',
    *find({ site }) {
      for (const [name, { macs = [] }] of Object.entries(site.assets))
        for (const [i, mac] of macs.entries())
          if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1)
            yield {
              path: ['assets', name, 'macs', i],
              message: `${mac} is a group address, which no device sends from`,
            }
    },
  },
]

/** The policies that sites have now, as orders need them: whose an address is, and what was agreed. */
import { cidrContains } from '#core/address.ts'
import { parsePolicy } from '#policy/parse.ts'
import type { Site } from '#schema/site.ts'
import type { Manager } from '../context.ts'
import { policiesInForce, type PolicyReader } from '../policies/in-force.ts'
import { plainIp } from './addresses.ts'

export interface KnownAsset {
  readonly asset: string
  readonly kind: string
  readonly zone: string
}
export interface PublishedSite {
  /** As the manager names it. */
  readonly site: string
  readonly revision: number
  readonly policy: Site
  readonly known: ReadonlyMap<string, KnownAsset>
}

export const describeSite = (site: string, revision: number, policy: Site): PublishedSite => ({
  site,
  revision,
  policy,
  known: new Map(
    Object.entries(policy.assets).flatMap(([asset, { ips, kind, zone }]) =>
      ips.map((ip): [string, KnownAsset] => [plainIp(ip) ?? ip, { asset, kind, zone }]),
    ),
  ),
})

/** Whether the address is of a network that the site calls its own. */
export const ownNetwork = ({ policy }: PublishedSite, ip: string): boolean =>
  Object.values(policy.zones).some(({ networks }) => networks.some((network) => cidrContains(network, ip)))

/** Bits of a prefix: a wider network, such as one for the rest of the world, makes an address nobody's own. */
const narrow = { 4: 8, 6: 16 } as const

/** Whether the address is of a network that is the site's and not everybody's. */
export const hasNetworkOf = ({ policy }: PublishedSite, ip: string): boolean =>
  Object.values(policy.zones).some(({ networks }) =>
    networks.some(
      (network) => Number(network.split('/')[1]) >= narrow[network.includes(':') ? 6 : 4] && cidrContains(network, ip),
    ),
  )

/** Policies that were read, by manager and site: reading one again costs milliseconds that an order does not have. */
const read = new WeakMap<object, Map<string, { readonly revision: number; readonly made: PublishedSite | undefined }>>()

const made = async (manager: Pick<Manager, 'db'>, from: PolicyReader, site: string, revision: number) => {
  const kept = read.get(manager) ?? new Map<string, { revision: number; made: PublishedSite | undefined }>()
  read.set(manager, kept)
  const found = kept.get(site)
  if (found?.revision === revision) return found.made
  const text = await from.text(site, revision)
  const policy = text === undefined ? undefined : parsePolicy(text, site).site
  const fresh = policy === undefined ? undefined : describeSite(site, revision, policy)
  kept.set(site, { revision, made: fresh })
  return fresh
}

/** The newest policy of a site; nothing where none was published. */
export const publishedSite = async (
  manager: Pick<Manager, 'db'>,
  site: string,
  from: PolicyReader = policiesInForce(manager),
): Promise<PublishedSite | undefined> => {
  const revision = (await from.newest(site)).get(site)
  return revision === undefined ? undefined : made(manager, from, site, revision)
}

/** Those of all sites that have one. */
export const publishedSites = async (
  manager: Pick<Manager, 'db'>,
  from: PolicyReader = policiesInForce(manager),
): Promise<readonly PublishedSite[]> => {
  const all: PublishedSite[] = []
  for (const [site, revision] of await from.newest()) {
    const one = await made(manager, from, site, revision)
    if (one !== undefined) all.push(one)
  }
  return all
}

/** ms */
const recentMs = 1000
const recent = new WeakMap<object, { readonly at: number; readonly sites: Promise<readonly PublishedSite[]> }>()

/**
 * The same, at most a second old: for what other sites say about an address, while an order waits for it. Their edges have a newer policy
 * no sooner.
 */
export const recentSites = (manager: Pick<Manager, 'db' | 'now'>): Promise<readonly PublishedSite[]> => {
  const now = manager.now()
  const kept = recent.get(manager)
  if (kept !== undefined && Math.abs(now - kept.at) < recentMs) return kept.sites
  const sites = publishedSites(manager)
  recent.set(manager, { at: now, sites })
  // Whoever waits for it is told; the next one asks anew.
  sites.catch(() => recent.delete(manager))
  return sites
}

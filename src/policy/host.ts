/** Concrete hosts that a name in a question stands for. */
import { canonicalIp, cidrContains, formatIp, parseCidr } from '#core/address.ts'
import type { Site } from '#schema/site.ts'
import { familyOf, resolveEnd } from './ends.ts'
import type { Family } from './plan.ts'

export interface Host {
  /** As a person would say it: `hmi-1 (198.18.1.70)` is name and one of the addresses. */
  readonly name: string
  readonly ips: readonly string[]
  readonly asset?: string
  readonly mac?: string
  readonly zone?: string
}

/** Members of a group that are tried one by one. */
const maxMembers = 32

/** An address of nobody, for `any`: documentation ranges, RFC 5737 and RFC 4193. */
const outsiders = ['203.0.113.250', 'fd00:198:18:ffff::fa'] as const

const owners = new WeakMap<Site, ReadonlyMap<string, string>>()
const ownersOf = (site: Site): ReadonlyMap<string, string> => {
  let known = owners.get(site)
  if (known === undefined) {
    known = new Map(
      Object.entries(site.assets).flatMap(([name, { ips }]) => ips.map((ip) => [canonicalIp(ip) ?? ip, name])),
    )
    owners.set(site, known)
  }
  return known
}

const ofAsset = (site: Site, name: string): Host => {
  const { ips, macs, zone } = site.assets[name]!
  const mac = macs?.[0]
  return { name, asset: name, zone, ips: ips.map((ip) => canonicalIp(ip) ?? ip), ...(mac === undefined ? {} : { mac }) }
}

const zoneOf = (site: Site, ip: string) =>
  Object.entries(site.zones).find(([, { networks }]) => networks.some((network) => cidrContains(network, ip)))?.[0]

const ofAddress = (site: Site, text: string, taken: ReadonlyMap<string, string>): Host => {
  const ip = canonicalIp(text) ?? text
  const owner = taken.get(ip)
  if (owner !== undefined) return { ...ofAsset(site, owner), name: ip, ips: [ip] }
  const zone = zoneOf(site, ip)
  return { name: ip, ips: [ip], ...(zone === undefined ? {} : { zone }) }
}

/** The highest address of a network that no asset has, leaving out IPv4 broadcast. */
const unused = (network: string, taken: ReadonlyMap<string, string>): string | undefined => {
  const cidr = parseCidr(network)
  if (cidr === undefined) return undefined
  const bits = BigInt((cidr.family === 4 ? 32 : 128) - cidr.length)
  const first = (cidr.value >> bits) << bits
  const count = 1n << bits
  for (let n = cidr.family === 4 && count > 2n ? count - 2n : count - 1n; n >= 0n && n > count - 1000n; n--) {
    const ip = formatIp(cidr.family, first + n)
    if (!taken.has(ip)) return ip
  }
  return formatIp(cidr.family, first)
}

/** Somebody unknown in a set of networks: one address per family. */
const stranger = (site: Site, name: string, networks: readonly string[], taken: ReadonlyMap<string, string>): Host => {
  const ips = ([4, 6] as const).flatMap((family: Family) => {
    const network = networks.find((text) => familyOf(text) === family)
    return network === undefined ? [] : (unused(network, taken) ?? [])
  })
  const zone = ips[0] === undefined ? undefined : zoneOf(site, ips[0])
  return { name, ips, ...(zone === undefined ? {} : { zone }) }
}

/**
 * Hosts to try for the end of a question: an asset or address itself, every asset of a group (up to 32), and for
 * a zone, a network or `any` an address that belongs to no asset.
 * @returns undefined when it names nothing known
 */
export const hostsOf = (site: Site, text: string): readonly Host[] | undefined => {
  const end = resolveEnd(site, text)
  if (end === undefined) return undefined
  const taken = ownersOf(site)
  if (end.any) return [{ name: 'any', ips: outsiders }]
  if (Object.hasOwn(site.assets, text)) return [ofAsset(site, text)]
  if (canonicalIp(text) !== undefined) return [ofAddress(site, text, taken)]
  const members = end.assets.slice(0, maxMembers).map(({ name }) => ofAsset(site, name))
  const networks = end.networks.map(({ network }) => network)
  return networks.length === 0 ? members : [...members, stranger(site, text, networks, taken)]
}

/** Which Ethernet addresses are of routers: what they carry belongs to devices behind them. */
import { byText } from '#core/order.ts'
import { isGatewayMac, isLinkLocal4, isLinkLocal6, networkOf } from './addresses.ts'
import type { Link, Segment } from './links.ts'

/** Addresses that one host may have claimed as its own with ARP; more are answered for others (proxy ARP, RFC 1027). */
const maxClaimed = 8
/** IPv4 addresses that one host may send from without having claimed them. */
const maxHost4 = 4
/** IPv6 addresses of one host, which changes them for privacy (RFC 8981), and networks they may lie in. */
const maxHost6 = 16
const maxNetworks6 = 3

export interface Router {
  /** Addresses that are its own. */
  readonly own: ReadonlySet<string>
  /** Why it is one, in words. */
  readonly because: string
}

const isGlobal6 = ({ ip }: Link): boolean => ip.includes(':') && !isLinkLocal6(ip)
const isPlain4 = ({ ip }: Link): boolean => !ip.includes(':') && !isLinkLocal4(ip)

/** Networks whose addresses are claimed by, or are the only ones of, hosts of this VLAN. */
const localNetworks = ({ byMac }: Segment): ReadonlySet<string> => {
  const local = new Set<string>()
  for (const [mac, links] of byMac) {
    const plain = links.filter(isPlain4)
    for (const link of plain)
      if (!link.weak && links.length <= maxClaimed && (link.claims > 0 || (plain.length === 1 && !isGatewayMac(mac))))
        local.add(networkOf(link.ip))
  }
  return local
}

/** Own addresses: those it claimed, unless it claims for others; without any, the one that lies in a network of its neighbours. */
const ownOf = (links: readonly Link[], local: ReadonlySet<string>): ReadonlySet<string> => {
  const claimed = links.filter(({ claims, ip }) => claims > 0 && !isLinkLocal6(ip))
  const near = (list: readonly Link[]) => list.filter((link) => !link.weak && local.has(networkOf(link.ip)))
  const chosen = claimed.length > maxClaimed ? near(claimed) : claimed.length > 0 ? claimed : near(links)
  const limit = claimed.length > 0 ? maxClaimed : 1
  return new Set([
    ...(chosen.length <= limit ? chosen : []).map(({ ip }) => ip),
    ...links.flatMap(({ ip }) => (isLinkLocal6(ip) ? [ip] : [])),
  ])
}

/** Why this Ethernet address must be of a router, or undefined when one host can have all it carries. */
const reasonOf = (mac: string, links: readonly Link[], segment: Segment): string | undefined => {
  if (isGatewayMac(mac)) return 'its Ethernet address is one of gateways that share an address (VRRP, HSRP, GLBP)'
  const [four, six] = [links.filter(isPlain4), links.filter(isGlobal6)]
  const real = four.filter(({ weak }) => !weak)
  const networks = new Set(real.map(({ ip }) => networkOf(ip)))
  const many = `packets of ${links.length} addresses come from it`
  if (six.length > maxHost6 || new Set(six.map(({ ip }) => networkOf(ip))).size > maxNetworks6) return many
  const beyond = four.find(({ weak, ip }) => weak && real.length > 0 && !networks.has(networkOf(ip)))
  if (beyond !== undefined) return `packets to ${beyond.ip} of another network go to it`
  const claimed = real.filter(({ claims }) => claims > 0)
  if (claimed.length > maxClaimed) return `it claims ${claimed.length} addresses`
  const carried = four.filter(({ claims }) => claims === 0)
  if (four.length > maxHost4 && carried.length > 0) return many
  // Several networks, and packets of one go there and back without its having claimed an address in it.
  const home = new Set((claimed.length > 0 ? claimed : real.slice(0, 1)).map(({ ip }) => networkOf(ip)))
  const foreign = real
    .filter(({ claims, ip }) => claims === 0 && !home.has(networkOf(ip)))
    .find(({ ip }) => {
      const endpoint = segment.endpoints.get(ip)
      return endpoint !== undefined && endpoint.sent > 0 && endpoint.received > 0
    })
  return foreign === undefined ? undefined : `packets of ${foreign.ip} of another network pass through it both ways`
}

const byIpText = (a: Link, b: Link): number => byText(a.ip, b.ip)

/** Routers of a VLAN by their Ethernet address. @param told Ethernet addresses of devices that say they are routers */
export const routersOf = (segment: Segment, told: ReadonlySet<string>): ReadonlyMap<string, Router> => {
  const local = localNetworks(segment)
  const routers = new Map<string, Router>()
  for (const [mac, unsorted] of segment.byMac) {
    const links = unsorted.toSorted(byIpText)
    const because =
      reasonOf(mac, links, segment) ?? (told.has(mac) && links.length > 1 ? 'it says that it is a router' : undefined)
    if (because !== undefined) routers.set(mac, { own: ownOf(links, local), because })
  }
  return routers
}

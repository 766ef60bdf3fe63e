/** Addresses that belong to one device. */
import { byText } from '#core/order.ts'
import type { Endpoint, Fact, Observed } from '../model.ts'
import { addressKey, byAddress, isLinkLocal4, isLinkLocal6, isMac, isUnicast, macDistance } from './addresses.ts'
import { conflictOf, type Conflict } from './conflicts.ts'
import { listIn, segmentsOf, type Link, type Segment } from './links.ts'
import { routersOf, type Router } from './routers.ts'

export interface Body {
  readonly vlan: number
  ips: string[]
  macs: string[]
  readonly behind?: string
  /** Why it is a router. */
  readonly router?: string
  /** Addresses of others whose packets come from it. */
  forwards: number
  conflicts: Conflict[]
  /** Addresses that lead to it without being its own, such as 169.254.0.0/16 in use before another. */
  readonly aliases: string[]
}

export interface Bodies {
  readonly list: readonly Body[]
  readonly segments: readonly Segment[]
}

/** Ethernet addresses of one device are this close together. */
const macBlock = 255
/** Addresses of IP that one Ethernet address may tell of itself. */
const maxToldIps = 8

const bodyOf = (vlan: number, more: Partial<Body>): Body => ({
  vlan,
  ips: [],
  macs: [],
  forwards: 0,
  conflicts: [],
  aliases: [],
  ...more,
})

/**
 * How many addresses of a family are an Ethernet address's alone. Who has one is not likely to have another that somebody else has,
 * too: so speak those who put themselves between two others, and routers.
 */
const ownAlone = ({ byMac, byIp }: Segment): ((link: Link) => number) => {
  const counts = new Map<string, number>()
  return ({ mac, ip }) => {
    const six = ip.includes(':')
    const key = `${mac} ${six}`
    let count = counts.get(key)
    if (count === undefined) {
      const alone = byMac
        .get(mac)
        ?.filter((link) => !link.weak && link.ip.includes(':') === six && !isLinkLocal6(link.ip))
      count = alone?.filter((link) => byIp.get(link.ip)?.length === 1).length ?? 0
      counts.set(key, count)
    }
    return count
  }
}

/**
 * Who has an IP address, when several Ethernet addresses do: a host rather than a router, who sends from it rather than only claims
 * it, who has no other, who claimed it, who had it first.
 */
const ownerFirst = (segment: Segment, routers: ReadonlyMap<string, Router>): ((a: Link, b: Link) => number) => {
  const alone = ownAlone(segment)
  return (a, b) =>
    Number(routers.has(a.mac)) - Number(routers.has(b.mac)) ||
    Number(b.packets > 0) - Number(a.packets > 0) ||
    Number(alone(a) > 0) - Number(alone(b) > 0) ||
    Number(b.claims > 0) - Number(a.claims > 0) ||
    Number(a.weak) - Number(b.weak) ||
    (segment.byMac.get(a.mac)?.length ?? 0) - (segment.byMac.get(b.mac)?.length ?? 0) ||
    a.first - b.first ||
    b.packets - a.packets ||
    (a.mac < b.mac ? -1 : 1)
}

const isHome = (link: Link, router: Router | undefined, segment: Segment): boolean =>
  router === undefined
    ? // An address that never sent is with a host that has others only by chance.
      !link.weak || segment.byMac.get(link.mac)?.every(({ weak }) => weak) === true
    : router.own.has(link.ip)

const ofSegment = (segment: Segment, told: ReadonlySet<string>): Body[] => {
  const { vlan, endpoints, byMac, byIp } = segment
  const routers = routersOf(segment, told)
  const bodies = new Map<string, Body>()
  const ofMac = (mac: string): Body => {
    const known = bodies.get(mac)
    if (known !== undefined) return known
    const router = routers.get(mac)?.because
    const made = bodyOf(vlan, { macs: [mac], ...(router !== undefined && { router }) })
    bodies.set(mac, made)
    return made
  }
  for (const address of new Set([...endpoints.keys(), ...byMac.keys()])) if (isMac(address)) ofMac(address)
  const alone: Body[] = []
  const order = ownerFirst(segment, routers)
  for (const ip of new Set([...endpoints.keys(), ...byIp.keys()])) {
    if (isMac(ip)) continue
    const links = (byIp.get(ip) ?? []).toSorted(order)
    const [best] = links
    const home = best !== undefined && isHome(best, routers.get(best.mac), segment)
    if (isLinkLocal4(ip)) {
      if (best === undefined) continue
      const body = ofMac(best.mac)
      if (best.packets > 0 && byMac.get(best.mac)?.length === 1) body.ips.push(ip)
      else body.aliases.push(ip)
    } else if (home) {
      const body = ofMac(best.mac)
      body.ips.push(ip)
      const conflict = conflictOf(ip, links, routers)
      if (conflict !== undefined) body.conflicts.push(conflict)
      for (const { mac, weak } of links.slice(1))
        if (!weak && conflict?.macs.includes(mac) !== true) ofMac(mac).forwards++
    } else if (best !== undefined && routers.has(best.mac)) {
      ofMac(best.mac).forwards++
      alone.push(bodyOf(vlan, { ips: [ip], behind: best.mac }))
    } else alone.push(bodyOf(vlan, { ips: [ip] }))
  }
  for (const body of bodies.values()) body.macs.push(...body.conflicts.flatMap(({ macs }) => macs))
  return [...bodies.values(), ...alone]
}

/**
 * What Ethernet addresses without an IP address say is theirs: LLDP, PROFINET DCP. Nobody takes another's address by that, unless
 * their Ethernet addresses are neighbours.
 */
const joinTold = (bodies: Body[], facts: readonly Fact[]): Body[] => {
  const told = facts.filter(
    ({ name, value, address }) =>
      (name === 'ip' || name === 'mac') && isMac(address) && isMac(value) === (name === 'mac') && isUnicast(value),
  )
  if (told.length === 0) return bodies
  const byKey = new Map<string, Body>()
  for (const body of bodies)
    for (const address of [...body.ips, ...(body.macs[0] === undefined ? [] : [body.macs[0]])])
      byKey.set(`${body.vlan} ${address}`, body)
  const gone = new Set<Body>()
  const rows = new Set(told.map(({ vlan, address, value }) => `${vlan} ${address} ${value}`))
  for (const row of [...rows].toSorted()) {
    const [vlan = '', mac = '', ip = ''] = row.split(' ')
    const [body, other] = [byKey.get(`${vlan} ${mac}`), byKey.get(`${vlan} ${ip}`)]
    if (body === undefined || body === other || body.router !== undefined || gone.has(body)) continue
    const ownMac = other?.macs[0]
    if (other === undefined && isMac(ip)) continue
    if (other === undefined || (ownMac === undefined && other.behind === undefined)) {
      if (body.ips.length >= maxToldIps) continue
      body.ips.push(ip)
      byKey.set(`${vlan} ${ip}`, body)
      if (other !== undefined) gone.add(other)
    } else if (body.ips.length === 0 && ownMac !== undefined && macDistance(ownMac, mac) <= macBlock) {
      other.macs.push(mac)
      byKey.set(`${vlan} ${mac}`, other)
      gone.add(body)
    }
  }
  return bodies.filter((body) => !gone.has(body))
}

const saysRouter = ({ name, value }: Fact): boolean => name === 'role' && /^(router|firewall|gateway)$/i.test(value)

/** Every device that was seen, as the addresses it has. */
export const bodiesOf = (observed: Observed): Bodies => {
  const segments = segmentsOf(observed)
  const told = new Map<number, string[]>()
  for (const fact of observed.facts) if (saysRouter(fact)) listIn(told, fact.vlan).push(fact.address)
  const list = segments.flatMap((segment) => {
    const addresses = told.get(segment.vlan) ?? []
    const macs = addresses.flatMap((address) => [
      address,
      ...(segment.byIp.get(address) ?? []).flatMap(({ mac, claims }) => (claims > 0 ? [mac] : [])),
    ])
    return ofSegment(segment, new Set(macs))
  })
  const joined = joinTold(list, observed.facts)
  for (const body of joined) {
    const [own, ...others] = body.macs
    body.macs = own === undefined ? [] : [...new Set([own, ...others.toSorted(byAddress)])]
    body.ips.sort(byAddress)
    body.conflicts.sort((a, b) => byAddress(a.address, b.address))
  }
  return { segments, list: joined }
}

/** By VLAN, then by first address. */
export const inOrder = (bodies: readonly Body[]): readonly Body[] =>
  bodies
    .map((body) => ({ body, key: addressKey(body.ips[0] ?? body.macs[0] ?? '') }))
    .toSorted((a, b) => a.body.vlan - b.body.vlan || byText(a.key, b.key))
    .map(({ body }) => body)

/** An address of a body as it was seen. */
export const endpointsOf = (body: Body, segment: Segment | undefined): readonly Endpoint[] =>
  [...body.ips, ...body.macs].flatMap((address) => segment?.endpoints.get(address) ?? [])

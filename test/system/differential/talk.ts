/** Conversations worth trying on a plan: what it permits, what it almost permits, and what it never heard of. */
import type { Family, Plan, Ports, VlanId } from '#policy/plan.ts'
import type { Random } from './random.ts'
import { addressIn, type Station } from './stations.ts'

/** First packet of a conversation. */
export interface Talk {
  readonly src: string
  readonly dst: string
  readonly vlan?: VlanId
  /** IP protocol number. */
  readonly proto: number
  /** Service port; absent for protocols without ports. */
  readonly port?: number
}

const familyOf = (ip: string): Family => (ip.includes(':') ? 6 : 4)
const protosOf = (family: Family) => [6, 6, 6, 17, 17, 17, family === 4 ? 1 : 58, 47, 89, 132]
const hasPorts = (proto: number) => proto === 6 || proto === 17

/** Two addresses of one family that somebody has. */
const anyPair = (random: Random, stations: readonly Station[]): { src: string; dst: string } => {
  const from = random.pick(stations)
  const src = random.pick(from.ips)
  const candidates = stations.filter((station) => station.port !== from.port).flatMap(({ ips }) => ips)
  const same = candidates.filter((ip) => familyOf(ip) === familyOf(src))
  return {
    src,
    dst: same.length === 0 ? (familyOf(src) === 4 ? '198.18.0.50' : 'fd00:198:18::50') : random.pick(same),
  }
}

const portIn = (random: Random, ports: Ports | undefined): number => {
  if (ports === undefined) return random.pick([80, 502, 44_818, 47_808, 5000])
  const [from, to] = random.pick(ports)
  return random.pick([from, to, random.int(from, to)])
}

const inNetworks = (
  random: Random,
  networks: readonly string[] | undefined,
  family: Family,
  stations: readonly Station[],
): string => {
  if (networks !== undefined) return addressIn(random, random.pick(networks))
  const all = stations.flatMap(({ ips }) => ips).filter((ip) => familyOf(ip) === family)
  return all.length === 0 ? (family === 4 ? '198.18.0.3' : 'fd00:198:18::3') : random.pick(all)
}

/** A conversation that some conduit or deny is about. */
const written = (plan: Plan, random: Random, stations: readonly Station[]): Talk | undefined => {
  const ranges = [...plan.ranges, ...plan.denies]
  if (plan.exact.length > 0 && (ranges.length === 0 || random.chance(0.6))) {
    const { src, dst, vlan, proto, port } = random.pick(plan.exact)
    return { src, dst, vlan, proto, ...(port === undefined ? {} : { port }) }
  }
  if (ranges.length === 0) return undefined
  const { family, src, dst, proto = random.pick(protosOf(family)), ports } = random.pick(ranges)
  return {
    src: inNetworks(random, src, family, stations),
    dst: inNetworks(random, dst, family, stations),
    proto,
    ...(hasPorts(proto) ? { port: portIn(random, ports) } : {}),
  }
}

/** A connection that a redirect takes, or would if it were of another source, at another time, or not essential. */
const redirected = (plan: Plan, random: Random, stations: readonly Station[]): Talk => {
  const { family, src, dst, proto, port } = random.pick(plan.redirects)
  return {
    src: inNetworks(random, random.chance(0.3) ? undefined : src, family, stations),
    dst: inNetworks(random, dst, family, stations),
    proto,
    port,
  }
}

/** The same with one thing changed. */
const near = (talk: Talk, random: Random, stations: readonly Station[]): Talk => {
  const change = random.weighted({ src: 3, dst: 3, port: 3, proto: 2, vlan: 1 })
  const others = (ip: string) =>
    stations.flatMap(({ ips }) => ips).filter((other) => familyOf(other) === familyOf(ip) && other !== ip)
  const candidates = change === 'src' || change === 'dst' ? others(talk[change]) : []
  if (candidates.length > 0) return { ...talk, [change]: random.pick(candidates) }
  if (change === 'proto') {
    const proto = random.pick(protosOf(familyOf(talk.src)))
    const { port, ...rest } = talk
    return hasPorts(proto) ? { ...rest, proto, port: port ?? 502 } : { ...rest, proto }
  }
  if (change === 'vlan') return { ...talk, vlan: random.pick([0, 20, 30]) }
  return talk.port === undefined
    ? talk
    : { ...talk, port: Math.min(65_535, Math.max(1, talk.port + random.pick([-1, 1, 100]))) }
}

export const randomTalk = (plan: Plan, random: Random, stations: readonly Station[]): Talk => {
  if (plan.redirects.length > 0 && random.chance(0.35)) return redirected(plan, random, stations)
  const kind = random.weighted({ written: 55, near: 20, any: 25 })
  const talk = kind === 'any' ? undefined : written(plan, random, stations)
  if (talk !== undefined) return kind === 'near' ? near(talk, random, stations) : talk
  const pair = anyPair(random, stations)
  const proto = random.pick(protosOf(familyOf(pair.src)))
  return { ...pair, proto, ...(hasPorts(proto) ? { port: random.pick([...plan.servicePorts, 502, 80]) } : {}) }
}

/** Conduits and denies as exact elements and range rules. */
import { canonicalIp, cidrContains } from '#core/address.ts'
import { isCyclic } from '../cyclic.ts'
import { failureCauses } from '#schema/site-words.ts'
import type { Conduit, Site } from '#schema/site.ts'
import { familyOf, resolveEnd, type End } from '../ends.ts'
import type { Exact, Family, PlanConduit, PlanWindow, RangeDeny, RangePermit, VlanId } from '../plan.ts'
import { parseService, type Flow } from '../service.ts'
import { riskBelowOf, timesOf } from '../when.ts'
import { meetings, reachesOf } from './reach.ts'
import type { Topology } from './topology.ts'

/** Ports written one by one into an exact map; wider ones become a range rule. */
const exactPortLimit = 16
/** Elements one conduit may expand to before it becomes a range rule. */
const exactElementLimit = 200_000

interface Address {
  readonly ip: string
  readonly family: Family
  readonly vlans: readonly number[]
}

const addressesOf = (end: End, { zoneByName }: Topology): Address[] =>
  end.assets.flatMap(({ asset }) => {
    const zone = zoneByName.get(asset.zone)
    return zone === undefined
      ? []
      : asset.ips.map((text) => ({ ip: canonicalIp(text) ?? text, family: familyOf(text), vlans: zone.vlans }))
  })

const isAssets = (end: End) => !end.any && end.networks.length === 0

const families: readonly Family[] = [4, 6]
const ends = (flow: Flow, from: End, to: End) =>
  flow.from === 'client' ? ([from, to] as const) : ([to, from] as const)

/** Range rules of a flow between two ends, one per family, and more where an end's addresses are somebody else's on other VLANs. */
const rangesOf = (flow: Flow, src: End, dst: End, { shared, zoneByName }: Topology) =>
  families
    .filter((family) => flow.family === undefined || flow.family === family)
    .flatMap((family) => {
      const reaches = (end: End) => reachesOf(end, family, shared, (zone) => zoneByName.has(zone))
      const targets = flow.multicast === undefined ? reaches(dst) : [{ networks: [flow.multicast] }]
      return meetings(reaches(src), targets).map(({ vlans, ...hosts }) => ({
        family,
        ...hosts,
        ...(flow.proto === undefined ? {} : { proto: flow.proto }),
        ...(flow.ports === undefined ? {} : { ports: flow.ports }),
        ...(vlans === undefined ? {} : { vlans }),
      }))
    })

const portList = (flow: Flow): number[] | undefined => {
  const count = (flow.ports ?? []).reduce((sum, [from, to]) => sum + to - from + 1, 0)
  if (count > exactPortLimit) return undefined
  return (flow.ports ?? []).flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
}

/** What a flow says of who asks in it, and where whose risk counts is. */
const roleOf = (
  { reversed, companion, from }: Flow,
  isRated: boolean,
): Pick<Exact, 'reversed' | 'companion' | 'mirrored'> => ({
  ...(reversed === undefined ? {} : { reversed }),
  ...(companion === undefined ? {} : { companion }),
  ...(isRated && from === 'server' ? { mirrored: true } : {}),
})

/** Exact elements of a flow between assets; undefined when a range rule says it better. */
const exactOf = (
  { conduit, isRated }: { conduit: number; isRated: boolean },
  flow: Flow,
  src: End,
  dst: End,
  addresses: (end: End) => readonly Address[],
  about: ReadonlySet<string> | undefined,
): Exact[] | undefined => {
  if (!isAssets(src) || !isAssets(dst) || flow.multicast !== undefined || flow.proto === undefined) return undefined
  const withPorts = flow.proto === 6 || flow.proto === 17
  const ports = withPorts ? portList(flow) : []
  if (ports === undefined || (withPorts && flow.ports === undefined)) return undefined
  const [from, to] = [addresses(src), addresses(dst)]
  if (from.length * to.length * Math.max(1, ports.length) > exactElementLimit) return undefined
  const proto = flow.proto
  const elements: Exact[] = []
  const isAbout = ({ ip }: Address) => about === undefined || about.has(ip)
  const met = about === undefined ? to : to.filter(isAbout)
  for (const a of from)
    for (const b of isAbout(a) ? to : met) {
      if (a.family !== b.family || a.ip === b.ip || (flow.family !== undefined && flow.family !== a.family)) continue
      for (const vlan of a.vlans) {
        if (!b.vlans.includes(vlan)) continue
        const element = { conduit, family: a.family, vlan, src: a.ip, dst: b.ip, proto, ...roleOf(flow, isRated) }
        if (withPorts) for (const port of ports) elements.push({ ...element, port })
        else elements.push(element)
      }
    }
  return elements
}

const inNetworks = (networks: readonly string[] | undefined, ip: string) =>
  networks === undefined || networks.some((network) => cidrContains(network, ip))

/** Whether a range rule covers one conversation. */
export const covers = (
  range: Omit<RangeDeny, 'id' | 'counter'>,
  {
    family,
    src,
    dst,
    proto,
    port,
    vlan,
  }: { family: Family; src: string; dst: string; proto: number; port?: number | undefined; vlan: VlanId },
): boolean =>
  range.family === family &&
  (range.vlans === undefined || range.vlans.includes(vlan)) &&
  (range.proto === undefined || range.proto === proto) &&
  (range.ports === undefined || (port !== undefined && range.ports.some(([from, to]) => port >= from && port <= to))) &&
  inNetworks(range.src, src) &&
  inNetworks(range.dst, dst)

/** Whether a deny covers a conversation: essential conduits alone permit it then, and only what they allow of it. */
export const isDenied = (denies: readonly RangeDeny[], conversation: Parameters<typeof covers>[1]): boolean =>
  denies.some((deny) => covers(deny, conversation))

/** Names and times of windows, each once, in the order of first use. */
export class Windows {
  readonly list: PlanWindow[] = []
  readonly #site: Site
  constructor(site: Site) {
    this.#site = site
  }
  indexOf(when: string | undefined, expires: string | undefined): number | undefined {
    if (when === undefined && expires === undefined) return undefined
    const id = [when ?? 'always', ...(expires === undefined ? [] : [expires])].join('~')
    const known = this.list.findIndex((window) => window.id === id)
    if (known >= 0) return known
    const times = when === undefined ? [{ from: '00:00', to: '24:00' }] : (this.#site.groups[when]?.times ?? [])
    return this.list.push({ id, times, ...(expires === undefined ? {} : { expires }) }) - 1
  }
}

const closedOn = ({ allow, 'on-failure': modes }: Conduit): Pick<PlanConduit, 'closedOn'> => {
  if (allow === undefined || modes === undefined || modes === 'open') return {}
  const closed = failureCauses.filter((cause) => modes === 'closed' || modes[cause] === 'closed')
  return closed.length === 0 ? {} : { closedOn: closed }
}

const rated = ({ when }: Conduit): Pick<PlanConduit, 'riskBelow'> => {
  const riskBelow = riskBelowOf(when)
  return riskBelow === undefined ? {} : { riskBelow }
}

const planConduit = (conduit: Conduit, window: number | undefined): PlanConduit => ({
  id: conduit.id,
  counter: `c-${conduit.id}`,
  service: conduit.service,
  from: conduit.from,
  to: conduit.to,
  essential: conduit.essential ?? false,
  ...(conduit.mode === undefined ? {} : { mode: conduit.mode }),
  ...(window === undefined ? {} : { window }),
  ...rated(conduit),
  ...(conduit.allow === undefined ? {} : { allow: conduit.allow }),
  ...(conduit['deny-action'] === undefined ? {} : { denyAction: conduit['deny-action'] }),
  ...closedOn(conduit),
})

export const compileDenies = (site: Site, top: Topology): RangeDeny[] =>
  site.denies.flatMap((deny) => {
    const from = resolveEnd(site, deny.from)
    const to = resolveEnd(site, deny.to)
    const service = parseService(deny.service, site.groups)
    if (from === undefined || to === undefined || service === undefined) return []
    return service.flows.flatMap((flow) =>
      rangesOf(flow, ...ends(flow, from, to), top).map((range) => ({ id: deny.id, counter: `d-${deny.id}`, ...range })),
    )
  })

/**
 * Order is essential > deny > permit, so what a deny covers is taken out of the exact elements of every other conduit.
 * @param about addresses: exact elements with neither end in it are left out; absent: all are written
 */
export const compileConduits = (
  site: Site,
  top: Topology,
  denies: readonly RangeDeny[],
  windows: Windows,
  about?: ReadonlySet<string>,
) => {
  // Every conduit that names a group has the same end.
  const known = new Map<End, readonly Address[]>()
  const addresses = (end: End): readonly Address[] => {
    const found = known.get(end) ?? addressesOf(end, top)
    known.set(end, found)
    return found
  }
  const conduits: PlanConduit[] = []
  const exact: Exact[] = []
  const ranges: RangePermit[] = []
  for (const conduit of site.conduits) {
    const from = resolveEnd(site, conduit.from)
    const to = resolveEnd(site, conduit.to)
    const service = parseService(conduit.service, site.groups)
    if (from === undefined || to === undefined || service === undefined) continue
    const index = conduits.push(planConduit(conduit, windows.indexOf(timesOf(conduit.when), conduit.expires))) - 1
    const isRated = riskBelowOf(conduit.when) !== undefined
    for (const flow of service.flows) {
      const [src, dst] = ends(flow, from, to)
      const elements = exactOf({ conduit: index, isRated }, flow, src, dst, addresses, about)
      if (elements === undefined) {
        ranges.push(
          ...rangesOf(flow, src, dst, top).map((range) => ({ conduit: index, ...range, ...roleOf(flow, isRated) })),
        )
        continue
      }
      for (const element of elements)
        if (conduit.essential === true || !denies.some((deny) => covers(deny, element))) exact.push(element)
    }
  }
  return { conduits, ...deduplicate(conduits, exact), ranges }
}

/** Conduits add up: the first to name a conversation owns its counter. Essential ones go first, windows and risks are kept apart. */
const deduplicate = (conduits: readonly PlanConduit[], exact: readonly Exact[]) => {
  const seen = new Set<string>()
  const first = exact.filter(({ conduit }) => conduits[conduit]?.essential === true)
  const rest = exact.filter(({ conduit }) => conduits[conduit]?.essential !== true)
  return {
    exact: [...first, ...rest].filter((element) => {
      const { conduit, vlan, src, dst, proto, port, mirrored = '' } = element
      const { allow, service = '', window = '', riskBelow = '' } = conduits[conduit] ?? {}
      const owner = allow === undefined || isCyclic(service, element) ? '' : conduit
      const key = `${window} ${riskBelow} ${mirrored} ${owner} ${vlan} ${src} ${dst} ${proto} ${port ?? ''}`
      return seen.has(key) ? false : seen.add(key) !== undefined
    }),
  }
}

/** Chains of one IP version: identity, containment, permit, and where the rest goes. */
import { modes, type Mode } from '#schema/site.ts'
import { endsOf, enforcesAnything, type Plan, type PlanConduit, type Range, type VlanId } from '../plan.ts'
import { infrastructure } from './infrastructure.ts'
import { byDestination, byEgress, familyNetworks, isEnforcing, netSet, portSet, presentModes } from './modes.ts'
import { counters, type IpWords } from './names.ts'
import { hasMode, icmpErrors, isAnswer, note, notUnicast, outcome, plainOutcome } from './outcome.ts'
import { portsText, rangeRule } from './range.ts'
import { offHoursRules, windowed } from './responses.ts'
import { sensorRules } from './sensors.ts'
import { timeoutOf } from './timeout.ts'
import type { Writer } from './writer.ts'

const there = ({ src, dst }: IpWords) => `meta mark . ${src} . ${dst} . meta l4proto . th dport`
const back = ({ src, dst }: IpWords) => `meta mark . ${dst} . ${src} . meta l4proto . th sport`
/** ICMP messages that start a conversation: like a SYN, they do not pass as an answer. */
const icmpFirst = { 4: 'meta l4proto 1 icmp type { 8, 13, 15, 17 }', 6: 'meta l4proto 58 icmpv6 type { 128 }' } as const

/**
 * Fragments that nobody put together (a PRP wire; a first one too short for its transport header). In the bridge family `th` reads
 * whatever stands at that place in a later fragment, so none of them may come to a rule that looks at ports or flags.
 */
const fragments = {
  4: ['meta protocol ip @nh,48,16 & 0x3fff != 0'],
  6: ['meta protocol ip6 frag frag-off != 0', 'meta protocol ip6 frag more-fragments 1'],
} as const

/**
 * Packets that name their own way (RFC 7126, 4.3; RFC 5095): whoever is permitted as their destination would send them on.
 * `meta protocol` is said because nft would else look at the outer EtherType, and pass what has a VLAN tag.
 */
const sourceRouted = {
  4: ['lsrr', 'ssrr'].map((option) => `meta protocol ip ip option ${option} exists`),
  6: ['meta protocol ip6 rt seg-left > 0'],
} as const
/** The cheap test that goes first: almost no packet has options or extension headers. */
const hasOptions = { 4: 'meta protocol ip @nh,4,4 > 5', 6: 'meta protocol ip6 ip6 nexthdr != { 6, 17, 58 }' } as const

const inspected = (conduit: PlanConduit | undefined) => conduit?.allow !== undefined

/** Element texts of exact permits, by the map they belong to. */
const exactMaps = (plan: Plan, ip: IpWords) => {
  const maps = new Map<string, string[]>()
  const put = (map: string, element: string) => {
    const list = maps.get(map)
    if (list === undefined) maps.set(map, [element])
    else list.push(element)
  }
  for (const { conduit, family, vlan, src, dst, proto, port } of plan.exact) {
    const owner = plan.conduits[conduit]
    if (family !== ip.family || owner === undefined || inspected(owner)) continue
    const window = owner.window === undefined ? '' : `_w${owner.window}`
    const counter = `: "${owner.counter}"`
    if (port === undefined) put(`portless${window}_${family}`, `${vlan} . ${src} . ${dst} . ${proto} ${counter}`)
    else put(`permit${window}_${family}`, `${vlan} . ${src} . ${dst} . ${proto} . ${port} ${counter}`)
    if (owner.essential) {
      const tuple = `${vlan} . ${src} . ${dst} . ${proto}`
      if (port === undefined) put(`essential_portless_${family}`, tuple)
      else put(`essential_${family}`, `${tuple} . ${port}`)
    }
  }
  return maps
}

const identity = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family, address } = ip
  const essential = plan.exact.filter(
    (element) => element.family === family && plan.conduits[element.conduit]?.essential === true,
  )
  writer.set(`essential_ends${family}`, `type mark . ${address}`)
  writer.elements(`essential_ends${family}`, [
    ...new Set(essential.flatMap(({ vlan, src, dst }) => [`${vlan} . ${src}`, `${vlan} . ${dst}`])),
  ])
  const mine = plan.bindings.filter((binding) => binding.ip.includes(':') === (family === 6))
  writer.set(`bound${family}`, `type ifname . mark . ether_addr . ${address}`)
  writer.set(`placed${family}`, `type ifname . mark . ${address}`)
  writer.set(`sited${family}`, `type mark . ${address}`)
  writer.set(`known${family}`, `type mark . ${address}`)
  writer.elements(
    `bound${family}`,
    mine.flatMap(({ device, vlan, mac, ip: text }) =>
      mac === undefined ? [] : [`"${device}" . ${vlan} . ${mac} . ${text}`],
    ),
  )
  writer.elements(
    `placed${family}`,
    mine.flatMap(({ device, vlan, mac, ip: text }) => (mac === undefined ? [`"${device}" . ${vlan} . ${text}`] : [])),
  )
  writer.elements(`sited${family}`, sited(plan, ip))
  const known = plan.known.filter(({ ip: text }) => text.includes(':') === (family === 6))
  writer.elements(`known${family}`, [...new Set(known.map(({ vlan, ip: text }) => `${vlan} . ${text}`))])
  writer.set(`safety${family}`, `type mark . ${address}`)
  writer.elements(`safety${family}`, [
    ...new Set(known.filter(({ kind }) => kind === 'sis').map(({ vlan, ip: text }) => `${vlan} . ${text}`)),
  ])
  writer.set(`misplaced_ok${family}`, `type ifname . mark . ${address}`, 'interval')
  writer.elements(
    `misplaced_ok${family}`,
    plan.placements.flatMap(({ device, vlan, network }) =>
      familyNetworks([network], ip).map((text) => `"${device}" . ${vlan} . ${text}`),
    ),
  )
}

/** Addresses that have a place, per VLAN of the edge: seen anywhere else they are forged. */
export const sitedAddresses = (plan: Plan): { vlan: VlanId; ip: string }[] => {
  const seen = new Set<string>()
  return plan.bindings.flatMap(({ vlan, ip }) => {
    const key = `${vlan} ${ip}`
    return seen.has(key) ? [] : (seen.add(key), [{ vlan, ip }])
  })
}
const sited = (plan: Plan, { family }: IpWords) =>
  sitedAddresses(plan)
    .filter(({ ip }) => ip.includes(':') === (family === 6))
    .map(({ vlan, ip }) => `${vlan} . ${ip}`)

const essentialRanges = (plan: Plan, { family }: IpWords) =>
  plan.ranges.filter((range) => range.family === family && plan.conduits[range.conduit]?.essential === true)

/** Matches of senders that are ends of essential conduits: contained, they keep the ARP or ND that these conduits need. */
export const essentialEnds = (plan: Plan, writer: Writer, ip: IpWords): string[] => [
  `meta mark . ${ip.src} @${writer.name(`essential_ends${ip.family}`)}`,
  ...essentialRanges(plan, ip).flatMap(({ family, src, dst }) =>
    [src, dst].map((end) => rangeRule(writer, ip, { family, ...(end === undefined ? {} : { src: end }) }, 'there')),
  ),
]

/** Contained sources: essential conduits return, zones in mode contain drop, others go on. */
const containedChain = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family } = ip
  const portless = (a: string, b: string) =>
    `meta mark . ${a} . ${b} . meta l4proto @${writer.name(`essential_portless_${family}`)} return`
  const dropping = hasMode(plan, 'contain')
  writer.chain(`contained${family}`, [
    `${there(ip)} @${writer.name(`essential_${family}`)} return`,
    `${back(ip)} @${writer.name(`essential_${family}`)} return`,
    portless(ip.src, ip.dst),
    portless(ip.dst, ip.src),
    ...(family === 6
      ? essentialEnds(plan, writer, ip).map((match) => `meta l4proto 58 icmpv6 type { 135, 136 } ${match} return`)
      : []),
    ...essentialRanges(plan, ip).flatMap((range) => [
      `${rangeRule(writer, ip, range, 'there')} return`,
      `${rangeRule(writer, ip, range, 'back')} return`,
    ]),
    ...(dropping
      ? [
          ...notUnicast(ip).flatMap((match) => [
            `${match} oifname . meta mark @${writer.name(portSet('contain'))} goto ${writer.name('contained_drop')}`,
            `${match} goto ${writer.name('contained_would')}`,
          ]),
          `meta mark . ${ip.dst} @${writer.name(netSet('contain', ip))} goto ${writer.name('contained_drop')}`,
          `meta mark . ${ip.dst} @${writer.name(`zoned${family}`)} goto ${writer.name('contained_would')}`,
          ...byDestination(plan, writer, ip, (mode) =>
            writer.name(mode === 'contain' ? 'contained_drop' : 'contained_would'),
          ).slice(presentModes(plan).length),
        ]
      : [writer.counter(counters.wouldContained)]),
  ])
}

const spoofChain = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const target = (mode: Mode) => plainOutcome(mode, writer, ip, 'spoof')
  const egress = byEgress(plan, writer, target)
  writer.chain(`spoof_group${ip.family}`, [...egress, 'accept'])
  writer.chain(`spoof${ip.family}`, [
    ...notUnicast(ip).map((match) => `${match} goto ${writer.name(`spoof_group${ip.family}`)}`),
    ...byDestination(plan, writer, ip, target),
    'accept',
  ])
}

/** Per zone: traffic inside it, overrides of its mode by conduits, then its mode. */
const zoneChains = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family } = ip
  const pairs = plan.pairModes.filter((pair) => pair.family === family)
  writer.map(`zones${family}`, `mark . ${ip.address} : verdict`, 'interval')
  for (const zone of plan.zones) {
    const networks = familyNetworks(zone.networks, ip)
    if (networks.length === 0) continue
    const inside = `${ip.src} { ${networks.join(', ')} }`
    writer.chain(`z${zone.index}_${family}`, [
      ...(zone.intra ? [`${inside} ${writer.counter(counters.zone(zone.name, 'intra'))} accept`] : []),
      ...offHoursRules(plan, zone, writer, ip),
      ...pairs.flatMap((pair) => {
        const to = outcome(pair.mode, writer, ip, zone)
        const range: Range = { family, ...(pair.src ? { src: pair.src } : {}), ...(pair.dst ? { dst: pair.dst } : {}) }
        return [
          `${rangeRule(writer, ip, range, 'there')} goto ${to}`,
          `${rangeRule(writer, ip, range, 'back')} goto ${to}`,
        ]
      }),
      `goto ${outcome(zone.mode, writer, ip, zone)}`,
    ])
    writer.elements(
      `zones${family}`,
      zone.vlans.flatMap((vlan) =>
        networks.map((network) => `${vlan} . ${network} : goto ${writer.name(`z${zone.index}_${family}`)}`),
      ),
    )
  }
  const mark = (mode: Mode) => outcome(mode, writer, ip)
  writer.chain(`unzoned${family}`, [
    writer.counter(counters.unzoned),
    ...pairs.flatMap((pair) => {
      const to = outcome(pair.mode, writer, ip)
      return [`${rangeRule(writer, ip, pair, 'there')} goto ${to}`, `${rangeRule(writer, ip, pair, 'back')} goto ${to}`]
    }),
    ...byDestination(plan, writer, ip, mark),
    'accept',
  ])
  writer.chain(`group${family}`, [
    `meta l4proto 17 iifname . oifname . meta mark . udp dport @${writer.name('broadcast_services')} ${writer.counter(counters.groups)} accept`,
    ...byEgress(plan, writer, (mode) => plainOutcome(mode, writer, ip, 'group')),
    'accept',
  ])
}

/** All chains and sets of one IP version. Entry: `ip4`, `ip6`. */
export const ipChains = (plan: Plan, writer: Writer, ip: IpWords): void => {
  const { family, address, src } = ip
  const maps = exactMaps(plan, ip)
  const key = `mark . ${address} . ${address} . inet_proto`
  const windows = plan.windows.map((_, index) => index)
  const mapNames = ['', ...windows.map((index) => `_w${index}`)]
  writer.set(`essential_${family}`, `type ${key} . inet_service`)
  writer.elements(`essential_${family}`, maps.get(`essential_${family}`) ?? [])
  writer.set(`essential_portless_${family}`, `type ${key}`)
  writer.elements(`essential_portless_${family}`, maps.get(`essential_portless_${family}`) ?? [])
  for (const suffix of mapNames) {
    writer.map(`permit${suffix}_${family}`, `${key} . inet_service : counter`)
    writer.map(`portless${suffix}_${family}`, `${key} : counter`)
    writer.elements(`permit${suffix}_${family}`, maps.get(`permit${suffix}_${family}`) ?? [])
    writer.elements(`portless${suffix}_${family}`, maps.get(`portless${suffix}_${family}`) ?? [])
  }
  identity(plan, writer, ip)
  containedChain(plan, writer, ip)
  spoofChain(plan, writer, ip)
  windowed(plan, writer, ip)
  zoneChains(plan, writer, ip)

  const permit = (map: string, direction: string) => `counter name ${direction} map @${map} accept`
  const portless = (direction: 'there' | 'back') =>
    direction === 'there'
      ? `meta mark . ${src} . ${ip.dst} . meta l4proto`
      : `meta mark . ${ip.dst} . ${src} . meta l4proto`
  const inWindow = (index: number) => `meta iiftype @${writer.name(`w${index}`)}`
  const conduitRanges = plan.ranges.filter(
    (range) => range.family === family && !inspected(plan.conduits[range.conduit]),
  )
  const rangePermits = (direction: 'there' | 'back') =>
    conduitRanges.map((range) => {
      const conduit = plan.conduits[range.conduit]
      const open = conduit?.window === undefined ? '' : `${inWindow(conduit.window)} `
      return `${open}${rangeRule(writer, ip, range, direction)} ${writer.counter(conduit?.counter ?? '')} accept`
    })
  const others = (direction: 'there' | 'back') => {
    const tuple = direction === 'there' ? there(ip) : back(ip)
    const mac = direction === 'there' ? 'ether saddr' : 'ether daddr'
    // nft types hold five fields at most: a permit bound to a MAC holds on every VLAN.
    const withMac = tuple.replace('meta mark', mac)
    return [
      permit(`temporary${family}`, tuple),
      permit(`temporary_mac${family}`, withMac),
      permit(writer.name(`portless_${family}`), portless(direction)),
      ...windows.flatMap((index) => [
        `${inWindow(index)} ${permit(writer.name(`permit_w${index}_${family}`), tuple)}`,
        `${inWindow(index)} ${permit(writer.name(`portless_w${index}_${family}`), portless(direction))}`,
      ]),
      ...rangePermits(direction),
    ]
  }
  const main = `permit_${family}`
  const { closed, passing } = sensorRules(plan, writer, ip)
  if (passing.length > 0) writer.chain(`sensors${family}`, passing)
  const sensed = passing.length > 0 ? [`jump ${writer.name(`sensors${family}`)}`] : []
  const goOn = `goto ${writer.name(`rest${family}`)}`
  const known = [
    ...sensed,
    permit(writer.name(main), there(ip)),
    `meta l4proto 6 goto ${writer.name(`known_answer${family}`)}`,
    permit(writer.name(main), back(ip)),
    goOn,
  ]
  // A segment whose flags cannot be read (a fragment, a header cut short) is no answer either.
  writer.chain(`known_answer${family}`, [`${isAnswer} ${permit(writer.name(main), back(ip))}`, goOn])
  const jump = `jump ${writer.name(`contained${family}`)}`
  const notHeld = `meta mark . ${src} != @held${family}`
  const notAlone = `iifname . meta mark . ether saddr . ${src} != @strangers${family}`

  // The kernel takes no chain more than fifteen steps from its base chain: whoever adds one here takes another away.
  const judged = enforcesAnything(plan)
  if (judged)
    writer.chain(`fragments${family}`, [
      ...byDestination(plan, writer, ip, (mode) => plainOutcome(mode, writer, ip, 'group')),
      'accept',
    ])
  writer.chain(
    `options${family}`,
    sourceRouted[family].map((match) => `${match} goto ${writer.name(`spoof${family}`)}`),
  )
  writer.chain(`ip${family}`, [
    ...(judged ? fragments[family].map((match) => `${match} goto ${writer.name(`fragments${family}`)}`) : []),
    `${hasOptions[family]} jump ${writer.name(`options${family}`)}`,
    `iifname . meta mark . ether saddr . ${src} @${writer.name(`bound${family}`)} goto ${writer.name(`known_source${family}`)}`,
    `iifname . meta mark . ${src} @${writer.name(`placed${family}`)} iifname . meta mark . ether saddr != @carriers jump ${writer.name(`carried${family}`)}`,
    `iifname . meta mark . ${src} @${writer.name(`placed${family}`)} goto ${writer.name(`known_source${family}`)}`,
    `meta mark . ${src} @${writer.name(`sited${family}`)} goto ${writer.name(`spoof${family}`)}`,
    `meta mark . ${src} @${writer.name(`zoned${family}`)} iifname . meta mark . ${src} != @${writer.name(`misplaced_ok${family}`)} goto ${writer.name(`spoof${family}`)}`,
    `meta mark . ${src} @held${family} ${jump}`,
    `iifname . meta mark . ether saddr . ${src} @strangers${family} ${notHeld} ${jump}`,
    `ether saddr != @${writer.name('known_macs')} iifname . meta mark . ether saddr != @carriers iifname . meta mark . ether saddr @stranger_macs iifname . meta mark != @carriers_full ${notAlone} ${notHeld} ${jump}`,
    ...sensed,
    goOn,
  ])
  writer.chain(`carried${family}`, [
    `update @carriers { iifname . meta mark . ether saddr timeout 1d } return`,
    // Somebody filled the set: which MACs carry production behind this port is no longer known, so none is contained as a whole.
    `update @carriers_full { iifname . meta mark timeout 1d }`,
  ])
  writer.chain(`known_source${family}`, [
    `meta mark . ${src} @held${family} ${jump}`,
    `meta mark . ${src} @contained_known${family} ${notHeld} ${jump}`,
    ...known,
  ])
  writer.chain(`rest${family}`, [
    ...infrastructure(writer, ip),
    ...(hasMode(plan, 'shadow')
      ? [
          `iifname . meta mark . ether saddr . ${src} @would${family} ${writer.counter(counters.zone('all', 'cascade'))}`,
        ]
      : []),
    `meta l4proto 6 ${isAnswer} goto ${writer.name(`answer${family}`)}`,
    `meta l4proto 6 goto ${writer.name(`new${family}`)}`,
    `${icmpFirst[family]} goto ${writer.name(`new${family}`)}`,
    `goto ${writer.name(`answer${family}`)}`,
  ])
  writer.chain(`answer${family}`, [
    permit(writer.name(main), back(ip)),
    ...others('back'),
    `goto ${writer.name(`new${family}`)}`,
  ])
  const denies = plan.denies.filter((deny) => deny.family === family)
  writer.chain(`new${family}`, [
    permit(writer.name(main), there(ip)),
    ...conduitRanges
      .filter((range) => plan.conduits[range.conduit]?.essential === true)
      .map(
        (range) =>
          `${rangeRule(writer, ip, range, 'there')} ${writer.counter(plan.conduits[range.conduit]?.counter ?? '')} accept`,
      ),
    ...denies.map(
      (deny) =>
        `${rangeRule(writer, ip, deny, 'there')} ${writer.counter(deny.counter)} goto ${writer.name(`closed${family}`)}`,
    ),
    ...others('there'),
    `${icmpErrors[family]} jump ${writer.name(`errors${family}`)}`,
    `goto ${writer.name(`closed${family}`)}`,
  ])
  writer.chain(`closed${family}`, [
    ...notUnicast(ip).map((match) => `${match} goto ${writer.name(`group${family}`)}`),
    ...closed,
    `meta mark . ${ip.dst} vmap @${writer.name(`zones${family}`)}`,
    `goto ${writer.name(`unzoned${family}`)}`,
  ])
  errorsChain(plan, writer, ip, conduitRanges)
}

/** ICMP errors pass between addresses that take part in permitted conversations, and from routers, which report about any. */
const errorsChain = (plan: Plan, writer: Writer, ip: IpWords, ranges: readonly Range[]): void => {
  const { family, address } = ip
  const mine = plan.exact.filter((element) => element.family === family && !inspected(plan.conduits[element.conduit]))
  writer.set(`talkers${family}`, `type mark . ${address}`)
  writer.elements(`talkers${family}`, [
    ...new Set(mine.flatMap(({ vlan, src, dst }) => [`${vlan} . ${src}`, `${vlan} . ${dst}`])),
  ])
  writer.set(`routers${family}`, `type ${address}`)
  writer.elements(`routers${family}`, [
    ...new Set(plan.routerIps.filter((text) => text.includes(':') === (family === 6))),
  ])
  const pass = `${writer.counter(counters.icmpErrors)} accept`
  writer.chain(`errors${family}`, [
    `${ip.src} @${writer.name(`routers${family}`)} ${pass}`,
    ...(family === 4 ? ['meta l4proto 1 icmp type 5 return'] : []),
    `meta mark . ${ip.src} @${writer.name(`talkers${family}`)} meta mark . ${ip.dst} @${writer.name(`talkers${family}`)} ${pass}`,
    ...ranges
      .map(endsOf)
      .flatMap((range) => [
        `${rangeRule(writer, ip, range, 'there')} ${pass}`,
        `${rangeRule(writer, ip, range, 'back')} ${pass}`,
      ]),
  ])
}

/** What every IP version shares. */
export const sharedSets = (plan: Plan, writer: Writer, openWindows: ReadonlyMap<number, number>): void => {
  writer.set('known_macs', 'type ether_addr')
  writer.elements('known_macs', plan.knownMacs)
  writer.set('service_ports', 'type inet_service')
  writer.elements('service_ports', plan.servicePorts.map(String))
  writer.set('broadcast_ips', 'type ipv4_addr')
  writer.elements('broadcast_ips', plan.broadcastAddresses)
  writer.set('broadcast_services', 'type ifname . ifname . mark . inet_service')
  writer.elements(
    'broadcast_services',
    plan.broadcast.map(({ from, to, vlan, port }) => `"${from}" . "${to}" . ${vlan} . ${port}`),
  )
  plan.windows.forEach((_, index) => {
    writer.set(`w${index}`, 'type iface_type', 'timeout')
    const seconds = openWindows.get(index)
    if (seconds !== undefined && seconds > 0) writer.elements(`w${index}`, [`ether ${timeoutOf(seconds)}`])
  })
  if (modes.some((mode) => mode === 'contain' && hasMode(plan, mode)))
    writer.chain('contained_drop', [writer.counter(counters.contained), 'drop'])
  if (hasMode(plan, 'contain')) writer.chain('contained_would', [writer.counter(counters.wouldContained), 'return'])
}

export { isEnforcing, note, portsText }

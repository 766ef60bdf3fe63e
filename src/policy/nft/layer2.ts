/** The layer-2 guard: VLANs, encapsulations, EtherTypes, ARP. Bridge only. */
import type { Mode } from '#schema/site.ts'
import { undeclaredVlan, type Plan } from '../plan.ts'
import { infrastructureEtherTypes, prpEtherType, pvstAddress, stpAddress } from './infrastructure.ts'
import { byEgress, familyNetworks, isEnforcing, portSet, presentModes } from './modes.ts'
import { decoyClaims } from './decoys.ts'
import { rewrites } from './deceive.ts'
import { essentialEnds } from './range.ts'
import { bothFamilies, counters, redirectedMark, words, type IpWords } from './names.ts'
import { hasMode, log, outcome as outcomeOf, sourceRouted } from './outcome.ts'
import type { Writer } from './writer.ts'

const hex = (value: number) => `0x${value.toString(16).padStart(4, '0')}`
const limit = 'limit rate 50/second burst 100 packets'

const outcome = (mode: Mode, kind: 'layer2' | 'arp-spoof', writer: Writer): string => {
  const local = `l2_${kind === 'layer2' ? '' : 'arp_'}${mode}`
  if (!writer.has(local)) {
    const enforced = isEnforcing(mode)
    const what =
      kind === 'arp-spoof' ? 'arp-spoof' : enforced ? 'dropped' : mode === 'shadow' ? 'would-drop' : 'observed'
    writer.chain(local, [
      `${limit} ${log(enforced ? kind : mode === 'shadow' ? `would-${kind}` : `observed-${kind}`, 'edge')}`,
      `${writer.counter(counters.port('all', what))} ${enforced ? 'drop' : 'accept'}`,
    ])
  }
  return writer.name(local)
}

/** Frames of a contained source: dropped towards ports in mode contain, whatever they carry; never those of a MAC that carries production. */
const contained = (plan: Plan, writer: Writer): void => {
  const link = 'iifname . meta mark . ether saddr'
  writer.chain('l2_contained', [
    `ether saddr @${writer.name('known_macs')} return`,
    `${link} @carriers return`,
    `iifname . meta mark @carriers_full return`,
    ...(hasMode(plan, 'contain')
      ? [`oifname . meta mark @${writer.name(portSet('contain'))} ${writer.counter(counters.contained)} drop`]
      : []),
    writer.counter(counters.wouldContained),
  ])
}

/** ARP of a contained source goes the way of its other frames, but for the address that it is contained by and needs for an essential conduit. */
const containedArp = (plan: Plan, writer: Writer): void => {
  const senders: IpWords = { ...words[4], src: 'arp saddr ip', etherType: 'arp' }
  const go = (match: string, to: string) => `meta protocol arp ${match} ${to}`
  writer.chain('arp_contained_essential', [
    go('iifname . meta mark . ether saddr . arp saddr ip @strangers4', 'return'),
    go('meta mark . arp saddr ip @held4', 'return'),
    `goto ${writer.name('l2_contained')}`,
  ])
  writer.chain('arp_contained', [
    ...essentialEnds(plan, writer, senders).map((match) => go(match, `goto ${writer.name('arp_contained_essential')}`)),
    `goto ${writer.name('l2_contained')}`,
  ])
}

/** Frames whose VLAN their port does not declare: marked with it, and with none where they have no tag. */
const untaggedUndeclared = (plan: Plan): string[] => {
  const noUntagged = plan.ports.filter(({ vlans }) => !vlans.includes(0))
  return presentModes(plan).length === 0 || noUntagged.length === 0
    ? []
    : [
        `ether type != vlan iifname { ${noUntagged.map(({ device }) => `"${device}"`).join(', ')} } meta mark set ${undeclaredVlan}`,
      ]
}

/** The mark becomes the VLAN; what is on none that its port declares leaves here. */
const byVlan = (writer: Writer): string[] => [
  `ether type vlan jump ${writer.name('tagged')}`,
  `ether type 8021ad meta mark set ${undeclaredVlan} goto ${writer.name('l2_refused')}`,
  `meta mark ${undeclaredVlan} goto ${writer.name('l2_undeclared')}`,
]

/** A redirected packet, by the address that it was sent to: whoever is cut off is reached by no way round, and reaches nobody. */
const bordersOf = ({ islands = [], islandPorts, zones }: Plan, writer: Writer): string[] => [
  ...islands.flatMap(({ zone, family, networks, vlans }) => {
    const ip = words[family]
    const on = vlans === undefined ? '' : `meta mark { ${vlans.join(', ')} } `
    const inside = `{ ${networks.join(', ')} }`
    const denied = `goto ${outcomeOf('enforce', writer, ip, zones[zone])}`
    return [
      [ip.src, ip.dst],
      [ip.dst, ip.src],
    ].map(([here, there]) => `meta protocol ${ip.etherType} ${on}${here} ${inside} ${there} != ${inside} ${denied}`)
  }),
  ...islandPorts.flatMap((device) =>
    bothFamilies.map((ip) => {
      const behind = zones.filter(({ devices }) => devices.includes(device))
      const networks = behind.flatMap((zone) => familyNetworks(zone.networks, ip))
      const beyond = networks.length === 0 ? '' : `${ip.dst} != { ${networks.join(', ')} } `
      return `meta protocol ${ip.etherType} iifname "${device}" ${beyond}goto ${outcomeOf('enforce', writer, ip)}`
    }),
  ),
]

/**
 * Packets of redirected connections pass, unless their source is contained, or somewhere else than it says. Not all that is known of a
 * source is asked: what is redirected need not be permitted.
 */
export const redirectedChain = (plan: Plan, writer: Writer): void => {
  const link = 'iifname . meta mark . ether saddr'
  for (const ip of bothFamilies) {
    const { family, src } = ip
    const own = (name: string) => writer.name(`${name}${family}`)
    writer.chain(`redirected${family}`, [
      ...sourceRouted[family].map((match) => `${match} goto ${own('spoof')}`),
      `${link} . ${src} @${own('bound')} return`,
      `iifname . meta mark . ${src} @${own('placed')} return`,
      `meta mark . ${src} @${own('sited')} goto ${own('spoof')}`,
      `meta mark . ${src} @${own('zoned')} iifname . meta mark . ${src} != @${own('misplaced_ok')} goto ${own('spoof')}`,
    ])
  }
  writer.chain('redirected', [
    'meta mark set 0',
    ...(writer.family === 'bridge' ? [...untaggedUndeclared(plan), ...byVlan(writer)] : []),
    ...bothFamilies.flatMap(({ family, src, etherType }) => {
      const stopped = (match: string) => `meta protocol ${etherType} ${match} jump ${writer.name(`contained${family}`)}`
      return [
        `meta protocol ${etherType} jump ${writer.name(`redirected${family}`)}`,
        stopped(`meta mark . ${src} @held${family}`),
        stopped(`meta mark . ${src} @contained_known${family}`),
        stopped(`${link} . ${src} @strangers${family}`),
        stopped(
          `ether saddr != @${writer.name('known_macs')} ${link} != @carriers ${link} @stranger_macs iifname . meta mark != @carriers_full`,
        ),
      ]
    }),
    ...(plan.redirects.length === 0 ? [] : bordersOf(plan, writer)),
    'accept',
  ])
}

export const layer2Chains = (plan: Plan, writer: Writer): void => {
  writer.set('l2_permit', 'type ifname . ifname . mark . ether_type')
  writer.elements(
    'l2_permit',
    plan.layer2.map(({ from, to, vlan, etherType }) => `"${from}" . "${to}" . ${vlan} . ${hex(etherType)}`),
  )
  writer.map('l2_exact', 'mark . ether_addr . ether_addr . ether_type : counter')
  writer.elements(
    'l2_exact',
    [
      ...new Map(
        plan.layer2Exact.map((e) => [
          `${e.vlan} . ${e.src} . ${e.dst} . ${hex(e.etherType)}`,
          plan.conduits[e.conduit]?.counter,
        ]),
      ).entries(),
    ].map(([key, counter]) => `${key} : "${counter ?? ''}"`),
  )
  writer.set('arp_bound', 'type ifname . mark . ether_addr . ipv4_addr')
  writer.set('arp_sited', 'type mark . ipv4_addr')
  const v4 = plan.bindings.filter(({ ip }) => !ip.includes(':'))
  writer.elements(
    'arp_bound',
    v4.flatMap((b) => (b.mac === undefined ? [] : [`"${b.device}" . ${b.vlan} . ${b.mac} . ${b.ip}`])),
  )
  writer.elements('arp_sited', [...new Set(v4.map(({ vlan, ip }) => `${vlan} . ${ip}`))])
  contained(plan, writer)
  containedArp(plan, writer)
  const layer2 = (mode: Mode) => outcome(mode, 'layer2', writer)
  const arp = (mode: Mode) => outcome(mode, 'arp-spoof', writer)
  const fromContained = `iifname . meta mark . ether saddr @stranger_macs jump ${writer.name('l2_contained')}`
  writer.chain('arp_forged', [...byEgress(plan, writer, arp), 'accept'])
  writer.chain('arp', [
    // Who is contained may be new at an address all the same.
    ...decoyClaims(plan, writer, 'arp'),
    `iifname . meta mark . ether saddr @stranger_macs jump ${writer.name('arp_contained')}`,
    `meta protocol arp meta mark . arp saddr ip @${writer.name('arp_sited')} iifname . meta mark . arp saddr ether . arp saddr ip != @${writer.name('arp_bound')} iifname . meta mark . arp saddr ip != @${writer.name('placed4')} goto ${writer.name('arp_forged')}`,
    'accept',
  ])
  writer.chain('l2_refused', [...byEgress(plan, writer, layer2), 'accept'])
  const passing = Object.values(infrastructureEtherTypes).map(hex).join(', ')
  writer.chain('l2', [
    fromContained,
    `meta protocol ${hex(prpEtherType)} limit rate 1/minute burst 2 packets ${log('prp', 'edge')}`,
    `meta protocol { ${passing} } ${writer.counter(counters.infrastructure)} accept`,
    `ether daddr { ${stpAddress}, ${pvstAddress} } meta protocol 0x0004 ${writer.counter(counters.infrastructure)} accept`,
    `iifname . oifname . meta mark . meta protocol @${writer.name('l2_permit')} accept`,
    `counter name meta mark . ether saddr . ether daddr . meta protocol map @${writer.name('l2_exact')} accept`,
    `goto ${writer.name('l2_refused')}`,
  ])
  // A MAC that is contained on a VLAN of its port does not get out of it by a tag that nobody declared.
  writer.chain('l2_undeclared', [
    ...plan.ports.flatMap(({ device, vlans }) =>
      vlans.map((vlan) => `iifname "${device}" meta mark set ${vlan} ${fromContained}`),
    ),
    `meta mark set ${undeclaredVlan}`,
    `goto ${writer.name('l2')}`,
  ])
  writer.chain('tagged', [
    ...plan.ports.flatMap(({ device, vlans }) =>
      vlans.map((vlan) => `iifname "${device}" vlan id ${vlan} meta mark set ${vlan} return`),
    ),
    `meta mark set ${undeclaredVlan}`,
  ])
  if (rewrites(plan)) redirectedChain(plan, writer)
  if (plan.macPorts.length > 0) {
    writer.set('guarded_macs', 'type ether_addr')
    writer.elements('guarded_macs', [...new Set(plan.macPorts.map(({ mac }) => mac))])
    writer.set('mac_ports', 'type ifname . ether_addr')
    writer.elements(
      'mac_ports',
      plan.macPorts.map(({ device, mac }) => `"${device}" . ${mac}`),
    )
    // Before the bridge learns: a forged source must not draw the asset's frames to its own port.
    writer.chain('arriving', [
      `iifname . ether saddr @${writer.name('mac_ports')} accept`,
      `ether saddr @${writer.name('guarded_macs')} goto ${writer.name('misplaced')}`,
    ])
    writer.chain('misplaced', [
      `meta iiftype @bypass counter name "${counters.bypass}" accept`,
      `${limit} ${log('spoof', 'edge')}`,
      `${writer.counter(counters.spoof)} drop`,
    ])
  }
  const byType = `{ ip : goto ${writer.name('ip4')}, ip6 : goto ${writer.name('ip6')}, arp : goto ${writer.name('arp')} }`
  const untagged = untaggedUndeclared(plan)
  writer.chain('main', [
    ...(rewrites(plan) ? [`meta mark & ${hex(redirectedMark)} != 0 goto ${writer.name('redirected')}`] : []),
    'meta mark set 0',
    ...(untagged.length > 0
      ? untagged
      : // The outermost type: what matches has no tag, and needs none of the rules below.
        [`ether type vmap ${byType}`]),
    ...byVlan(writer),
    `meta protocol vmap ${byType}`,
    `goto ${writer.name('l2')}`,
  ])
}

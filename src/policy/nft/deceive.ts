/**
 * Connections out of scope to real assets that a decoy answers: told by a mark before the packet comes to the IP hooks, where it is
 * sent elsewhere. What a conduit permits, whenever, is never marked, so it needs no entry of conntrack.
 */
import type { Plan, PlanDeceive } from '../plan.ts'
import { familyNetworks, isEnforcing, netSet, presentModes } from './modes.ts'
import { deceivedMark, ipTable, words } from './names.ts'
import { rangeRule } from './range.ts'
import { there } from './tuple.ts'
import type { Writer } from './writer.ts'

const ip = words[4]
const mark = `0x${deceivedMark.toString(16)}`
const hasDeceive = (plan: Plan): boolean => (plan.decoys?.deceive.length ?? 0) > 0

/** In the second table; filled by the edge, which knows where decoys stand. */
export const deceiveState = (plan: Plan): string =>
  hasDeceive(plan)
    ? `table inet ${ipTable} {
  map deceive { type ipv4_addr . inet_proto . inet_service : ipv4_addr; }
  set deceivers { type ipv4_addr . inet_proto . inet_service; }
}
`
    : ''

const source = (writer: Writer, { who }: PlanDeceive): string =>
  who === undefined ? '' : `meta mark . ip saddr ${who === 'known' ? '' : '!= '}@${writer.name('known4')} `

/** The chain before the bridge's IP hooks. */
export const deceiveChains = (plan: Plan, writer: Writer): void => {
  const deceive = plan.decoys?.deceive ?? []
  if (deceive.length === 0) return
  const targets = new Set(deceive.flatMap(({ dst, proto, port }) => dst.map((one) => `${one} . ${proto} . ${port}`)))
  writer.set('deceive_for', 'type ipv4_addr . inet_proto . inet_service')
  writer.elements('deceive_for', [...targets])
  writer.set('deceive_not', 'type mark . ipv4_addr . ipv4_addr . inet_proto . inet_service')
  writer.elements('deceive_not', [
    ...new Set(
      plan.exact.flatMap(({ family, vlan, src, dst, proto, port }) =>
        family === 4 && port !== undefined && targets.has(`${dst} . ${proto} . ${port}`)
          ? [`${vlan} . ${src} . ${dst} . ${proto} . ${port}`]
          : [],
      ),
    ),
  ])
  const enforced = presentModes(plan).filter(isEnforcing)
  const among = (networks: readonly string[]) => `{ ${networks.join(', ')} }`
  writer.chain('deceive', [
    `iifname "${plan.decoys?.device}" return`,
    'ether type != ip return',
    '@nh,48,16 & 0x3fff != 0 return',
    `ip daddr . meta l4proto . th dport != @${writer.name('deceive_for')} return`,
    'meta mark set 0',
    ...enforced.map(
      (mode) => `meta mark . ip daddr @${writer.name(netSet(mode, ip))} goto ${writer.name('deceive_who')}`,
    ),
  ])
  writer.chain('deceive_who', [
    `${there(ip)} @${writer.name('deceive_not')} return`,
    ...plan.ranges
      .filter(({ family }) => family === 4)
      .map((range) => `${rangeRule(writer, ip, range, 'there')} return`),
    `counter name ${there(ip)} map @temporary4 return`,
    `counter name ${there(ip).replace('meta mark', 'ether saddr')} map @temporary_mac4 return`,
    // What a zone lets its members do, and what is only observed between a pair, reaches the asset as it always did.
    ...plan.zones.flatMap(({ intra, networks }) => {
      const own = among(familyNetworks(networks, ip))
      return intra && own !== among([]) ? [`ip saddr ${own} ip daddr ${own} return`] : []
    }),
    ...plan.pairModes
      .filter(({ family, mode }) => family === 4 && !isEnforcing(mode))
      .flatMap((pair) => [
        `${rangeRule(writer, ip, pair, 'there')} return`,
        `${rangeRule(writer, ip, pair, 'back')} return`,
      ]),
    ...deceive.map(
      (rule) =>
        `${source(writer, rule)}${rangeRule(writer, ip, { family: 4, ...(rule.src === undefined ? {} : { src: rule.src }), dst: rule.dst, proto: rule.proto, ports: [[rule.port, rule.port]] }, 'there')} meta mark set ${mark} return`,
    ),
  ])
}

/** Tracked in both directions. */
export const deceiveTracked = (plan: Plan): string[] =>
  hasDeceive(plan) ? [`meta mark & ${mark} != 0 accept`, 'ip saddr . meta l4proto . th sport @deceivers accept'] : []

export const deceiveNat = (plan: Plan): string[] =>
  hasDeceive(plan) ? [`meta mark & ${mark} != 0 dnat ip to ip daddr . meta l4proto . th dport map @deceive`] : []

export const rewrites = (plan: Plan): boolean => plan.redirects.length > 0 || hasDeceive(plan)

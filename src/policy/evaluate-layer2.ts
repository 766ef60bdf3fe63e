/** The layer-2 guard, evaluated: undefined when the frame goes on to the IP chains. */
import type { Mode } from '#schema/site.ts'
import type { Verdict } from './verdict.ts'
import { isCutBetween } from './tables.ts'
import { infrastructureEtherTypes, pvstAddress, stpAddress } from './nft/infrastructure.ts'
import type { Packet } from './packet.ts'
import { undeclaredVlan, type Plan, type VlanId } from './plan.ts'
import type { ReasonId } from './reasons.ts'
import type { State } from './state.ts'
import { isEssentialEnd, tablesOf } from './tables.ts'

const ipv4 = 0x0800
const ipv6 = 0x86dd
const arp = 0x0806
const serviceTag = 0x88a8
const passing = new Set<number>(Object.values(infrastructureEtherTypes))

export const evaluateLayer2 = (plan: Plan, state: State, packet: Packet, vlan: VlanId): Verdict | undefined => {
  const tables = tablesOf(plan)
  const egress: Mode = isCutBetween(plan, packet.in, packet.out)
    ? 'enforce'
    : (tables.portModes.get(`${packet.out} ${vlan}`) ?? 'observe')
  const enforced = egress === 'enforce' || egress === 'contain'
  const verdict = (outcome: Verdict['outcome'], reason: ReasonId, result: string, conduit?: string): Verdict => ({
    outcome,
    reason,
    mode: egress,
    ...(conduit === undefined ? {} : { conduit }),
    trace: [{ check: 'layer 2', result }],
    state,
  })
  const byMode = (denied: ReasonId, result: string) =>
    enforced
      ? verdict('deny', denied, result)
      : verdict('permit', egress === 'shadow' ? 'would-deny' : 'observed', `${result}; mode ${egress}`)

  if (tables.guardedMacs.has(packet.srcMac) && !tables.macPorts.has(`${packet.in} ${packet.srcMac}`))
    return verdict('deny', 'spoof', 'the MAC belongs to another port')

  if (packet.tag?.tpid === serviceTag) return byMode('layer2-refused', '802.1ad tag')
  const isIp = packet.etherType === ipv4 || packet.etherType === ipv6
  if (isIp && vlan !== undeclaredVlan) return undefined

  // On an undeclared VLAN a source is contained when it is on any VLAN of its port.
  const places = vlan === undeclaredVlan ? (plan.ports.find(({ device }) => device === packet.in)?.vlans ?? []) : [vlan]
  const claimed = packet.arp?.senderIp
  const arpOfEssential =
    packet.etherType === arp &&
    vlan !== undeclaredVlan &&
    claimed !== undefined &&
    isEssentialEnd(plan, vlan, claimed) &&
    (state.strangers.has(`${packet.in} ${vlan} ${packet.srcMac} ${claimed}`) || state.held.has(`${vlan} ${claimed}`))
  const isContained =
    !arpOfEssential &&
    places.some((place) => {
      const link = `${packet.in} ${place} ${packet.srcMac}`
      const mode = tables.portModes.get(`${packet.out} ${place}`)
      return (
        mode === 'contain' && state.macs.has(link) && !tables.knownMacs.has(packet.srcMac) && !state.carriers.has(link)
      )
    })
  if (isContained) return verdict('deny', 'contained', 'all frames of this source are contained')

  if (packet.etherType === arp && vlan !== undeclaredVlan) {
    const claim = packet.arp
    const forged =
      claim !== undefined &&
      tables.sited.has(`${vlan} ${claim.senderIp}`) &&
      !tables.placed.has(`${packet.in} ${vlan} ${claim.senderIp}`) &&
      !tables.arpBound.has(`${packet.in} ${vlan} ${claim.senderMac} ${claim.senderIp}`)
    if (!forged) return verdict('permit', 'infrastructure', 'ARP passes')
    return byMode('arp-forged', `claims ${claim.senderIp}`)
  }
  if (passing.has(packet.etherType)) return verdict('permit', 'infrastructure', 'an infrastructure EtherType')
  if (packet.etherType < 0x600 && (packet.dstMac === stpAddress || packet.dstMac === pvstAddress))
    return verdict('permit', 'infrastructure', 'spanning tree')
  if (tables.layer2.has(`${packet.in} ${packet.out} ${vlan} ${packet.etherType}`))
    return verdict('permit', 'layer2-permitted', 'EtherType allowed')
  const index = tables.layer2Exact.get(`${vlan} ${packet.srcMac} ${packet.dstMac} ${packet.etherType}`)
  if (index !== undefined)
    return verdict('permit', 'layer2-permitted', 'allowed by a conduit', plan.conduits[index]?.id)
  return byMode(
    'layer2-refused',
    vlan === undeclaredVlan ? 'the VLAN is not declared for this port' : 'EtherType not allowed',
  )
}

/**
 * The verdict on one packet, as the kernel gives it: `(plan, state, packet) → (verdict, trace, state')`. Pure.
 * Follows the chains of policy/nft in their order; a differential test holds the two equal.
 */
import { cidrContains } from '#core/address.ts'
import type { Mode } from '#schema/site.ts'
import { crossesBorder, crossesForged, isolatedBy } from './tables.ts'
import { Closed } from './evaluate-closed.ts'
import { deceivedBy, reachesDecoy } from './evaluate-decoys.ts'
import { evaluateLayer2 } from './evaluate-layer2.ts'
import { infrastructureName, isForgedAdvertisement } from './evaluate-infrastructure.ts'
import { isGivenTagged } from './nft/inspection.ts'
import {
  isFirstSegment,
  isIcmpError,
  isIcmpFirst,
  isNotUnicast,
  isPureSyn,
  isRedirect,
  type IpPacket,
  type Packet,
} from './packet.ts'
import { endsOf, enforcesAnything, type Plan, type PlanRedirect, type VlanId } from './plan.ts'
import type { ReasonId } from './reasons.ts'
import { plus, type State } from './state.ts'
import { areTalkers, rangeMatches, tablesOf, zoneAt } from './tables.ts'
import { groupMode, portMode, vlanOf, type Verdict } from './verdict.ts'

const ownWay = 'it names its own way past its destination'

class Evaluation extends Closed {
  /** A contained source: undefined when the packet goes on (essential, or towards a zone that does not contain). */
  contained(who: string): Verdict | undefined {
    if (this.isEssential()) {
      this.step('containment', `${who} is contained, but an essential conduit covers the packet`)
      return undefined
    }
    const mode = isNotUnicast(this.packet, this.ip) ? portMode(this.plan, this.packet.out, this.vlan) : this.mode().mode
    this.step('containment', `${who} is contained; towards mode ${mode}`)
    return mode === 'contain' ? this.done('deny', 'contained', { mode }) : undefined
  }

  /** A later part has no ports to judge it by: it goes where its first part went, and contains nobody. */
  part(): Verdict {
    const isKnown = this.state.firstParts.has(partKey(this.packet, this.ip, this.vlan))
    if (this.ip.part?.place === 'later' && isKnown && this.misplaced() === undefined) {
      this.step('fragments', 'the first part of its packet passed')
      return this.done('permit', 'fragment')
    }
    const { mode, zone } = this.mode()
    this.step('fragments', `no first part of its packet passed before it; mode ${mode}`)
    const where = { mode, ...(zone ? { zone: zone.name } : {}) }
    if (mode === 'enforce' || mode === 'contain') return this.done('deny', 'fragment-alone', where)
    return this.done('permit', mode === 'shadow' ? 'would-deny' : 'observed', where)
  }

  /** Why its address is somebody's who is elsewhere; undefined when it is not. */
  misplaced(): string | undefined {
    const { plan, packet, ip, vlan } = this
    const { bound, placed, sited } = tablesOf(plan)
    if (bound.has(`${packet.in} ${vlan} ${packet.srcMac} ${ip.src}`)) return undefined
    if (placed.has(`${packet.in} ${vlan} ${ip.src}`)) return undefined
    if (sited.has(`${vlan} ${ip.src}`)) return 'the address belongs to a known asset elsewhere'
    const zone = zoneAt(plan, vlan, ip.src)
    return zone === undefined || zone.devices.includes(packet.in)
      ? undefined
      : `the address belongs to zone ${zone.name}, which is behind another port`
  }

  spoof(why: string): Verdict {
    const group = isNotUnicast(this.packet, this.ip)
    const found = group ? { mode: groupMode(this.plan, this.packet, this.vlan), zone: undefined } : this.mode()
    this.step('identity', why)
    const { zone } = found
    const isCut = !group && crossesForged(this.plan, this.packet, this.ip, this.vlan) && !this.isEssential()
    if (isCut) this.step('islands', 'it leads over the border of what is isolated')
    const mode = isCut ? 'enforce' : found.mode
    const enforced = mode === 'enforce' || mode === 'contain'
    return this.done(enforced ? 'deny' : 'permit', enforced ? 'spoof' : 'would-spoof', {
      mode,
      ...(zone ? { zone: zone.name } : {}),
    })
  }

  /** Source checks: who it is and whether it is where it belongs. */
  identity(): Verdict | 'known' | 'unknown' {
    const { plan, packet, ip, vlan } = this
    const tables = tablesOf(plan)
    const link = `${packet.in} ${vlan} ${packet.srcMac}`
    if (ip.part !== undefined && ip.part.place !== 'first' && enforcesAnything(plan)) return this.part()
    if (ip.sourceRouted === true) return this.spoof(ownWay)
    if (tables.bound.has(`${link} ${ip.src}`)) {
      this.step('identity', 'known asset, in its place')
      return 'known'
    }
    if (tables.placed.has(`${packet.in} ${vlan} ${ip.src}`)) {
      this.state = { ...this.state, carriers: plus(this.state.carriers, link) }
      this.step('identity', 'known asset on its port (no MAC is bound)')
      return 'known'
    }
    const misplaced = this.misplaced()
    if (misplaced !== undefined) return this.spoof(misplaced)
    this.step('identity', tables.known.has(`${vlan} ${ip.src}`) ? 'known asset' : 'no known asset')
    return 'unknown'
  }

  run(): Verdict {
    const { plan, packet, ip, vlan } = this
    const who = this.identity()
    if (typeof who !== 'string') return who
    const link = `${packet.in} ${vlan} ${packet.srcMac}`
    const contained = this.containment(who, link)
    if (contained !== undefined) return contained
    if (who === 'known') {
      const direct = this.exact('there') ?? (isFirstSegment(ip) ? undefined : this.exact('back'))
      if (direct !== undefined) return direct
    }
    if (isForgedAdvertisement(plan, packet, ip, vlan))
      return this.spoof('it advertises an address that belongs to another MAC')
    const passing = infrastructureName(ip)
    if (passing !== undefined) {
      this.step('infrastructure', passing)
      return this.done('permit', 'infrastructure')
    }
    if (crossesBorder(plan, packet, ip, vlan) && !this.isEssential() && !this.isEssentialError()) {
      this.step('islands', 'it leads over the border of what is isolated')
      const zone = isolatedBy(plan, packet, ip, vlan)
      if (zone === undefined || !this.isCut()) return this.closed()
      this.step('islands', 'it would be permitted otherwise')
      return this.done('deny', 'out-of-scope', { zone, mode: 'enforce' })
    }
    const answers = isFirstSegment(ip) || isIcmpFirst(ip) ? undefined : (this.exact('back') ?? this.others('back'))
    if (answers !== undefined) return answers
    const permitted = this.exact('there')
    if (permitted !== undefined) return permitted
    const essential = plan.ranges.find(
      (range) => plan.conduits[range.conduit]?.essential === true && rangeMatches(range, vlan, ip, 'there'),
    )
    if (essential !== undefined) return this.permitBy(essential.conduit, 'there')
    const deny = plan.denies.find((candidate) => rangeMatches(candidate, vlan, ip, 'there'))
    if (deny !== undefined) {
      this.step('denies', `covered by ${deny.id}`)
      return this.closed(deny.id)
    }
    const other = this.others('there')
    if (other !== undefined) return other
    this.step('conduits', 'none permits it')
    if (isIcmpError(ip) && this.isPermittedError()) {
      this.step('icmp errors', 'about a permitted conversation')
      return this.done('permit', 'icmp-error')
    }
    return this.closed()
  }

  /** Errors pass between ends of permitted conversations, and from routers; redirects from routers only. */
  isPermittedError(): boolean {
    const { plan, ip, vlan } = this
    if (tablesOf(plan).routers.has(ip.src)) return true
    return !isRedirect(ip) && areTalkers(plan, vlan, ip)
  }

  /** Across the border of what is isolated only errors about essential conversations pass, and those of routers. */
  isEssentialError(): boolean {
    const { plan, ip, vlan } = this
    if (!isIcmpError(ip)) return false
    const { routers, essentialEnds } = tablesOf(plan)
    if (routers.has(ip.src)) return true
    if (essentialEnds.has(`${vlan} ${ip.src}`) && essentialEnds.has(`${vlan} ${ip.dst}`)) return true
    return plan.ranges
      .filter(({ conduit }) => plan.conduits[conduit]?.essential === true)
      .map(endsOf)
      .some((range) => rangeMatches(range, vlan, ip, 'there') || rangeMatches(range, vlan, ip, 'back'))
  }

  containment(who: 'known' | 'unknown', link: string): Verdict | undefined {
    const { ip, vlan, state, packet } = this
    const tables = tablesOf(this.plan)
    const held = state.held.has(`${vlan} ${ip.src}`)
    const checks =
      who === 'known'
        ? [held, state.containedKnown.has(`${vlan} ${ip.src}`)]
        : [
            held,
            state.strangers.has(`${link} ${ip.src}`),
            !tables.knownMacs.has(packet.srcMac) && !state.carriers.has(link) && state.macs.has(link),
          ]
    return checks.some(Boolean) ? this.contained(ip.src) : undefined
  }

  /** A redirected packet that is not where its source says: undefined where that is only counted. */
  forged(): Verdict | undefined {
    const why = this.ip.sourceRouted === true ? ownWay : this.misplaced()
    const verdict = why === undefined ? undefined : this.spoof(why)
    return verdict?.outcome === 'deny' ? verdict : undefined
  }

  /** The same for a packet that is sent elsewhere, whose source is not looked at further. */
  whoever(): Verdict | undefined {
    const link = `${this.packet.in} ${this.vlan} ${this.packet.srcMac}`
    return this.containment('known', link) ?? this.containment('unknown', link)
  }

  /** A redirected packet of which one end, where it is sent to, is in a zone that is cut off. */
  bordered(): Verdict | undefined {
    const { plan, state, packet, ip, vlan } = this
    if (state.decoys.has(ip.dst)) return undefined
    const crossed = plan.islands?.find(({ family, networks, vlans }) => {
      const inside = (address: string) => networks.some((network) => cidrContains(network, address))
      return family === ip.family && vlans?.includes(vlan) !== false && inside(ip.src) !== inside(ip.dst)
    })
    if (crossed === undefined) {
      if (plan.islandPorts.includes(packet.in) && !isBehind(plan, packet.in, ip.dst)) {
        this.step(
          'islands',
          `everything behind ${packet.in} is isolated, and ${ip.dst}, where it is sent, is beyond the border`,
        )
        return this.done('deny', 'out-of-scope', { zone: 'unzoned', mode: 'enforce' })
      }
      return undefined
    }
    const zone = plan.zones[crossed.zone]?.name ?? 'unzoned'
    this.step('islands', `${zone} is isolated, and ${ip.dst}, where it is sent, is beyond the border`)
    return this.done('deny', 'out-of-scope', { zone, mode: 'enforce' })
  }
}

const isBehind = ({ zones }: Plan, device: string, address: string): boolean =>
  zones.some(
    ({ devices, networks }) => devices.includes(device) && networks.some((network) => cidrContains(network, address)),
  )

/** The milder end decides: towards a zone in observe or shadow, or from one to an address in no zone, nothing is rewritten. */
const isUntouched = (plan: Plan, ip: IpPacket): boolean => {
  const modesAt = (address: string) =>
    plan.zones
      .filter(({ networks }) => networks.some((network) => cidrContains(network, address)))
      .map(({ mode }) => mode)
  const mild = (all: readonly Mode[]) => all.some((mode) => mode === 'observe' || mode === 'shadow')
  const there = modesAt(ip.dst)
  return there.length > 0 ? mild(there) : mild(modesAt(ip.src))
}

/** The mode of a pair counts before that of a zone. Where packets are rewritten their VLAN is not looked at. */
const isObservedPair = ({ pairModes }: Plan, ip: IpPacket): boolean => {
  const pair = pairModes.find(({ family, src, dst }) => {
    const ends = endsOf({ family, ...(src ? { src } : {}), ...(dst ? { dst } : {}) })
    return (['there', 'back'] as const).some((direction) => rangeMatches(ends, 0, ip, direction))
  })
  return pair !== undefined && (pair.mode === 'observe' || pair.mode === 'shadow')
}

/** A first segment answers nothing. */
const isEssentialAnywhere = (plan: Plan, state: State, packet: Packet, ip: IpPacket): boolean =>
  plan.ports.some(({ vlans }) =>
    vlans.some((vlan) =>
      new Evaluation(plan, state, packet, ip, vlan).isEssential(isPureSyn(ip) ? ['there'] : ['there', 'back']),
    ),
  )

const redirected = (plan: Plan, state: State, ip: IpPacket): PlanRedirect | undefined => {
  if ((ip.proto === 6 && !isPureSyn(ip)) || isUntouched(plan, ip) || isObservedPair(plan, ip)) return undefined
  const first = plan.redirects.find(
    ({ family, src, dst, proto, port, when }) =>
      rangeMatches(
        { family, ...(src ? { src } : {}), ...(dst ? { dst } : {}), proto, ports: [[port, port]] },
        0,
        ip,
        'there',
      ) &&
      (when === undefined ||
        (when === 'unauthenticated' ? !state.authenticated.has(ip.src) : state.openWindows.has(when.window))),
  )
  // Who asks for the target itself is sent nowhere else: what the policy says of it decides.
  return first?.target === ip.dst && (first.targetPort ?? first.port) === ip.dport ? undefined : first
}

/** The IP hooks look behind one tag of IEEE 802.1Q. */
const isGiven = ({ tag }: Packet): boolean => tag === undefined || tag.tpid === 0x8100

/** By what a later part knows its first one. */
const partKey = ({ out }: Packet, { src, dst, part }: IpPacket, vlan: VlanId): string =>
  `${out} ${vlan} ${part?.id ?? ''} ${src} ${dst}`

/** Gives the verdict on one packet. Never throws; a packet with fields missing is judged by those it has. */
export const evaluate = (plan: Plan, state: State, packet: Packet): Verdict => {
  const verdict = judge(plan, state, packet)
  const { ip } = packet
  if (ip?.part?.place !== 'first' || verdict.outcome !== 'permit' || plan.kind !== 'bridge') return verdict
  if (state.bypass || !enforcesAnything(plan)) return verdict
  const key = partKey(packet, ip, vlanOf(plan, packet))
  return { ...verdict, state: { ...verdict.state, firstParts: plus(verdict.state.firstParts, key) } }
}

const judge = (plan: Plan, state: State, packet: Packet): Verdict => {
  const pass = (reason: ReasonId): Verdict => ({
    outcome: 'permit',
    reason,
    trace: [{ check: reason, result: 'passes' }],
    state,
  })
  if (state.bypass) return pass('bypass')
  // Dropped before anything else looks at them: see `arriving` in policy/nft/ruleset.
  if (packet.tag !== undefined && packet.ip?.family === 6 && packet.ip.part !== undefined && isGivenTagged(plan, 6))
    return { outcome: 'deny', reason: 'out-of-scope', trace: [{ check: 'fragments', result: 'tagged' }], state }
  const vlan = plan.kind === 'bridge' ? vlanOf(plan, packet) : 0
  // A packet on a VLAN that its port does not declare is redirected before anybody looks at its VLAN.
  const layer2 = plan.kind === 'bridge' ? evaluateLayer2(plan, state, packet, vlan) : undefined
  if (layer2 !== undefined && (layer2.outcome === 'deny' || packet.ip === undefined || !isGiven(packet))) return layer2
  if (packet.ip === undefined) return pass('infrastructure')
  if (plan.decoys !== undefined && layer2 === undefined) {
    const decoy = reachesDecoy(new Evaluation(plan, state, packet, packet.ip, vlan))
    if (decoy !== undefined) return decoy
  }
  const redirect = enforcesAnything(plan) && isGiven(packet) ? redirected(plan, state, packet.ip) : undefined
  if (redirect !== undefined && !isEssentialAnywhere(plan, state, packet, packet.ip)) {
    const { target: dst, targetPort, port } = redirect
    const ip = { ...packet.ip, dst, dport: targetPort ?? port }
    const evaluation = new Evaluation(plan, state, { ...packet, ip }, ip, vlan)
    const stopped =
      layer2 === undefined ? (evaluation.forged() ?? evaluation.whoever() ?? evaluation.bordered()) : undefined
    if (stopped !== undefined) return stopped
    return {
      outcome: 'redirect',
      reason: 'redirected',
      redirect: redirect.id,
      trace: [{ check: 'redirects', result: `${redirect.id} sends it to ${redirect.target}` }],
      state,
    }
  }
  if (layer2 !== undefined) return layer2
  const evaluation = new Evaluation(plan, state, packet, packet.ip, vlan)
  const deceived = plan.decoys === undefined ? undefined : deceivedBy(evaluation)
  if (deceived !== undefined) {
    const stopped = evaluation.whoever()
    if (stopped !== undefined) return stopped
    evaluation.step('decoys', `${deceived.id} sends it to a decoy of persona ${deceived.persona}`)
    return evaluation.done('redirect', 'deceived', { redirect: deceived.id })
  }
  return evaluation.run()
}

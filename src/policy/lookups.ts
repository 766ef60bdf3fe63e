/** One packet against the tables of a plan: the mode that applies to it, and what permits it. */
import { cidrContains } from '#core/address.ts'
import type { Mode } from '#schema/site.ts'
import { hasPorts, linkLocal, type IpPacket, type Packet } from './packet.ts'
import type { Plan, PlanZone, VlanId } from './plan.ts'
import type { ReasonId } from './reasons.ts'
import type { State } from './state.ts'
import { holds, isEssentialEnd, isOpen, milder, rangeMatches, tablesOf, zoneAt } from './tables.ts'
import { portMode, type Outcome, type Step, type Verdict } from './verdict.ts'

export class Lookups {
  readonly plan: Plan
  readonly packet: Packet
  readonly ip: IpPacket
  readonly vlan: VlanId
  readonly trace: Step[] = []
  state: State

  constructor(plan: Plan, state: State, packet: Packet, ip: IpPacket, vlan: VlanId) {
    this.plan = plan
    this.state = state
    this.packet = packet
    this.ip = ip
    this.vlan = vlan
  }

  step(check: string, result: string) {
    this.trace.push({ check, result })
  }

  done(outcome: Outcome, reason: ReasonId, more: Partial<Omit<Verdict, 'trace' | 'state'>> = {}): Verdict {
    return { outcome, reason, ...more, trace: this.trace, state: this.state }
  }

  /** Mode that applies to a unicast packet, and the zone that it comes from. */
  mode(): { mode: Mode; zone?: PlanZone } {
    const { plan, packet, ip, vlan } = this
    const zone = zoneAt(plan, vlan, ip.dst)
    if (zone !== undefined) return { mode: zone.mode, zone }
    if (cidrContains(linkLocal[ip.family], ip.dst)) return { mode: portMode(plan, packet.out, vlan) }
    const source = zoneAt(plan, vlan, ip.src)?.mode ?? portMode(plan, packet.in, vlan)
    return { mode: milder(portMode(plan, packet.out, vlan), source) }
  }

  key(direction: 'there' | 'back', ported: boolean): string {
    const { src, dst, proto, sport, dport } = this.ip
    const [a, b, port] = direction === 'there' ? [src, dst, dport] : [dst, src, sport]
    return ported ? `${this.vlan} ${a} ${b} ${proto} ${port ?? ''}` : `${this.vlan} ${a} ${b} ${proto}`
  }

  permitBy(index: number, direction: 'there' | 'back'): Verdict {
    const conduit = this.plan.conduits[index]?.id ?? ''
    this.step(direction === 'there' ? 'conduits' : 'answers', `permitted by conduit ${conduit}`)
    return this.done('permit', direction === 'there' ? 'permitted' : 'answer', { conduit })
  }

  /** Always-open conduits between assets. */
  exact(direction: 'there' | 'back'): Verdict | undefined {
    if (!hasPorts(this.ip)) return undefined
    const index = tablesOf(this.plan).permits.get(this.key(direction, true))
    return index === undefined ? undefined : this.permitBy(index, direction)
  }

  /** Temporary permits, conduits without ports, open windows, range rules. */
  others(direction: 'there' | 'back'): Verdict | undefined {
    const { plan, packet, ip, state } = this
    const tables = tablesOf(plan)
    const ported = this.key(direction, true)
    const mac = direction === 'there' ? packet.srcMac : packet.dstMac
    const temporary = state.temporary.some(
      (permit) =>
        `${permit.mac === undefined ? permit.vlan : this.vlan} ${permit.src} ${permit.dst} ${permit.proto} ${permit.port}` ===
          ported &&
        (permit.mac === undefined || permit.mac === mac),
    )
    if (temporary && hasPorts(ip)) {
      this.step('temporary permits', 'permitted')
      return this.done('permit', 'temporary')
    }
    const plain = this.key(direction, false)
    const maps = [
      { map: tables.permits, portless: true },
      ...[...state.openWindows].map((index) => ({ map: tables.windowed[index], portless: false })),
      ...tables.rated.flatMap(({ guard, map }) =>
        holds(state, guard, ip, direction) ? [{ map, portless: false }] : [],
      ),
    ]
    for (const { map, portless } of maps) {
      const index = map?.get(plain) ?? (portless || !hasPorts(ip) ? undefined : map?.get(ported))
      if (index !== undefined) return this.permitBy(index, direction)
    }
    const range = plan.ranges.find(
      (candidate) => isOpen(plan, state, candidate, ip, direction) && rangeMatches(candidate, this.vlan, ip, direction),
    )
    return range === undefined ? undefined : this.permitBy(range.conduit, direction)
  }

  /** Whether it would pass, or answer what does, if nothing were cut off; whatever the time and the risk. */
  isCut(): boolean {
    const { plan, ip } = this
    const { cut } = tablesOf(plan)
    return (['there', 'back'] as const).some(
      (direction) =>
        (hasPorts(ip) && cut.has(this.key(direction, true))) ||
        cut.has(this.key(direction, false)) ||
        plan.cut?.ranges.some((range) => rangeMatches(range, this.vlan, ip, direction)) === true,
    )
  }

  isEssential(directions: readonly ('there' | 'back')[] = ['there', 'back']): boolean {
    const { plan, ip } = this
    const { essential } = tablesOf(plan)
    const ported = hasPorts(ip)
    if (directions.some((direction) => essential.has(this.key(direction, ported)))) return true
    // RFC 4861: neighbour solicitation and advertisement.
    if (
      ip.family === 6 &&
      ip.proto === 58 &&
      (ip.icmpType === 135 || ip.icmpType === 136) &&
      isEssentialEnd(plan, this.vlan, ip.src)
    )
      return true
    return plan.ranges.some(
      (range) =>
        plan.conduits[range.conduit]?.essential === true &&
        directions.some((direction) => rangeMatches(range, this.vlan, ip, direction)),
    )
  }
}

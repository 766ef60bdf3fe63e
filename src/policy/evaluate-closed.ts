/** What becomes of a packet that nothing permits: by the mode of where it goes, and whether its source may be contained for it. */
import { cidrContains } from '#core/address.ts'
import type { Mode } from '#schema/site.ts'
import { isCutOffUnzoned } from './tables.ts'
import { isDark } from './evaluate-decoys.ts'
import { Lookups } from './lookups.ts'
import { breakerSize } from './nft/state.ts'
import { hasPorts, isIcmpError, isNotUnicast, isPureSyn, linkLocal } from './packet.ts'
import type { Agreed, PlanZone } from './plan.ts'
import type { ReasonId } from './reasons.ts'
import { plus } from './state.ts'
import { rangeMatches, tablesOf, zoneAt } from './tables.ts'
import { groupMode, type Verdict } from './verdict.ts'

const unzoned: Agreed = {
  stranger: { action: 'contain', seconds: 3600, scope: 'edge' },
  known: { action: 'deny', seconds: 3600, scope: 'edge' },
}

export class Closed extends Lookups {
  /** Nothing permits it: what its destination's mode makes of that. */
  closed(deny?: string): Verdict {
    const { plan, packet, ip, vlan } = this
    const tables = tablesOf(plan)
    if (isNotUnicast(packet, ip)) {
      const mode = groupMode(plan, packet, vlan)
      if (ip.proto === 17 && tables.broadcast.has(`${packet.in} ${packet.out} ${vlan} ${ip.dport ?? ''}`)) {
        this.step('broadcast', 'allowed')
        return this.done('permit', 'broadcast-permitted', { mode })
      }
      this.step('broadcast', `no broadcast entry; mode ${mode}`)
      return mode === 'enforce' || mode === 'contain'
        ? this.done('deny', 'not-unicast', { mode })
        : this.done('permit', mode === 'shadow' ? 'would-deny' : 'observed', { mode })
    }
    const { mode: ofZone, zone } = this.mode()
    if (zone?.intra === true && !isDark(plan, zone.index, ip) && zoneAt(plan, vlan, ip.src) === zone) {
      this.step('zone', `both ends are in ${zone.name}`)
      return this.done('permit', 'intra-zone', { zone: zone.name, mode: ofZone })
    }
    if (isCutOffUnzoned(plan, packet, ip, vlan)) {
      this.step('islands', 'it leads over the border of what is isolated')
      return this.byMode('enforce', zone, deny)
    }
    const pair = plan.pairModes.find(
      (candidate) => rangeMatches(candidate, vlan, ip, 'there') || rangeMatches(candidate, vlan, ip, 'back'),
    )
    return this.byMode(pair?.mode ?? ofZone, zone, deny)
  }

  byMode(mode: Mode, zone: PlanZone | undefined, deny: string | undefined): Verdict {
    const where = { zone: zone?.name ?? 'unzoned', mode, ...(deny === undefined ? {} : { deny }) }
    this.step('zone default', `${where.zone} denies by default; mode ${mode}`)
    const { packet, ip, vlan } = this
    const link = `${packet.in} ${vlan} ${packet.srcMac}`
    const known = tablesOf(this.plan).known.has(`${vlan} ${ip.src}`)
    if (mode === 'observe') return this.done('permit', 'observed', where)
    if (mode === 'shadow') {
      if (!known) this.state = { ...this.state, wouldContain: plus(this.state.wouldContain, `${link} ${ip.src}`) }
      return this.done('permit', 'would-deny', where)
    }
    const reason = deny === undefined ? 'out-of-scope' : 'denied'
    if (mode === 'enforce' || !this.mayContain()) return this.done('deny', reason, where)
    return this.contain(known, link, zone, reason, where)
  }

  /** Whether a conduit would permit it if its window were open. */
  isOffHours(): boolean {
    const { plan, ip } = this
    const { windowed, rated } = tablesOf(plan)
    const { openWindows } = this.state
    const [ported, plain] = [this.key('there', true), this.key('there', false)]
    const isIn = (map: ReadonlyMap<string, number>) => map.has(plain) || (hasPorts(ip) && map.has(ported))
    // Where a risk may be the reason as well, the window has to be closed.
    const isClosed = (window: number | undefined) => window !== undefined && !openWindows.has(window)
    if (windowed.some(isIn) || rated.some(({ guard, map }) => isClosed(guard.window) && isIn(map))) return true
    return plan.ranges.some((range) => {
      const { window, riskBelow } = plan.conduits[range.conduit] ?? {}
      return (
        (riskBelow === undefined ? window !== undefined : isClosed(window)) &&
        rangeMatches(range, this.vlan, ip, 'there')
      )
    })
  }

  /** A source can be forged, or answer: only a unicast packet that opens something may contain its sender. */
  mayContain(): boolean {
    const { ip } = this
    const tables = tablesOf(this.plan)
    if (ip.proto < 0 || (ip.proto === 6 && !isPureSyn(ip))) return false
    if (isIcmpError(ip)) return false
    if (ip.proto === 17 && tables.servicePorts.has(ip.sport ?? -1)) return false
    return !tables.broadcastIps.has(ip.dst)
  }

  contain(
    known: boolean,
    link: string,
    zone: PlanZone | undefined,
    reason: ReasonId,
    where: { zone: string; mode: Mode; deny?: string },
  ): Verdict {
    const agreed: Agreed = zone?.offHours !== undefined && this.isOffHours() ? zone.offHours : (zone ?? unzoned)
    const { state, ip, packet, vlan } = this
    if (known) {
      const key = `${vlan} ${ip.src}`
      if (agreed.known.action !== 'contain' || tablesOf(this.plan).safety.has(key))
        return this.done('deny', reason, where)
      if (!state.containedKnown.has(key) && state.containedKnown.size >= breakerSize) {
        this.step('circuit breaker', `${breakerSize} known assets are contained already`)
        return this.done('deny', reason, where)
      }
      this.state = { ...state, containedKnown: plus(state.containedKnown, key) }
      return this.done('deny', reason, { ...where, contains: 'known', seconds: agreed.known.seconds })
    }
    if (agreed.stranger.action !== 'contain') return this.done('deny', reason, where)
    if (ip.family === 6 && cidrContains(linkLocal[6], ip.src) && tablesOf(this.plan).knownMacs.has(packet.srcMac))
      return this.done('deny', reason, where)
    const carries = tablesOf(this.plan).knownMacs.has(packet.srcMac) || state.carriers.has(link)
    this.state = {
      ...state,
      strangers: plus(state.strangers, `${link} ${ip.src}`),
      macs: carries ? state.macs : plus(state.macs, link),
    }
    this.step('containment', 'the source is no known asset: contained')
    return this.done('deny', reason === 'denied' ? reason : 'stranger-contained', {
      ...where,
      contains: 'stranger',
      seconds: agreed.stranger.seconds,
    })
  }
}

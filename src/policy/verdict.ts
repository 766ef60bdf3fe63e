/** What a verdict says, and which VLAN and mode it is given by. */
import type { Mode } from '#schema/site.ts'
import type { Packet } from './packet.ts'
import { undeclaredVlan, type Plan, type VlanId } from './plan.ts'
import type { ReasonId } from './reasons.ts'
import type { State } from './state.ts'
import { isCutBetween } from './tables.ts'
import { tablesOf } from './tables.ts'

export type Step = { readonly check: string; readonly result: string }
export type Outcome = 'permit' | 'deny' | 'redirect'

export interface Verdict {
  /** What happens to the packet. */
  readonly outcome: Outcome
  readonly reason: ReasonId
  /** Its source is contained by this packet. */
  readonly contains?: 'stranger' | 'known'
  /** How long it stays contained. */
  readonly seconds?: number
  readonly conduit?: string
  readonly deny?: string
  /** Zone (or `unzoned`) whose default decided. */
  readonly zone?: string
  readonly mode?: Mode
  readonly redirect?: string
  readonly trace: readonly Step[]
  readonly state: State
}

/** VLAN by which the edge knows a frame. */
export const vlanOf = (plan: Plan, { in: device, tag }: Packet): VlanId => {
  const { vlans } = tablesOf(plan)
  const vid = tag?.vid ?? 0
  // A service tag (IEEE 802.1ad) numbers somebody else's VLANs.
  if (tag?.tpid === 0x88a8) return undeclaredVlan
  return vlans.has(`${device} ${vid}`) ? vid : undeclaredVlan
}

export const portMode = (plan: Plan, device: string, vlan: VlanId): Mode =>
  tablesOf(plan).portModes.get(`${device} ${vlan}`) ?? 'observe'

/** Mode of what is not unicast: that of the port it leaves through; what is cut off is denied both ways. */
export const groupMode = (plan: Plan, packet: Packet, vlan: VlanId): Mode =>
  isCutBetween(plan, packet.in, packet.out) ? 'enforce' : portMode(plan, packet.out, vlan)

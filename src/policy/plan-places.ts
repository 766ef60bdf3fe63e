/** What a plan says about who is where, what passes there that is no unicast IP, and modes of places. */
import type { Mode } from '#schema/site.ts'
import type { Range } from './plan-conversations.ts'
import type { VlanId } from './plan.ts'

export interface Known {
  readonly asset: string
  readonly ip: string
  readonly vlan: VlanId
  readonly zone: string
  readonly kind: string
}
/** Where a source address may come from. Without `mac`: any MAC on that port. */
export interface Binding {
  readonly device: string
  readonly vlan: VlanId
  readonly mac?: string
  readonly ip: string
}
/** A zone's network on a port. */
export interface Placement {
  readonly device: string
  readonly vlan: VlanId
  readonly network: string
  readonly zone: number
}

/** An EtherType permitted from one port to another. */
export interface Layer2Permit {
  readonly from: string
  readonly to: string
  readonly vlan: VlanId
  readonly etherType: number
}
/** An EtherType permitted between two MACs by a conduit. */
export interface Layer2Exact {
  readonly conduit: number
  readonly vlan: VlanId
  readonly src: string
  readonly dst: string
  readonly etherType: number
}
/** A non-unicast UDP service permitted from one port to another. */
export interface BroadcastPermit {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly vlan: VlanId
  readonly port: number
}
export interface PortMode {
  readonly device: string
  readonly vlan: VlanId
  readonly mode: Mode
}
/** Mode of what flows between two addresses outside their conduit, in both directions. */
export interface PairMode extends Pick<Range, 'family' | 'src' | 'dst' | 'vlans'> {
  readonly mode: Mode
}

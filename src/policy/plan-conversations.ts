/** What a plan says about conversations of IP: conduits, and what each permits or a deny takes away, as the kernel has it. */
import type { FailureCause, Mode, Site } from '#schema/site.ts'
import type { Family, VlanId } from './plan.ts'

export interface PlanConduit {
  readonly id: string
  /** Name of the kernel counter that its elements count on. */
  readonly counter: string
  readonly service: string
  readonly from: string
  readonly to: string
  readonly essential: boolean
  readonly mode?: Mode
  /** Index into {@link Plan.windows}; absent: always open. */
  readonly window?: number
  /** It permits while the risk of its `from` end is below this; absent: whatever the risk. */
  readonly riskBelow?: number
  /** Commands allowed; absent: the whole service. */
  readonly allow?: NonNullable<Site['conduits'][number]['allow']>
  readonly denyAction?: string
  /** Causes of failure in which its traffic stops; in all others it passes uninspected, and that is recorded. */
  readonly closedOn?: readonly FailureCause[]
}

/** A permitted conversation between two addresses: one element of an exact kernel map. */
export interface Exact {
  readonly conduit: number
  readonly family: Family
  readonly vlan: VlanId
  readonly src: string
  readonly dst: string
  /** IP protocol number. */
  readonly proto: number
  /** Destination port of the first packet; absent for protocols without ports. */
  readonly port?: number
  /** Who sends the first packet answers in it: the other end asks. */
  readonly reversed?: true
  /** It only goes along with what the service is about: where both ends may ask, the one of the service itself is the client. */
  readonly companion?: true
  /** Of a conduit that asks for a risk: its `from` end is the destination of the first packet, not the source. */
  readonly mirrored?: true
}

export type Ports = readonly (readonly [from: number, to: number])[]

/** A permitted (or denied) conversation in which an end is a network: one rule on small interval sets. */
export interface Range {
  readonly family: Family
  /** Networks in CIDR notation; absent: any. */
  readonly src?: readonly string[]
  readonly dst?: readonly string[]
  /** IP protocol number; absent: any. */
  readonly proto?: number
  /** Absent: any port, or a protocol without ports. */
  readonly ports?: Ports
  /** Where these addresses are those of an end: on other VLANs they are somebody else's. Absent: anywhere. */
  readonly vlans?: readonly VlanId[]
}
export interface RangePermit extends Range {
  readonly conduit: number
  /** As in {@link Exact}. */
  readonly reversed?: true
  readonly companion?: true
  readonly mirrored?: true
}
/** What is permitted over the borders of islands when nothing is cut off: who tries it now is refused, and no stranger for it. */
export interface PlanCut {
  readonly exact: readonly Pick<Exact, 'family' | 'vlan' | 'src' | 'dst' | 'proto' | 'port'>[]
  readonly ranges: readonly Range[]
}
export interface RangeDeny extends Range {
  readonly id: string
  readonly counter: string
}

/** Times during which some conduits are open. */
export interface PlanWindow {
  readonly id: string
  readonly times: readonly TimeRange[]
  /** First day on which it is closed for good (YYYY-MM-DD in the site's time zone). */
  readonly expires?: string
}
export interface TimeRange {
  readonly days?: readonly string[] | undefined
  readonly from: string
  readonly to: string
}

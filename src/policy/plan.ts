/**
 * The plan: what one edge enforces, as data. Compiled from a site policy (policy/compile), evaluated in TypeScript
 * (policy/evaluate) and written as nft text (policy/nft). Both read this and nothing else, so that they can be held equal.
 */
import type { Mode } from '#schema/site.ts'
import type { Exact, PlanConduit, PlanCut, PlanWindow, Range, RangeDeny, RangePermit } from './plan-conversations.ts'
import type { PlanDecoys } from './plan-decoys.ts'
import type {
  Binding,
  BroadcastPermit,
  Known,
  Layer2Exact,
  Layer2Permit,
  PairMode,
  Placement,
  PortMode,
} from './plan-places.ts'

export type * from './plan-conversations.ts'
export type * from './plan-decoys.ts'
export type * from './plan-places.ts'

export type Family = 4 | 6
/** IP protocol numbers that carry ports here. */
export const protocolNumbers = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 } as const

/** Untagged and priority-tagged frames have VLAN 0. */
export type VlanId = number
/** VLAN number given to frames whose tag (or lack of one) the port does not declare. */
export const undeclaredVlan = 0xffff

export interface PlanPort {
  readonly name: string
  readonly device: string
  readonly zones: readonly string[]
  readonly vlans: readonly VlanId[]
  readonly routers: readonly string[]
}

export interface PlanZone {
  readonly name: string
  /** Position in the plan; names kernel chains. */
  readonly index: number
  readonly mode: Mode
  readonly networks: readonly string[]
  readonly vlans: readonly VlanId[]
  /** Devices of the ports it lives behind. */
  readonly devices: readonly string[]
  readonly intra: boolean
  /** What happens to an out-of-scope source, from the `responses:` table; `contain` also needs mode contain. */
  readonly stranger: OutOfScope
  readonly known: OutOfScope
  /** The same for conduits used while their window is closed, where something else was agreed. */
  readonly offHours?: Agreed
}

export interface Agreed {
  readonly stranger: OutOfScope
  readonly known: OutOfScope
}

export interface OutOfScope {
  readonly action: 'alert' | 'deny' | 'contain'
  /** Containment time in seconds. */
  readonly seconds: number
  readonly scope: 'edge' | 'site' | 'fleet'
}

export interface PlanSensor {
  readonly id: string
  readonly index: number
  readonly counts: string
  readonly over: number
  readonly seconds: number
  /** Zone whose traffic it counts (as destination); absent: all. */
  readonly zone?: string
  /** What it does beside telling, towards zones that enforce. */
  readonly effects: readonly SensorEffect[]
}

export interface SensorEffect extends Agreed {
  /** {@link PlanZone.index} of the destination. */
  readonly zone: number
  /** `deny` drops what is above the limit; otherwise the packet is denied already. */
  readonly limits: boolean
}

export interface PlanRedirect {
  readonly id: string
  readonly family: Family
  readonly src?: readonly string[]
  readonly dst?: readonly string[]
  readonly proto: number
  readonly port: number
  readonly target: string
  readonly targetPort?: number
  readonly snat: boolean
  readonly when?: 'unauthenticated' | { readonly window: number }
}

/** The addresses of one family of a zone that is cut off. */
export interface PlanIsland {
  /** {@link PlanZone.index}; -1: it is behind no port of this edge. */
  readonly zone: number
  readonly family: Family
  readonly networks: readonly string[]
  /** VLANs on which these addresses are the zone's; absent: on all. */
  readonly vlans?: readonly VlanId[]
}

export interface Plan {
  readonly version: 1
  readonly site: string
  readonly edge: string
  readonly kind: 'bridge' | 'routed'
  readonly bridge: string
  readonly address?: string
  readonly linkMirror: boolean
  readonly timezone: string
  readonly ports: readonly PlanPort[]
  readonly zones: readonly PlanZone[]
  readonly conduits: readonly PlanConduit[]
  readonly exact: readonly Exact[]
  readonly ranges: readonly RangePermit[]
  readonly denies: readonly RangeDeny[]
  readonly windows: readonly PlanWindow[]
  readonly known: readonly Known[]
  readonly knownMacs: readonly string[]
  /** Addresses of assets that may be sent a function they refuse, in place of a denied one. */
  readonly qualified: readonly string[]
  /**
   * Ports on which a known MAC may appear at all; a frame that carries it elsewhere is dropped before the bridge learns from it. Only
   * where every zone is enforced: the guard stands before the destination is known.
   */
  readonly macPorts: readonly { readonly device: string; readonly mac: string }[]
  readonly routerIps: readonly string[]
  readonly bindings: readonly Binding[]
  readonly placements: readonly Placement[]
  readonly broadcastAddresses: readonly string[]
  readonly servicePorts: readonly number[]
  readonly layer2: readonly Layer2Permit[]
  readonly layer2Exact: readonly Layer2Exact[]
  readonly broadcast: readonly BroadcastPermit[]
  readonly portModes: readonly PortMode[]
  readonly pairModes: readonly PairMode[]
  /** Devices of ports behind which every zone is cut off. */
  readonly islandPorts: readonly string[]
  /** Borders that only what is essential crosses; absent where nothing is cut off. */
  readonly islands?: readonly PlanIsland[]
  /** Absent where nothing is cut off. */
  readonly cut?: PlanCut
  readonly sensors: readonly PlanSensor[]
  readonly redirects: readonly PlanRedirect[]
  readonly decoys?: PlanDecoys
  /** Parts of packets come here before their first ones, so the kernel puts them together before anything is judged. */
  readonly together?: boolean
  /** SHA-256 of the plan without this field, in hex: same document, same bytes. */
  readonly digest: string
}

/** Whether anything is dropped under this plan: a zone enforces, or a conduit's own mode does. */
export const enforcesAnything = ({ zones, pairModes }: Pick<Plan, 'zones' | 'pairModes'>): boolean =>
  [...zones, ...pairModes].some(({ mode }) => mode === 'enforce' || mode === 'contain')

/** The same ends, whatever passes between them. */
export const endsOf = ({ family, src, dst, vlans }: Range): Range => ({
  family,
  ...(src === undefined ? {} : { src }),
  ...(dst === undefined ? {} : { dst }),
  ...(vlans === undefined ? {} : { vlans }),
})

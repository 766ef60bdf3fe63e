/**
 * The plan: what one edge enforces, as data. Compiled from a site policy (policy/compile), evaluated in TypeScript
 * (policy/evaluate) and written as nft text (policy/nft). Both read this and nothing else, so that they can be held equal.
 */
import type { Budget, Decoys } from '#schema/decoys.ts'
import type { FailureCause, Mode, Site } from '#schema/site.ts'

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
/** The same ends, whatever passes between them. */
export const endsOf = ({ family, src, dst, vlans }: Range): Range => ({
  family,
  ...(src === undefined ? {} : { src }),
  ...(dst === undefined ? {} : { dst }),
  ...(vlans === undefined ? {} : { vlans }),
})

export interface RangePermit extends Range {
  readonly conduit: number
  /** As in {@link Exact}. */
  readonly reversed?: true
  readonly companion?: true
  readonly mirrored?: true
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

/** Decoys of one edge. The addresses at which some stand now are state, not plan: see policy/decoys/placement. */
export interface PlanDecoys {
  /** Bridge port behind which decoys live. */
  readonly device: string
  readonly pools: readonly PlanPool[]
  /** Dark addresses, by {@link PlanZone.index}: nothing answers, whoever sends there is out of scope. */
  readonly dark: readonly { readonly zone: number; readonly network: string }[]
  readonly deceive: readonly PlanDeceive[]
  readonly maxMacs: number
  /** Seconds. */
  readonly withdrawFor: number
  readonly shuffle?: {
    /** Seconds between two movements by schedule. */
    readonly every?: number
    readonly on: readonly string[]
    /** Seconds between two movements by events at least. */
    readonly atLeast: number
    /** 0 to 1. */
    readonly share: number
  }
  readonly honeytokens: Decoys['honeytokens']
  readonly responderKey?: string
  readonly verifier?: Decoys['verifier']
  /** Bytes. */
  readonly keepSessions: number
}

export interface PlanPool {
  readonly id: string
  readonly zone: string
  /** Approved, without what is denied, in order. */
  readonly addresses: readonly string[]
  /** Addresses of real assets of its zone's networks, in order: what decoys stand among. */
  readonly real: readonly string[]
  /** Prefix length of the zone's network that the addresses lie in, by address order: one for all. */
  readonly prefix: number
  readonly gateway?: string
  /** Persona ids and how many; `rest` takes what is left. */
  readonly personas: readonly { readonly persona: string; readonly count: number | 'rest' }[]
  readonly budget: Budget
}

/** Connections out of scope to real assets that a decoy answers. */
export interface PlanDeceive {
  readonly id: string
  /** Networks; absent: any source. */
  readonly src?: readonly string[]
  /** Of whom it was agreed on; absent: of both. */
  readonly who?: 'stranger' | 'known'
  /** Addresses of the assets. */
  readonly dst: readonly string[]
  readonly proto: number
  readonly port: number
  readonly persona: string
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

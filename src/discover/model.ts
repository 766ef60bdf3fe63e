/**
 * What was seen, as every part of discover reads it: proposals, assessment, simulation and reports are functions of this, and of
 * what people said about it. Times are ms since 1970. An address is a canonical IP text, or an Ethernet address `00:1b:1b:aa:00:10`.
 */
import type { FactName } from '#core/message.ts'
import type { Risk, Transport } from '#core/protocol.ts'
import type { kinds } from '#schema/site.ts'

export type Kind = (typeof kinds)[number]

/** Where something was seen first: enough to find the packet in Wireshark. */
export interface Evidence {
  /** Name of the capture, the interface, or the edge. */
  readonly capture: string
  /** Number of the packet in it, from 1; 0 where there are no packets, as in an edge's records. */
  readonly packet: number
  readonly at: number
}

export interface Span {
  readonly first: number
  readonly last: number
}

/** One recording that was read. Reading it again changes nothing. */
export interface Capture extends Span {
  readonly name: string
  /** SHA-256 of its bytes, hex; for a live source an id of that run. */
  readonly digest: string
  readonly packets: number
  readonly bytes: number
  /** Where it has long silences: the times in between. */
  readonly watched?: readonly Span[]
  /** What was not read: why, how many packets or bytes, and from which byte of the file on. */
  readonly skipped: readonly {
    readonly why: string
    readonly packets?: number
    readonly at?: number
    readonly bytes?: number
  }[]
}

/** An address that sent or was sent to. Group addresses have only `received`. */
export interface Endpoint extends Span {
  readonly vlan: number
  readonly address: string
  readonly sent: number
  readonly received: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** An Ethernet address that sent packets with an IP address, or claimed it with ARP or neighbour discovery. */
export interface Binding extends Span {
  readonly vlan: number
  readonly mac: string
  readonly ip: string
  /** Packets with both as their source. */
  readonly packets: number
  /** Claims by ARP (sender fields) or neighbour advertisement. */
  readonly claims: number
}

/** A fact that a device told of itself, or that follows from something about it. */
export interface Fact {
  readonly vlan: number
  readonly address: string
  readonly name: FactName | IdentityName
  readonly value: string
  /** The protocol that told it: `s7comm`, `lldp`, `dhcp`, `oui` … */
  readonly source: string
  /** 0 … 1: a protocol's own identity service is 0.95, a banner 0.7, a guess from an OUI 0.5. */
  readonly confidence: number
  readonly count: number
  readonly evidence: Evidence
}

/** What protocols that are not of control tell besides {@link FactName}. `role` is a word such as `plc`, `switch`, `router`, `printer`. */
export const identityNames = [
  'os',
  'role',
  'service',
  'description',
  'mac',
  'ip',
  'domain',
  'clear-text-login',
] as const
export type IdentityName = (typeof identityNames)[number]

/** How regular something comes: mean distance and its standard deviation in ms, over `count` distances. */
export interface Rhythm {
  readonly count: number
  readonly meanMs: number
  readonly deviationMs: number
}

/** One thing that was asked, told apart by its object: `op` on these registers of this unit. */
export interface Command extends Span {
  /** Stable within one state, e.g. `c12`. */
  readonly id: string
  readonly protocol: string
  readonly op: string
  readonly risk: Risk
  /** Who sent it. */
  readonly from: 'client' | 'server'
  readonly count: number
  /** Answers that showed it was done, and refusals of the device, as far as they were seen. */
  readonly answered: number
  readonly refused: number
  /** Number fields: name → inclusive ranges. Values written are not among them. */
  readonly spans: Readonly<Record<string, readonly (readonly [low: number, high: number])[]>>
  readonly texts: Readonly<Record<string, readonly string[]>>
  /** Lowest and highest value written; absent when it writes none that is read as a number. */
  readonly values?: readonly [low: number, high: number]
  /** Largest change from one write to the next at one place. */
  readonly step?: number
  /** The lowest and the highest of the different values written, outermost first, at most four each, and how often each was. */
  readonly lowest?: readonly (readonly [value: number, times: number])[]
  readonly highest?: readonly (readonly [value: number, times: number])[]
  /** It carried values that are not read as numbers. */
  readonly unreadable: boolean
  /** More objects than are told apart were put together in this row. */
  readonly folded: boolean
  readonly rhythm?: Rhythm
  readonly evidence: Evidence
}

/** All connections or datagrams of one client with one service of a server. */
export interface Conversation extends Span {
  /** Stable within one state, e.g. `f3`. */
  readonly id: string
  readonly vlan: number
  /** Who asks, and whom: IP addresses; Ethernet addresses for what is not IP. */
  readonly client: string
  readonly server: string
  /** MACs that the two ends had in it. A server behind a router has the router's. */
  readonly clientMacs: readonly string[]
  readonly serverMacs: readonly string[]
  readonly cast: 'unicast' | 'multicast' | 'broadcast'
  /** EtherType, or the length field's meaning 0 for IEEE 802.2. */
  readonly etherType: number
  /** IP protocol; absent for what is not IP. */
  readonly proto?: number
  readonly transport?: Transport
  /** Server port; ICMP: the type of the request. */
  readonly port?: number
  /** An OT protocol of the registry that was read or recognised in it. */
  readonly protocol?: string
  /** The client is certain: its opening, or commands, were seen. Otherwise it follows from ports. */
  readonly certain: boolean
  readonly packets: readonly [there: number, back: number]
  readonly bytes: readonly [there: number, back: number]
  /** TCP: openings seen, openings that were answered, and openings that were refused by a reset. */
  readonly opened: number
  readonly accepted: number
  readonly rejected: number
  /** Client ports seen, at most 1,000 counted. */
  readonly clientPorts: number
  /** Packets with payload from the client. */
  readonly rhythm?: Rhythm
  readonly commands: readonly Command[]
  /** Messages that could not be read as the protocol, by reason; packets, where the recording cut them short. */
  readonly faults: Readonly<Record<string, number>>
  readonly evidence: Evidence
}

/** What a person said about a device: it outweighs everything that was seen. */
export interface Told {
  readonly vlan: number
  readonly address: string
  readonly name?: string
  readonly kind?: Kind
  readonly level?: number
  readonly zone?: string
  readonly owner?: string
  readonly vendor?: string
  readonly criticality?: 'low' | 'medium' | 'high'
  readonly note?: string
}

/** The whole state. Lists are sorted, so that the same recordings in any order give the same state. */
export interface Observed {
  readonly captures: readonly Capture[]
  readonly endpoints: readonly Endpoint[]
  readonly bindings: readonly Binding[]
  readonly facts: readonly Fact[]
  readonly conversations: readonly Conversation[]
  readonly told: readonly Told[]
  /** What was counted together because there was more of it than is told apart, in words. */
  readonly limits: readonly string[]
}

/** A conclusion, how sure it is (0 … 1), and why, in words that name what was seen. */
export interface Concluded<T> {
  readonly value: T
  readonly confidence: number
  readonly because: readonly string[]
}

/** One device: derived from {@link Observed} by inventory/. */
export interface Device extends Span {
  /** Its name in a proposed policy: lower case, unique, stable. */
  readonly id: string
  readonly vlan: number
  readonly ips: readonly string[]
  /** Empty when it is behind a router. */
  readonly macs: readonly string[]
  /** MAC of the router that its packets come from. */
  readonly behind?: string
  /** IP addresses that several MACs have: the one it is taken to have, then the others; all of them are among `macs`. */
  readonly conflicts?: readonly { readonly address: string; readonly macs: readonly string[]; readonly text: string }[]
  readonly hostnames: readonly string[]
  readonly vendor?: Concluded<string>
  readonly model?: Concluded<string>
  readonly firmware?: Concluded<string>
  readonly serial?: Concluded<string>
  readonly kind: Concluded<Kind>
  /** Purdue level 0 … 5. */
  readonly level: Concluded<number>
  readonly criticality: Concluded<'low' | 'medium' | 'high'>
  readonly facts: readonly Fact[]
  readonly told?: Told
  readonly sent: number
  readonly received: number
  /** It only ever was spoken to, or a person told of it and it was never seen (its span is 0 to 0 then): nobody may be there. */
  readonly silent: boolean
}

export interface Inventory {
  readonly devices: readonly Device[]
  /** The device that has an address. */
  at(vlan: number, address: string): Device | undefined
  /** What only a person can say: owners, criticality, kinds that are not certain. */
  readonly questions: readonly {
    readonly device: string
    readonly ask: 'owner' | 'kind' | 'level' | 'criticality' | 'zone'
    readonly text: string
  }[]
}

export const signKinds = [
  'scan',
  'sweep',
  'new-master',
  'forged-write',
  'device-stop',
  'program-download',
  'program-upload',
  'address-conflict',
  'malformed',
  'brute-force',
  'flood',
] as const
export type SignKind = (typeof signKinds)[number]

/** Something that looks like an attack: derived by signs/. What it names is never proposed as permitted. */
export interface Sign extends Span {
  readonly kind: SignKind
  /** ATT&CK for ICS, e.g. `T0846`. */
  readonly techniques: readonly string[]
  readonly vlan: number
  readonly source: string
  readonly targets: readonly string[]
  /** Ids of whole conversations, and of single commands in others. */
  readonly conversations: readonly string[]
  readonly commands: readonly string[]
  /** Only with these values written is it about its commands: with others they are as normal as they look. */
  readonly values?: readonly (readonly [low: number, high: number])[]
  /** One sentence: who did what to whom, how often. */
  readonly text: string
  readonly confidence: number
  readonly evidence: Evidence
}

export const severities = ['critical', 'high', 'medium', 'low', 'info'] as const

/** One finding of an assessment. */
export interface Finding {
  /** Stable id of its kind, e.g. `clear-text-login`. */
  readonly id: string
  readonly severity: (typeof severities)[number]
  /** 0 … 100; findings are ranked by it. */
  readonly risk: number
  readonly devices: readonly string[]
  readonly zone?: string
  readonly title: string
  readonly consequence: string
  readonly next: string
  readonly techniques: readonly string[]
  readonly evidence: readonly Evidence[]
  /** Advisory id, e.g. `ICSA-…`, where one matched. */
  readonly advisory?: string
}

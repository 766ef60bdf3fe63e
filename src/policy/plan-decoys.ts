/** What a plan says about decoys. */
import type { Budget, Decoys } from '#schema/decoys.ts'

/** Decoys of one edge. The addresses at which some stand now are state, not plan: see policy/decoys/placement. */
export interface PlanDecoys {
  /** Bridge port behind which decoys live. */
  readonly device: string
  readonly pools: readonly PlanPool[]
  /** Dark addresses, by {@link PlanZone.index}: nothing answers, whoever sends there is out of scope. */
  readonly dark: readonly { readonly zone: number; readonly network: string }[]
  readonly deceive: readonly PlanDeceive[]
  readonly maxMacs: number
  /** Seconds for which an address is listened to before a decoy comes there; none when absent. */
  readonly listenFor?: number
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

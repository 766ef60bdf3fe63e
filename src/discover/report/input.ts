/** What a report is made of. Every part of it is a value: the same values give the same page, byte for byte. */
import type { Exposure } from '../assess/exposure.ts'
import type { Assessed } from '../assess/risk.ts'
import type { Baseline } from '../baseline/baseline.ts'
import type { Device, Inventory, Observed, Sign } from '../model.ts'
import type { Times } from './format.ts'

/** A policy, proposed or running, with what was left for people to decide. */
export interface ReportedPolicy {
  readonly text: string
  /** The file that it comes from; absent for one that was proposed from what was seen. */
  readonly file?: string
  readonly conduits?: number
  /** What only a person may permit, in sentences. */
  readonly decisions?: readonly string[]
  /** What was seen and is not proposed, in sentences. */
  readonly excluded?: readonly string[]
}

/** What enforcement would have done with recorded packets: the parts of a simulation that a report shows. */
export interface Simulated {
  readonly recorded: { readonly text: string }
  readonly summary: {
    readonly conversations: number
    readonly denied: number
    readonly commands: number
    readonly commandsDenied: number
  }
  readonly conversations: readonly {
    readonly client: string
    readonly server: string
    readonly clientAsset?: string | undefined
    readonly serverAsset?: string | undefined
    readonly service: string
    readonly outcome: {
      readonly verdict: 'permitted' | 'denied' | 'partly'
      readonly permitted: number
      readonly denied: number
      readonly because: string
      readonly zone?: string | undefined
      readonly nearest?: { readonly conduit: string } | undefined
    }
  }[]
  /** Denials of what known assets send, towards one zone: false alarms, unless somebody misuses an asset. */
  readonly zones: readonly {
    readonly zone: string
    readonly packets: number
    readonly conversations: number
    readonly commands: number
    readonly perDay?: { readonly packets: number; readonly commands: number } | undefined
  }[]
  /** What the recording cannot show, in sentences. */
  readonly blind: readonly string[]
}

export interface ReportInput {
  /** ms since 1970: when the report was made. */
  readonly now: number
  readonly site?: string
  /** IANA name of the plant's time zone; UTC when absent. */
  readonly timezone?: string
  readonly observed: Observed
  readonly inventory: Inventory
  readonly signs: readonly Sign[]
  readonly findings: readonly Assessed[]
  readonly baseline: Baseline
  readonly policy?: ReportedPolicy
  readonly simulation?: Simulated
}

/** The input with what several sections need, worked out once. */
export interface Context extends ReportInput {
  readonly times: Times
  readonly exposure: { readonly devices: ReadonlyMap<string, Exposure>; readonly zones: readonly Exposure[] }
  /** A device by an address; the address itself where there is none. */
  readonly nameOf: (vlan: number, address: string) => string
  readonly deviceAt: (vlan: number, address: string) => Device | undefined
  /** Ids of the conversations, and of the commands, that signs of attack name. */
  readonly suspicious: ReadonlySet<string>
}

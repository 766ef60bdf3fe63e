/** What a proposal is, for those who print it, and what it is made from. */
import type { Conduit, Site } from '#schema/site.ts'
import type { Device, Inventory, SignKind } from '../model.ts'

export interface ProposeOptions {
  /** Name of the site; `site` when absent. */
  readonly site?: string
  /** Name of the edge; `edge-1` when absent. */
  readonly edge?: string
  /** Zones by the name of the port they are behind; by level when absent. */
  readonly ports?: Readonly<Record<string, readonly string[]>>
  /** ms since 1970 from which time-boxes are counted; the end of what was seen when absent. */
  readonly now?: number
}

/** A permitted conversation and what it rests on. */
export interface ProposedConduit {
  readonly conduit: Conduit
  /** Ids of conversations. */
  readonly conversations: readonly string[]
  readonly messages: number
  /** Sentences for the reader of the policy, without `#`. */
  readonly comment: readonly string[]
}

/** What only a person may permit: engineering, as a conduit in a comment. */
export interface Decision extends ProposedConduit {
  readonly text: string
}

/** What was seen and is not proposed. */
export interface Excluded {
  readonly why: 'sign' | 'unanswered' | 'not-expressible' | 'safety' | 'unknown-device' | 'denied'
  /** Of what it is a sign. */
  readonly sign?: SignKind
  readonly techniques?: readonly string[]
  readonly text: string
  readonly conversations: readonly string[]
  readonly commands: readonly string[]
}

/** Why a proposal would not hold: a defect of Bulkhead, not of the plant. */
export interface Defect {
  readonly text: string
}

export interface Proposal {
  readonly site: Site
  /** The policy with its evidence, as YAML. */
  readonly text: string
  readonly conduits: readonly ProposedConduit[]
  readonly decisions: readonly Decision[]
  readonly excluded: readonly Excluded[]
  /** Conversations between zones behind one port, or within one zone: the edge never sees them. */
  readonly aside: readonly string[]
  /** Why there is less in it than there was on the wire. */
  readonly remarks: readonly string[]
  readonly questions: Inventory['questions']
  readonly defects: readonly Defect[]
}

/** A device in its zone. */
export interface Seat {
  readonly device: Device
  readonly zone: string
}

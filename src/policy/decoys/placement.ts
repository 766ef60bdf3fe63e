/** Where decoys stand and who they are: a pure function of plan, seed and epoch, so that manager, edge and `decoys plan` agree. */
import type { Identity } from '#core/personality.ts'
import type { Budget } from '#schema/decoys.ts'
import type { PlanDecoys } from '../plan.ts'

export interface Decoy extends Identity {
  readonly pool: string
  readonly budget: Budget
}

/** One network namespace, one Ethernet address, one persona, and the decoys that share it. */
export interface Station {
  readonly id: string
  readonly pool: string
  readonly persona: string
  readonly mac: string
  /** Prefix length of its addresses. */
  readonly prefix: number
  readonly gateway?: string
  readonly decoys: readonly Decoy[]
}

export interface PlacementOptions {
  /** Secret of the site, 32 bytes: who does not have it cannot tell decoys by their serials. */
  readonly seed: Uint8Array
  /** Rises by one with each movement; a share of the decoys moves between two epochs, the others stay as they are. */
  readonly epoch: number
  /** Addresses that nothing may stand on now: claimed by somebody else. */
  readonly withdrawn: ReadonlySet<string>
  /** Ethernet addresses seen on the wire or named in the policy: no decoy takes one. */
  readonly taken: ReadonlySet<string>
}

/** Contract only; see the tests beside it. */
export type Place = (plan: PlanDecoys, options: PlacementOptions) => readonly Station[]

/** What a simulation says: plain data, as the command prints it with `--json`. Times are ms since 1970. */
import type { Risk } from '#core/protocol.ts'
import type { Mode } from '#schema/site.ts'
import type { Recording } from './recordings.ts'
import type { Met } from './tally.ts'

export interface Rule {
  readonly kind: 'conduit' | 'deny' | 'redirect' | 'zone'
  readonly id: string
  /** Of the policy's text. */
  readonly line?: number
}

/** The conduit that would have permitted it, and what it lacks. */
export interface Near {
  readonly conduit: string
  readonly essential: boolean
  readonly failed: readonly { readonly condition: string; readonly detail: string; readonly line?: number }[]
}

export type Verdict = 'permitted' | 'denied' | 'partly'

/** What one policy makes of the packets of a conversation. */
export interface Outcome {
  readonly verdict: Verdict
  readonly permitted: number
  readonly denied: number
  /** Of the permitted: those that pass only because nothing is enforced there. */
  readonly byMode: number
  /** Packets that this edge would not see. */
  readonly notCrossing: number
  /** Why most of what is denied is denied; of what is all permitted, why it is. */
  readonly reason: string
  readonly because: string
  /** Packets by reason. */
  readonly reasons: Readonly<Record<string, number>>
  readonly rule?: Rule
  readonly zone?: string
  readonly mode?: Mode
  readonly nearest?: Near
  /** The first denied packet. */
  readonly evidence?: Met
}

export interface ConversationResult {
  /** Stable within one simulation, e.g. `s3`. */
  readonly id: string
  readonly vlan: number
  readonly client: string
  readonly server: string
  /** Names that the policy has for them. */
  readonly clientAsset?: string
  readonly serverAsset?: string
  readonly service: string
  readonly cast: 'unicast' | 'multicast' | 'broadcast'
  /** More conversations than are told apart are in this row. */
  readonly folded: boolean
  readonly packets: readonly [there: number, back: number]
  readonly first: number
  readonly last: number
  readonly beginningSeen: boolean
  readonly outcome: Outcome
  /** By the policy it is compared with. */
  readonly running?: Outcome
  /** Packets that only one of the two policies denies. */
  readonly newlyDenied: number
  readonly newlyPermitted: number
  /** What is denied is what an essential conduit is about, or carried before: it is stopped for its MAC, VLAN or commands. */
  readonly essential: boolean
}

export interface CommandOutcome {
  readonly permitted: number
  readonly denied: number
  readonly reason?: string
  readonly because?: string
  /** The conduit that denies it, or that permits all of it; absent where no conduit tells commands apart. */
  readonly conduit?: string
  readonly evidence?: Met
}

export interface CommandResult {
  /** Its conversation: {@link ConversationResult.id}. */
  readonly conversation?: string
  readonly client: string
  readonly server: string
  readonly service: string
  readonly protocol: string
  /** Empty for what is no command of the protocol. */
  readonly op: string
  readonly risk?: Risk
  readonly from: 'client' | 'server'
  /** Registers, tags or points and the like, in words. */
  readonly object: string
  readonly folded: boolean
  readonly values?: readonly [low: number, high: number]
  readonly deniedValues?: readonly [low: number, high: number]
  readonly count: number
  readonly verdict: Verdict
  readonly outcome: CommandOutcome
  readonly running?: CommandOutcome
  readonly newlyDenied: number
  readonly newlyPermitted: number
  readonly essential: boolean
  readonly first: number
  readonly last: number
}

export interface ContainedResult {
  readonly ip: string
  readonly mac: string
  readonly vlan: number
  readonly port: string
  readonly kind: 'stranger' | 'known'
  readonly seconds: number
  readonly target: string
  readonly because: string
  readonly evidence: Met
  /** Packets that were denied because it was contained. */
  readonly stopped: number
}

/** Denials of what assets send that the policy knows, towards one zone: false alarms, unless somebody misuses an asset. */
export interface ZoneEstimate {
  readonly zone: string
  readonly packets: number
  readonly conversations: number
  readonly commands: number
  /** The same for a whole day, where enough was recorded to say so. */
  readonly perDay?: { readonly packets: number; readonly commands: number }
}

export interface Result {
  readonly site: string
  readonly edge: string
  /** Zones as if they were enforced, or in the modes that they have. */
  readonly modes: 'enforced' | 'as-written'
  readonly recordings: readonly Recording[]
  /** Seconds in which something was recorded, and what that allows to say. */
  readonly recorded: { readonly seconds: number; readonly first: number; readonly last: number; readonly text: string }
  readonly packets: {
    readonly read: number
    readonly judged: number
    readonly infrastructure: number
    /** By why. */
    readonly notCrossing: Readonly<Record<string, number>>
    readonly skipped: readonly { readonly why: string; readonly packets: number }[]
  }
  readonly summary: {
    readonly conversations: number
    readonly denied: number
    readonly newlyDenied: number
    readonly newlyPermitted: number
    readonly commands: number
    readonly commandsDenied: number
    readonly commandsNewlyDenied: number
    readonly commandsNewlyPermitted: number
    readonly contained: number
    /** Pairs of ends between which the policy has no edge, so that what they said was not judged. */
    readonly unjudged: number
    /** Denied conversations and commands that belong to essential conduits; of the newly denied where two policies are compared. */
    readonly essential: number
  }
  /** What is newly denied first, then what is denied, of essential conduits before others. */
  readonly conversations: readonly ConversationResult[]
  readonly commands: readonly CommandResult[]
  readonly contained: readonly ContainedResult[]
  readonly zones: readonly ZoneEstimate[]
  /** Conduits that nothing in the recording used. */
  readonly unused: readonly string[]
  /** What the recording cannot show, in sentences. */
  readonly blind: readonly string[]
}

/** What one policy made of a conversation: packets by the reason of their verdict, and where each reason was met first. */
import type { ReasonId } from '#policy/reasons.ts'
import type { Decision } from './packet-judge.ts'

/** Where something was met first. */
export interface Met {
  readonly capture: string
  readonly packet: number
  readonly at: number
}

export interface Reason {
  packets: number
  /** The packet that met it first, and its verdict. */
  readonly decision: Decision
  readonly met: Met
}

/** Verdicts that only the mode of a zone lets pass. */
const byMode: ReadonlySet<ReasonId> = new Set(['observed', 'would-deny', 'would-spoof'])

export class Tally {
  permitted = 0
  denied = 0
  /** Of the permitted: what passes only because nothing is enforced there. */
  byMode = 0
  /** Packets that the edge would never see. */
  stayed = 0
  /** Denied packets of assets that the policy knows. */
  deniedKnown = 0
  readonly reasons = new Map<string, Reason>()

  /** The reason that a decision counts for. */
  reasonOf(decision: Decision, met: () => Met): Reason {
    const { verdict, stranger } = decision
    const rule = verdict.conduit ?? verdict.deny ?? verdict.redirect ?? verdict.zone ?? ''
    const key = `${verdict.outcome} ${verdict.reason} ${rule} ${stranger ? 'stranger' : 'known'}`
    let reason = this.reasons.get(key)
    if (reason === undefined) {
      reason = { packets: 0, decision, met: met() }
      this.reasons.set(key, reason)
    }
    return reason
  }

  /** One packet, for a reason of this tally; for none when the edge would not see it. */
  count(reason: Reason | undefined): void {
    if (reason === undefined) {
      this.stayed++
      return
    }
    reason.packets++
    const { verdict, stranger } = reason.decision
    if (verdict.outcome !== 'deny') {
      this.permitted++
      if (byMode.has(verdict.reason)) this.byMode++
      return
    }
    this.denied++
    if (!stranger) this.deniedKnown++
  }

  /** The reason to show: that of most denied packets, else of most permitted ones. A containment is a consequence, its cause says more. */
  get main(): Reason | undefined {
    let best: Reason | undefined
    for (const reason of this.reasons.values()) {
      if (this.denied > 0 && reason.decision.verdict.outcome !== 'deny') continue
      if (best === undefined || weightOf(reason) > weightOf(best)) best = reason
    }
    return best
  }
}

const weightOf = ({ packets, decision }: Reason): number =>
  decision.verdict.reason === 'contained' ? packets / (packets + 1) : packets

/** Where an inspector learns what holds for a conversation: a policy (program.ts), or none (unlimited.ts). */
import type { Ends, Terms } from './program.ts'

export interface TermsSource {
  /** What is allowed depends on the time. */
  readonly timed: boolean
  /**
   * The terms of a conversation at a moment; undefined when there is nothing to judge in it.
   * @param now ms since 1970
   * @param riskBelow as in {@link PacketSource}
   */
  terms(ends: Ends, now: number, riskBelow: number): Terms | undefined
  /** The same of a conversation that its server opens to be asked in: `client` is who opens it, to the port of the end that asks. */
  reversed?(ends: Ends, now: number, riskBelow: number): Terms | undefined
}

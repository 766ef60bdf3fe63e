/** Where an inspector learns what holds for a conversation: a policy (program.ts), or none (unlimited.ts). */
import type { Ends, Terms } from './program.ts'

export interface TermsSource {
  /** What is allowed depends on the time. */
  readonly timed: boolean
  /**
   * The terms of a conversation at a moment; undefined when there is nothing to judge in it.
   * @param now ms since 1970
   */
  terms(ends: Ends, now: number): Terms | undefined
}

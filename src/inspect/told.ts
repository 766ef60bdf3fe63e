/** What an inspector tells about: taken up by the edge as events, by a simulation as rows. */
import type { Message } from '#core/message.ts'
import type { Flow } from './flow.ts'
import type { Denial } from './judge.ts'
import type { DenyAction } from './program.ts'

/** Why a connection was reset although its conduit asked for something milder. */
export const resetReasons = {
  'already-forwarded': 'a part of the message had reached the device',
  'cannot-refuse': 'the protocol has no refusal for this message that keeps the session alive',
  'too-many': 'more refusals were outstanding than are kept',
} as const
export type ResetReason = keyof typeof resetReasons

export interface Told {
  /** A message was judged: every one, in order. Only where somebody listens (captures). */
  message?(flow: Flow, side: 0 | 1, message: Message, denial: Denial | undefined): void
  /** `action` is what was done; `log` when nothing was, because the conversation is only observed or shadowed. */
  denied(flow: Flow, side: 0 | 1, denial: Denial, action: DenyAction, reset?: ResetReason): void
  /** Passed, but somebody should know. */
  noticed(flow: Flow, conduit: string, text: string): void
  /** A codec failed. */
  fault(flow: Flow, error: unknown): void
}

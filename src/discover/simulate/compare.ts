/** What differs between two policies, and what of it belongs to essential conduits. */
import type { CommandTally } from './commands.ts'
import type { CommandOutcome, ConversationResult } from './result.ts'

/** Commands that only one of the two policies denies; none without a second policy. */
export const newly = (
  mine: CommandTally,
  running: CommandTally | undefined,
): { readonly newlyDenied: number; readonly newlyPermitted: number } =>
  running === undefined
    ? { newlyDenied: 0, newlyPermitted: 0 }
    : {
        newlyDenied: Math.max(0, mine.denied - running.denied),
        newlyPermitted: Math.max(0, running.denied - mine.denied),
      }

/** A denied command belongs to an essential conduit when that is what refuses it, or when its conversation does. */
export const isEssentialCommand = (
  { denied, conduit }: CommandOutcome,
  conversation: ConversationResult | undefined,
  essentials: ReadonlySet<string>,
): boolean => denied > 0 && (conduit === undefined ? conversation?.essential === true : essentials.has(conduit))

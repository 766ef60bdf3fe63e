/**
 * What follows from events. The process that stored an event calls its reactions at once; what it leaves (an end, a failure, too much) is
 * taken up later by whichever manager comes first.
 */
import type { Manager } from '../context.ts'
import { emptyInbox, takeUp, type Wanted } from './inbox-rows.ts'
import type { Reaction } from './reaction.ts'

const reactMs = 30_000
/** Events that wait in memory for one reaction; what is beyond stays in the table. */
const mostWaiting = 5000

const within = async (work: Promise<void>, ms: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${ms} ms`)), ms)
    timer.unref()
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

export const openInbox = (manager: Manager, reactions: readonly Reaction[], trouble: (what: string) => void) => {
  /** The end of what each reaction has before it: one call at a time, in the order of storing. */
  const tails = new Map<string, Promise<void>>()
  let waiting = 0

  const call = async ({ reaction, rows, events }: Wanted): Promise<void> => {
    try {
      if (events.length > 0) await within(reaction.react(manager, events), reactMs)
      await emptyInbox(manager, reaction.name, rows)
    } catch (error) {
      // The rows stay, and are taken up again when they are due.
      trouble(
        `the reaction ${reaction.name} failed, and is tried again: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  const enqueue = (wanted: Wanted): Promise<void> => {
    const { name } = wanted.reaction
    waiting += wanted.events.length
    const next = (tails.get(name) ?? Promise.resolve())
      .then(() => call(wanted))
      .finally(() => (waiting -= wanted.events.length))
    tails.set(name, next)
    return next
  }
  return {
    hasRoom: (): boolean => waiting < mostWaiting,
    deliver: (wanted: readonly Wanted[]): void => {
      for (const reaction of reactions)
        for (const one of wanted) if (one.reaction === reaction) void enqueue(one)
    },
    /** @returns whether there may be more */
    sweep: async (): Promise<boolean> => {
      const { wanted, more } = await takeUp(manager, reactions)
      await Promise.all(wanted.map(enqueue))
      return more
    },
    /** Resolves when what was begun is done. */
    settled: async (): Promise<void> => {
      await Promise.all(tails.values())
    },
  }
}
export type Inbox = ReturnType<typeof openInbox>

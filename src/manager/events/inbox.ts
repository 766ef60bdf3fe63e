/**
 * What follows from events. The process that stored an event calls its reactions at once; what it leaves (an end, a failure, too much) is
 * taken up later by whichever manager comes first.
 */
import { messageOf } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import { within } from '../within.ts'
import { emptyInbox, takeUp, type Wanted } from './inbox-rows.ts'
import type { Reaction } from './reaction.ts'

const reactMs = 30_000
/** Events that wait in memory for one reaction; what is beyond stays in the table. */
const mostWaiting = 5000

/** Events that are called together, when they wait together. */
const mostTogether = 1000

interface Waiting {
  readonly wanted: Wanted
  readonly done: () => void
}

/** Takes the first, with what follows as long as that is not too much: to react to many at once costs less. What failed goes alone. */
const takeTogether = (queue: Waiting[]): Waiting[] => {
  let [count, events] = [1, queue[0]!.wanted.events.length]
  for (; count < queue.length && !queue[0]!.wanted.alone; count++) {
    const { wanted } = queue[count]!
    events += wanted.events.length
    if (wanted.alone || events > mostTogether) break
  }
  return queue.splice(0, count)
}

export const openInbox = (manager: Manager, reactions: readonly Reaction[], trouble: (what: string) => void) => {
  let waiting = 0

  const call = async ({ name, react }: Reaction, group: readonly Wanted[]): Promise<void> => {
    const events = group.flatMap((one) => one.events)
    try {
      if (events.length > 0) await within('it', react(manager, events), reactMs)
      await emptyInbox(
        manager,
        name,
        group.flatMap(({ rows }) => rows),
      )
    } catch (error) {
      // The rows stay, and are taken up again when they are due.
      trouble(`the reaction ${name} failed, and is tried again: ${messageOf(error)}`)
    }
  }
  /** One call at a time, in the order of storing. */
  const openLine = (reaction: Reaction) => {
    const queue: Waiting[] = []
    let running: Promise<void> | undefined
    const run = async (): Promise<void> => {
      while (queue.length > 0) {
        const group = takeTogether(queue)
        await call(
          reaction,
          group.map(({ wanted }) => wanted),
        )
        for (const { wanted, done } of group) {
          waiting -= wanted.events.length
          done()
        }
      }
      running = undefined
    }
    return {
      put: (wanted: Wanted): Promise<void> => {
        waiting += wanted.events.length
        const called = new Promise<void>((done) => queue.push({ wanted, done }))
        running ??= run()
        return called
      },
      settled: (): Promise<void> => running ?? Promise.resolve(),
    }
  }
  const lines = reactions.map((reaction) => ({ reaction, line: openLine(reaction) }))
  /** In the order of the reactions. */
  const put = (wanted: readonly Wanted[]): Promise<void>[] =>
    lines.flatMap(({ reaction, line }) => wanted.filter((one) => one.reaction === reaction).map((one) => line.put(one)))
  return {
    hasRoom: (): boolean => waiting < mostWaiting,
    deliver: (wanted: readonly Wanted[]): void => void put(wanted),
    /** @returns whether there may be more */
    sweep: async (): Promise<boolean> => {
      const { wanted, more } = await takeUp(manager, reactions)
      await Promise.all(put(wanted))
      return more
    },
    /** Resolves when what was begun is done. */
    settled: async (): Promise<void> => {
      await Promise.all(lines.map(({ line }) => line.settled()))
    },
  }
}
export type Inbox = ReturnType<typeof openInbox>

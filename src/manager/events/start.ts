/** What the room of events does by itself: tables made ahead and dropped, what was left over taken up. */
import { sql } from 'kysely'
import { messageOf } from '#core/errors.ts'
import type { Manager } from '../context.ts'
import { storeOf } from './ingest.ts'
import type { Reaction } from './reaction.ts'
import { dayMs, keepConversations } from './spans.ts'
import { mostRows } from './write.ts'

const sweepMs = 1000
const tidyMs = 600_000
/** Followers are at most so far behind; receivers of other tools may have been away for longer. */
const feedMs = 3_600_000
const longestFeedMs = 7 * dayMs
/** What nobody could do, or no version knows any more. */
const inboxMs = 30 * dayMs

const tidy = async ({ db, now }: Manager): Promise<void> => {
  await db
    .deleteFrom('event_feed')
    .where('written', '<', new Date(now() - feedMs))
    .where((row) =>
      row.or([
        row('written', '<', new Date(now() - longestFeedMs)),
        row(
          'number',
          '<',
          sql<number>`(SELECT coalesce(min(position) / ${mostRows}::bigint, ${Number.MAX_SAFE_INTEGER}::bigint)
            FROM exchange_cursors JOIN exchange_receivers ON name = receiver WHERE enabled)`,
        ),
      ]),
    )
    .execute()
  await db
    .deleteFrom('event_inbox')
    .where('received', '<', new Date(now() - inboxMs))
    .execute()
  const over = new Date(now() - keepConversations * dayMs)
  for (;;) {
    const { numDeletedRows } = await db
      .deleteFrom('conversation_days')
      .where('day', '<', over)
      .where((row) =>
        row(
          'day',
          '<=',
          row.selectFrom('conversation_days as oldest').select((one) => one.fn.min('oldest.day').as('day')),
        ),
      )
      .executeTakeFirstOrThrow()
    if (Number(numDeletedRows) === 0) return
  }
}

/**
 * @param trouble told what failed and is tried again
 * @returns ends it, after what was begun is done
 */
export const startEvents = async (
  manager: Manager,
  trouble: (what: string) => void,
  reactions?: readonly Reaction[],
): Promise<() => Promise<void>> => {
  const store = storeOf(manager, trouble, reactions)
  await store.partitions.ahead(manager.now())
  const ending = new AbortController()
  const every = (ms: number, work: () => Promise<void>): (() => Promise<void>) => {
    let timer: NodeJS.Timeout | undefined
    const round = async (): Promise<void> => {
      await work().catch((error: unknown) => trouble(messageOf(error)))
      if (ending.signal.aborted) return
      timer = setTimeout(() => {
        running = round()
      }, ms)
    }
    let running = round()
    return async () => {
      clearTimeout(timer)
      await running
    }
  }
  const sweep = async (): Promise<void> => {
    for (let more = true; more && !ending.signal.aborted;) more = await store.inbox.sweep()
  }
  const look = async (): Promise<void> => {
    await store.partitions.ahead(manager.now())
    for (const name of await store.partitions.drop(manager.now()))
      trouble(`${name} is older than its class is kept: dropped`)
    await tidy(manager)
  }
  const ends = [every(sweepMs, sweep), every(tidyMs, look)]
  return async () => {
    ending.abort()
    for (const end of ends) await end()
    await store.settled()
  }
}

/**
 * Many like packets as few events with exact counts. The first is told at once, then one summary per interval, which
 * doubles while it goes on. Pure: time comes in, events go out.
 *
 * However many packets come in, the counts of all events that go out add up to them, once `drain` was called.
 */
import { type EventDraft, timestamp } from '#schema/event.ts'

export interface AggregateOptions {
  /** Conversations remembered at once. */
  readonly capacity: number
  /** Milliseconds between the first event and its first summary, and the longest between two. */
  readonly shortest: number
  readonly longest: number
  /** New conversations told at once: so many in a burst, */
  readonly burst: number
  /** and so many per second over time. What is beyond is counted in one `overflow` event per interval. */
  readonly perSecond: number
  /** What a summary says of two after each other; what the first one said when absent. */
  readonly join?: (before: EventDraft, more: EventDraft) => EventDraft
}
const aggregateDefaults: AggregateOptions = {
  capacity: 4096,
  shortest: 10_000,
  longest: 600_000,
  burst: 256,
  perSecond: 20,
}

interface Conversation {
  readonly draft: EventDraft
  /** What came since it was told last, joined. */
  joined: EventDraft | undefined
  /** Not told yet. */
  count: number
  first: number
  last: number
  interval: number
  /** When the next summary is due, in ms. */
  due: number
}

interface Rest {
  count: number
  first: number
  last: number
  readonly byReason: Map<string, number>
}

export interface Aggregate {
  /**
   * Takes `draft.count` packets (1 when absent) at a time, the first of them at `draft.first`, else now.
   * @param now milliseconds on a clock that does not go back
   * @returns what to tell now; mostly nothing
   */
  add(draft: EventDraft, now: number, wallClock?: number): readonly EventDraft[]
  /** Summaries that are due. Call it every second or so. */
  due(now: number): readonly EventDraft[]
  /** Everything that was not told yet, as at the end. */
  drain(): readonly EventDraft[]
  /** Conversations remembered. */
  readonly size: number
}

/** What makes two events one conversation. The source port of a packet is not part of it. */
export const conversation = ({
  kind,
  reason,
  conduit,
  zone,
  source,
  destination,
  protocol,
  port,
}: EventDraft): string =>
  [
    kind,
    reason,
    conduit,
    zone,
    source?.ip ?? source?.mac,
    source?.vlan,
    source?.port,
    destination?.ip ?? destination?.mac,
    protocol,
    port,
  ].join('|')

const reasonLimit = 32

export const aggregate = (options: Partial<AggregateOptions> = {}): Aggregate => {
  const { capacity, shortest, longest, burst, perSecond, join } = { ...aggregateDefaults, ...options }
  // In order of use: a Map keeps insertion order, and a conversation that is used is inserted again.
  const conversations = new Map<string, Conversation>()
  let rest: Rest | undefined
  let restDue = 0
  let tokens = burst
  let filledAt = -Infinity

  const summary = ({ draft, joined = draft, count, first, last }: Conversation): EventDraft => ({
    ...joined,
    count,
    first: timestamp(first),
    last: timestamp(last),
    details: { ...joined.details, summary: true },
  })

  const overflow = ({ count, first, last, byReason }: Rest): EventDraft => ({
    kind: 'overflow',
    by: 'daemon',
    count,
    first: timestamp(first),
    last: timestamp(last),
    text: `${count} more packets of too many conversations to be told one by one.`,
    details: Object.fromEntries(byReason),
  })

  const intoRest = (draft: EventDraft, count: number, first: number, last: number, now: number): void => {
    if (rest === undefined) {
      rest = { count: 0, first, last, byReason: new Map() }
      restDue = now + shortest
    }
    rest.count += count
    rest.first = Math.min(rest.first, first)
    rest.last = Math.max(rest.last, last)
    const name = `${draft.kind}:${draft.reason ?? 'none'}`.slice(0, 64)
    const kept = rest.byReason.has(name) || rest.byReason.size < reasonLimit ? name : 'other'
    rest.byReason.set(kept, (rest.byReason.get(kept) ?? 0) + count)
  }

  const takeToken = (now: number): boolean => {
    const passed = Math.max(0, now - filledAt)
    tokens = Math.min(burst, tokens + (passed * perSecond) / 1000)
    filledAt = now
    if (tokens < 1) return false
    tokens -= 1
    return true
  }

  const forgetOldest = (now: number): void => {
    const oldest = conversations.entries().next().value
    if (oldest === undefined) return
    const [key, { draft, count, first, last }] = oldest
    conversations.delete(key)
    if (count > 0) intoRest(draft, count, first, last, now)
  }

  const dueRest = (now: number): EventDraft[] => {
    if (rest === undefined || now < restDue) return []
    const told = overflow(rest)
    rest = undefined
    return [told]
  }

  return {
    get size() {
      return conversations.size
    },
    add: (draft, now, wallClock = now) => {
      const count = draft.count ?? 1
      const key = conversation(draft)
      const known = conversations.get(key)
      if (known !== undefined) {
        if (known.count === 0) known.first = draft.first === undefined ? wallClock : Date.parse(draft.first)
        if (join !== undefined) known.joined = known.joined === undefined ? draft : join(known.joined, draft)
        known.count += count
        known.last = wallClock
        conversations.delete(key)
        conversations.set(key, known)
        return []
      }
      if (!takeToken(now)) {
        intoRest(draft, count, wallClock, wallClock, now)
        return []
      }
      if (conversations.size >= capacity) forgetOldest(now)
      conversations.set(key, {
        draft,
        joined: undefined,
        count: 0,
        first: wallClock,
        last: wallClock,
        interval: shortest,
        due: now + shortest,
      })
      const time = timestamp(wallClock)
      return [{ ...draft, count, first: draft.first ?? time, last: draft.last ?? time }]
    },
    due: (now) => {
      const told: EventDraft[] = dueRest(now)
      for (const [key, entry] of conversations) {
        if (now < entry.due) continue
        // Quiet for a whole interval: forgotten, so that it is news when it comes back.
        if (entry.count === 0) {
          conversations.delete(key)
          continue
        }
        told.push(summary(entry))
        entry.count = 0
        entry.joined = undefined
        entry.interval = Math.min(longest, entry.interval * 2)
        entry.due = now + entry.interval
      }
      return told
    },
    drain: () => {
      const told = [...conversations.values()].filter(({ count }) => count > 0).map(summary)
      if (rest !== undefined) told.push(overflow(rest))
      conversations.clear()
      rest = undefined
      return told
    },
  }
}

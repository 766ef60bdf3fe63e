/** What an edge has to tell: events by class, kept until the manager has them for good. P0 is chained. */
import { canonical } from '#core/canonical.ts'
import { genesis, recordHash } from '#schema/chain.ts'
import { batchLimit, type EventBatch, type SentEvent } from '#schema/link-frames.ts'
import type { EventClass } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'

/** Bytes of event bodies in one batch. */
const batchBytes = 256 * 1024

interface Waiting {
  events: SentEvent[]
  /** Highest seq that is under way; nothing new goes out until it is acknowledged. */
  flying: number
}
export interface Outbox {
  /** Of the newest event. */
  seq: number
  readonly chain: { n: number; hash: string }
  readonly classes: Map<EventClass, Waiting>
}

export const newOutbox = (): Outbox => ({ seq: 0, chain: { n: 0, hash: genesis }, classes: new Map() })

const chained = (chain: Outbox['chain'], body: string): Pick<SentEvent, 'n' | 'prev' | 'hash'> => {
  const prev = chain.hash
  chain.n++
  chain.hash = recordHash(prev, chain.n, body)
  return { n: chain.n, prev, hash: chain.hash }
}

export const put = (outbox: Outbox, event: Event): void => {
  const body = canonical(event)
  const sent: SentEvent = {
    seq: ++outbox.seq,
    body,
    ...(event.class === 'P0' ? chained(outbox.chain, body) : {}),
  }
  const waiting = outbox.classes.get(event.class)
  if (waiting === undefined) outbox.classes.set(event.class, { events: [sent], flying: 0 })
  else waiting.events.push(sent)
}

/** Everything of the class up to `seq` is stored. @returns how many that were */
export const stored = (outbox: Outbox, name: EventClass, seq: number): number => {
  const waiting = outbox.classes.get(name)
  if (waiting === undefined) return 0
  const left = waiting.events.filter((event) => event.seq > seq)
  const count = waiting.events.length - left.length
  if (seq >= waiting.flying) waiting.flying = 0
  waiting.events = left
  if (left.length === 0) outbox.classes.delete(name)
  return count
}

/** The line is new: what was under way may not have arrived. */
export const lineLost = (outbox: Outbox): void => {
  for (const waiting of outbox.classes.values()) waiting.flying = 0
}

/** Batches that may go out now, one a class. */
export const due = (outbox: Outbox, store: string): readonly EventBatch[] =>
  [...outbox.classes].flatMap(([name, waiting]) => {
    if (waiting.flying > 0) return []
    let bytes = 0
    const events = waiting.events.slice(0, batchLimit).filter(({ body }) => (bytes += body.length) <= batchBytes)
    waiting.flying = events.at(-1)?.seq ?? 0
    return events.length === 0 ? [] : [{ type: 'events' as const, store, class: name, events }]
  })

export const countWaiting = (outbox: Outbox): number =>
  [...outbox.classes.values()].reduce((sum, { events }) => sum + events.length, 0)

/** From what an edge sent to what is stored. Pure. */
import { Fault } from '#core/errors.ts'
import type { EventClass } from '#schema/event-kinds.ts'
import type { EventBatch, SentEvent } from '#schema/link-frames.ts'
import { StoredEvent } from '#schema/manager-events.ts'
import { isPlainEvent } from './quick.ts'
import type { EdgeRef } from './reaction.ts'
import { dayMs, keepDays } from './spans.ts'

export interface ReadEvent {
  readonly sent: SentEvent
  readonly event: StoredEvent
  /** Where it is filed, ms since 1970. */
  readonly at: number
}
export interface ReadBatch {
  readonly edge: EdgeRef
  readonly store: string
  readonly class: EventClass
  readonly events: readonly ReadEvent[]
  readonly bytes: number
}

/** How far an edge's clock may be ahead. */
const aheadMs = dayMs

/** The event's own time, unless that cannot be true or it would be filed where everything is too old: then when it was received. */
const filedAt = (time: number, received: number, of: EventClass): number =>
  time <= received + aheadMs && time >= received - (keepDays[of] - 1) * dayMs ? time : received

const refused = (what: string, details: readonly string[] = []): Fault =>
  new Fault('refused', what, { details, advice: 'Correct or upgrade the edge; nothing of the batch was stored.' })

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const checked = (seq: number, value: unknown): StoredEvent => {
  if (isPlainEvent(value)) return value
  const found = StoredEvent.safeParse(value)
  if (found.success) return found.data
  throw refused(
    `Event ${seq} is none.`,
    found.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`.slice(0, 200)),
  )
}

const readEvent = (edge: EdgeRef, sent: SentEvent, of: EventClass, received: number): ReadEvent => {
  const event = checked(sent.seq, parse(sent.body))
  if (event.site !== edge.site || event.edge !== edge.edge)
    throw refused(`Event ${sent.seq} says that it is of another edge than the one that sends it.`)
  if (event.class !== of) throw refused(`Event ${sent.seq} is of class ${event.class} in a batch of ${of}.`)
  return { sent, event, at: filedAt(Date.parse(event.time), received, of) }
}

/** @throws Fault `refused` */
export const readBatch = (edge: EdgeRef, batch: EventBatch, received: number): ReadBatch => {
  let last = 0
  let bytes = 0
  const events = batch.events.map((sent) => {
    if (sent.seq <= last) throw refused(`Event ${sent.seq} follows event ${last}: the batch is not in order.`)
    last = sent.seq
    bytes += sent.body.length
    return readEvent(edge, sent, batch.class, received)
  })
  return { edge, store: batch.store, class: batch.class, events, bytes }
}

/** An address as PostgreSQL knows it: the zone of a link-local one (RFC 4007, 11) is the edge's own affair. */
export const inetOf = (ip: string | undefined): string | undefined => (ip?.includes('%') ? ip.split('%', 1)[0] : ip)
